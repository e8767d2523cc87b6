"""How the hosted pages look and speak: languages, branding, accessibility, headers."""

import re

import pytest

from sellers import branding, pages, update_pages
from tests.factories import ChannelFactory
from tests.sellers.conftest import Browser, session_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def form_url(browser, shop, account, merchant):
    return browser.form_url(merchant.start_sign_up(shop))


def language_of(answer) -> str:
    return re.search(r'<html lang="(\w+)"', answer.content.decode())[1]


@pytest.mark.parametrize(("accepted", "expected"), [("de-AT,de;q=0.9", "de"), ("en-GB", "en"), ("fr", "en")])
def test_the_language_follows_the_browser(shop, accepted, expected):
    page = Browser(headers={"accept-language": accepted}).get("/sign-up/DEMOSHOP/")
    assert language_of(page) == expected
    assert page["Content-Language"] == expected


def test_the_switch_changes_the_language_and_keeps_it(browser, form_url):
    answer = browser.post(form_url, {"language": "de"})
    assert (answer.status_code, answer["Location"]) == (302, form_url)
    assert language_of(browser.get(form_url)) == "de"


def test_the_switch_on_a_page_with_a_session_in_its_address_keeps_the_session_out_of_the_answer(
    browser, shop, merchant, sandbox
):
    url = merchant.start_sign_up(shop)
    sandbox.fault("status", match={"path": "/v1/channel/seller/signup-session"}, status=503)
    answer = browser.post("/sign-up/DEMOSHOP/?session=" + session_of(url), {"language": "de"})
    assert (answer.status_code, language_of(answer)) == (503, "de")
    assert session_of(url) not in answer.content.decode() + str(answer.headers)
    assert browser.enter(url).status_code == 302


@pytest.mark.parametrize("language", ["xx", "", "//evil.example", "de\r\nSet-Cookie: a=b"])
def test_a_language_the_portal_does_not_speak_changes_nothing(browser, form_url, language):
    answer = browser.post(form_url, {"language": language})
    assert answer.status_code == 200
    assert "django_language" not in answer.cookies


def test_nobody_is_sent_elsewhere(browser, form_url):
    answer = browser.post(form_url, {"language": "de", "next": "https://evil.example/"})
    assert answer["Location"] == form_url


def test_the_pages_need_no_script_and_ask_nobody_else(browser, form_url):
    for page in (browser.get(form_url), browser.get("/sign-up/DEMOSHOP/"), browser.get("/sign-up/nowhere/")):
        html = page.content.decode()
        assert "<script" not in html
        assert "style=" not in html
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
        assert len(page.content) < 60_000
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"
        assert "no-store" in page["Cache-Control"]


def test_each_field_has_its_label_and_its_error(browser, form_url):
    html = browser.send(form_url, "", code="").content.decode()
    for name in ("login", "access_code"):
        assert f'<label for="id_{name}">' in html
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)[0]
        assert f"id_{name}_error" in re.search(r'aria-describedby="([^"]*)"', field)[1]
        assert 'aria-invalid="true"' in field
        assert f'<p class="error" id="id_{name}_error">' in html


def test_the_first_error_has_the_focus(browser, form_url):
    html = browser.send(form_url, "acme", code="wrong").content.decode()
    assert re.findall(r'name="(\w+)"[^>]*autofocus', html) == ["access_code"]
    assert "autofocus" not in browser.get(form_url).content.decode()


def test_a_wrong_choice_of_marketplaces_has_the_focus(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    html = browser.post(form_url, {"step": "connect"})
    assert re.findall(r'value="([\w-]+)" autofocus', html.content.decode()) == ["mall-at"]


def test_no_code_is_ever_written_back_into_the_page(browser, form_url):
    html = browser.send(form_url, "acme", code="almost right").content.decode()
    assert "almost right" not in html
    assert 'value="acme"' in html


def test_what_a_merchant_enters_is_escaped(browser, form_url):
    html = browser.send(form_url, '"><script>alert(1)</script>', code="x").content.decode()
    assert "<script" not in html


def test_the_branding_is_on_the_page(browser, db):
    ChannelFactory(
        code="BRANDED",
        display_name="Ünïque",
        branding={"logo": "/static/logo.svg", "support": "hilfe@unique.example", "accent": "#e4572e"},
    )
    html = browser.get("/sign-up/BRANDED/").content.decode()
    assert '<img src="/static/logo.svg" alt="" height="32">' in html
    assert '<a href="mailto:hilfe@unique.example">hilfe@unique.example</a>' in html
    assert '<link rel="stylesheet" href="/brand/BRANDED.css?e4572e">' in html
    assert "<span>Ünïque</span>" in html


def test_the_accent_colour_is_a_stylesheet(browser, db):
    ChannelFactory(code="BRANDED", branding={"accent": "#1f5fbf"})
    answer = browser.get("/brand/BRANDED.css")
    assert answer["Content-Type"] == "text/css"
    assert answer.content.decode().startswith(":root{--accent:#1f5fbf;--on-accent:#fff}")
    assert browser.get("/brand/NOWHERE.css").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"logo": "https://elsewhere.example/logo.png"},
        {"logo": "//elsewhere.example/logo.png"},
        {"logo": "javascript:alert(1)"},
        {"logo": "data:text/html;base64,AAAA"},
        {"support": "javascript:alert(1)"},
        {"accent": "red;} body{display:none"},
        {"accent": 7, "logo": None, "support": ["x"]},
    ],
)
def test_branding_that_cannot_be_trusted_is_left_out(db, given):
    brand = branding.brand_of(ChannelFactory(branding=given))
    assert (brand.logo, brand.support_link, brand.accent) == ("", "", branding.DEFAULT_ACCENT)


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffff00", "#e4572e", "#123456", "#7f7f7f", "#00ff00"])
def test_every_accent_colour_can_be_read_on_both_grounds(accent):
    colour = branding._parse(accent)
    for ground in (branding.LIGHT, branding.DARK):
        assert branding._contrast(branding._readable(colour, ground), ground) >= branding.CONTRAST


def test_an_address_that_leads_nowhere_is_a_page_too(browser, db):
    answer = browser.get("/sign-up/no~channel/")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


@pytest.mark.parametrize("under_way", [pages.under_way, update_pages.update_under_way])
def test_a_page_that_looks_again_by_itself_stops_where_the_reader_says_so(rf, db, under_way):
    channel = ChannelFactory()
    page = under_way(rf.get("/"), channel)
    assert page["Refresh"] == "30"
    assert '<a href="?stay=1">' in page.content.decode()
    page = under_way(rf.get("/?stay=1"), channel)
    assert "Refresh" not in page
    assert "?stay=1" not in page.content.decode()
    assert "by itself" not in page.content.decode()


def test_the_title_says_what_became_of_the_form(browser, form_url, sandbox):
    def title() -> str:
        return re.search("<title>(.*)</title>", page.content.decode())[1]

    page = browser.get(form_url)
    assert title() == "Connect JTL-Wawi – Demo Shop"
    page = browser.send(form_url, "", code="")
    assert title() == "Please check your entries – Connect JTL-Wawi – Demo Shop"
    sandbox.fault("status", match={"path": "/v1/channel/seller"}, status=503)
    sandbox.fault("status", match={"path": "/v1/channel/seller/list"}, status=503)
    page = browser.send(form_url, "acme")
    assert page.status_code == 503
    assert "Connect JTL-Wawi" not in title() or title().startswith("Not connected yet – ")
