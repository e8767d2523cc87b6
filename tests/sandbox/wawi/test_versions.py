import re

import pytest


@pytest.fixture
def shop(scx, browser):
    browser.post("/account", company_name="Süß")
    return scx.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}])


@pytest.mark.parametrize("version", ["1.11.0.0", "1.11", "1.11.0.3", "1.100", "2.0.0.0"])
def test_an_equal_or_higher_wawi_passes(version, shop, browser):
    answer = browser.post("/connect", channel="DEMOSHOP", version="1.9.7.0", other_version=version, follow=False)
    assert answer.status_code == 302


@pytest.mark.parametrize("version", ["1.9", "1.9.7.0", "1.10.99.99", "1.2.11", "0"])
def test_a_lower_wawi_is_told_what_it_needs_and_what_to_do(version, shop, browser):
    answer = browser.post("/connect", channel="DEMOSHOP", other_version=version)
    assert answer.status_code == 400
    assert "Your Wawi is too old for this channel" in answer.text
    sentence = f"This channel needs JTL-Wawi 1.11.0.0 or higher; yours is {version}."
    assert f"<code>SLR202</code> {sentence}" in answer.text
    assert "Update JTL-Wawi and connect again" in answer.text


@pytest.mark.parametrize(("version", "listed", "typed"), [("1.0.0.7", "1.0.0.7", ""), ("newest", "1.11.0.6", "newest")])
def test_after_a_refusal_the_form_keeps_the_channel_and_the_version(version, listed, typed, scx, shop, browser):
    scx.channel("ASHOP", displayName="A shop")
    too_old = {"minimumClientsVersionRequired": [{"type": "Wawi", "version": "1.11.0.0"}]}
    scx.channel(displayName="Z shop", **too_old)
    browser.post("/account", company_name="Müller")
    page = browser.post("/connect", channel="DEMOSHOP", version="1.10.11.0", other_version=version).text
    assert re.findall(r'<option value="(\w+)" selected>(?:A|Z) shop', page) == ["DEMOSHOP"]
    assert re.search(r'<input name="other_version"[^>]* value="([^"]*)"', page)[1] == typed
    assert f"<option selected>{listed}</option>" in page


def test_after_a_refusal_the_form_keeps_the_marketplace(scx, merchant, browser):
    scx.platform("plat_at", "plat_de")
    page = browser.post("/connect", channel="plat_de").text
    assert "SLR204" in page
    assert '<option value="plat_de" selected>' in page
    assert '<details class="more" open>' in page


def test_the_version_is_remembered_and_travels_with_the_events(scx, shop, browser):
    browser.post("/connect", channel="DEMOSHOP", other_version="1.11.5.2", follow=False)
    assert "<option selected>1.11.5.2</option>" in browser.get()
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    browser.post("/sellers/1/offers", articles=["mug"], channels=["DEMOSHOP"])
    assert shop.events()[0]["clientVersion"] == "1.11.5.2"


@pytest.mark.parametrize("version", ["1.11-beta", "Wawi/1.11", "1..2", "1." * 30, "<b>", "1.11\n", "١"])
def test_what_is_no_version_is_refused(version, shop, browser):
    answer = browser.post("/connect", channel="DEMOSHOP", version=version)
    assert answer.status_code == 400
    assert "Enter the Wawi version as numbers with dots, such as 1.11.0.6." in answer.text


def test_a_marketplace_refuses_sign_up_whatever_the_version(scx, browser):
    scx.platform("m-de")
    browser.post("/account", company_name="Süß")
    answer = browser.post("/connect", channel="m-de")
    assert answer.status_code == 403
    assert "Sellers cannot sign up on this marketplace" in answer.text
    assert "sign up on its platform plat." in answer.text
