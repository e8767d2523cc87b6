"""Per marketplace: new sellers never get it, get it if they pick it, or always get it."""

import pytest

from platforms.jobs import Run
from platforms.models import Channel
from sellers import memberships, openings, settlement
from sellers.models import Membership, Seller
from sellers.opening_conditions import Conditions
from tests.sellers.conftest import text_of
from tests.sellers.test_update_page import sent, start_update

pytestmark = pytest.mark.django_db


def choose(**values: str) -> None:
    """`de="never"`: what new sellers of mall-de get."""
    for name, value in values.items():
        Channel.objects.filter(code=f"mall-{name}").update(new_sellers=value)


def rows() -> dict[str, tuple[bool, bool]]:
    """Of each marketplace: whether it is wanted, and whether somebody has decided so."""
    found = Membership.objects.values_list("marketplace__code", "wanted", "is_chosen")
    return {code.removeprefix("mall-"): (wanted, is_chosen) for code, wanted, is_chosen in found}


def wanted() -> set[str]:
    return {name for name, (is_wanted, _chosen) in rows().items() if is_wanted}


@pytest.fixture
def form_url(browser, mall, mall_account, merchant) -> str:
    """The second step of a sign-up, when it has one."""

    def identify() -> str:
        url = browser.form_url(merchant.start_sign_up(mall.platform))
        browser.send(url, "acme")
        return url

    return identify


def test_one_that_nobody_gets_is_not_offered_nor_taken_from_a_forged_form(browser, mall, form_url):
    choose(uk="never")
    url = form_url()
    assert "Mall UK" not in text_of(browser.get(url))

    page = browser.post(url, {"step": "connect", "marketplaces": ["mall-de", "mall-uk"]})
    assert "“mall-uk” is not among the marketplaces you can choose from." in text_of(page)
    assert not Seller.objects.exists()

    browser.post(url, {"step": "connect", "marketplaces": ["mall-de"]})
    assert rows() == {"de": (True, True), "at": (False, True), "uk": (False, False)}


def test_one_that_everybody_gets_is_named_without_a_checkbox_and_cannot_be_left_out(browser, mall, form_url):
    choose(de="always")
    url = form_url()
    page = browser.get(url)
    assert "Mall DE included for every seller" in text_of(page)
    assert 'value="mall-de"' not in page.content.decode()
    assert page.content.decode().count(' type="checkbox"') == 2

    browser.post(url, {"step": "connect"})
    assert rows() == {"de": (True, True), "at": (False, True), "uk": (False, True)}


def test_a_tick_for_one_that_is_included_by_now_does_no_harm(browser, mall, form_url):
    url = form_url()
    browser.get(url)
    choose(de="always")
    browser.post(url, {"step": "connect", "marketplaces": ["mall-de", "mall-at"]})
    assert wanted() == {"de", "at"}


def test_in_one_step_the_included_one_comes_along(browser, mall, mall_account, merchant):
    choose(de="always", uk="never")
    browser.send(browser.form_url(merchant.start_sign_up(mall.platform)), "acme", marketplaces=[mall.at])
    assert wanted() == {"de", "at"}


@pytest.mark.parametrize(
    ("choices", "got"),
    [
        ({"de": "always", "at": "always", "uk": "never"}, {"de", "at"}),
        ({"de": "never", "at": "if-picked", "uk": "never"}, {"at"}),
        ({"de": "always", "at": "never", "uk": "never"}, {"de"}),
    ],
)
def test_where_there_is_nothing_to_pick_nothing_is_asked(browser, mall, form_url, choices, got):
    choose(**choices)
    form_url()
    assert wanted() == got


def test_the_last_look_names_all_that_are_included(browser, mall, form_url, sandbox):
    choose(de="always", at="always", uk="never")
    sandbox.fault("throttle", match={"method": "POST", "path": "/v1/channel/seller"}, count=10)
    page = browser.get(form_url())
    assert "You will sell on these marketplaces: Mall AT Mall DE" in text_of(page)


def test_what_the_account_does_not_allow_is_not_included_either(browser, mall, mall_account, form_url):
    choose(de="always")
    mall_account.marketplaces.set([mall.at])
    form_url()
    assert rows() == {"de": (False, False), "at": (True, True), "uk": (False, False)}


def test_an_account_with_nothing_but_what_nobody_gets_is_told_so_and_asked_again(browser, mall, mall_account, form_url):
    choose(de="never")
    mall_account.marketplaces.set([mall.de])
    url = form_url()
    assert not Seller.objects.exists()
    choose(de="if-picked")
    browser.send(url, "acme")
    assert wanted() == {"de"}


def test_it_says_why_nobody_can_sign_up(browser, mall, mall_account, merchant):
    choose(de="never", at="never", uk="never")
    answer = browser.send(browser.form_url(merchant.start_sign_up(mall.platform)), "acme")
    assert "No marketplace is open to this account at the moment." in text_of(answer)


# Later, on the update page


@pytest.fixture
def member(browser, mall, mall_account, merchant) -> Seller:
    """On de and at."""
    browser.send(browser.form_url(merchant.start_sign_up(mall.platform)), "acme", marketplaces=[mall.de, mall.at])
    for place in mall.all:
        settlement.settle(place, Run())
    return Seller.objects.get()


@pytest.fixture
def update_url(browser, mall, member, merchant):
    return lambda: browser.form_url(start_update(merchant, mall.platform, member))


def test_who_has_one_that_nobody_gets_sees_it_and_can_switch_it_off_for_good(browser, member, update_url):
    choose(at="never", uk="never")
    url = update_url()
    text = text_of(browser.get(url))
    assert "Mall AT on, confirmed by JTL" in text
    assert "Mall UK" not in text
    browser.post(url, sent(member, marketplaces=["mall-de"]))
    assert wanted() == {"de"}

    url = update_url()
    assert "Mall AT" not in text_of(browser.get(url))
    page = browser.post(url, sent(member, marketplaces=["mall-de", "mall-at"]))
    assert "“mall-at” is not among the marketplaces" in text_of(page)
    assert wanted() == {"de"}


def test_staff_may_still_give_what_nobody_gets(mall, member):
    choose(uk="never")
    memberships.set_wanted(member, mall.uk, True)
    assert wanted() == {"de", "at", "uk"}


def test_who_has_one_that_everybody_gets_cannot_leave_it_out(browser, member, update_url):
    choose(de="always")
    url = update_url()
    page = browser.get(url)
    assert "Mall DE included for every seller · on, confirmed by JTL" in text_of(page)
    assert page.content.decode().count('name="marketplaces"') == 2
    browser.post(url, sent(member, marketplaces=[]))
    assert wanted() == {"de"}


def test_who_lacks_one_that_new_sellers_get_may_pick_it(browser, member, update_url):
    choose(uk="always")
    url = update_url()
    assert "Mall UK off, confirmed by JTL" in text_of(browser.get(url))
    browser.post(url, sent(member))
    assert wanted() == {"de", "at"}
    url = update_url()
    browser.post(url, sent(member, marketplaces=["mall-de", "mall-at", "mall-uk"]))
    assert wanted() == {"de", "at", "uk"}


def test_one_that_jtl_ended_and_that_has_no_tick_comes_back_by_saving(browser, member, update_url):
    choose(de="always")
    ended = {"is_refused": True, "confirmed": False, "attempts": 0, "error": "Disconnected by JTL: –"}
    Membership.objects.filter(marketplace__code="mall-de").update(**ended)
    url = update_url()
    assert "Mall DE included for every seller · disconnected by JTL; save to connect it again" in text_of(
        browser.get(url)
    )
    browser.post(url, sent(member))
    assert not Membership.objects.get(marketplace__code="mall-de").is_refused


def test_an_opening_while_the_page_is_open_is_not_undone_by_saving_it(browser, mall, member, update_url):
    """The page did not show it, so that a missing tick says nothing."""
    choose(uk="never")
    url = update_url()
    shown = [part.split('"')[0] for part in browser.get(url).content.decode().split('name="shown" value="')[1:]]
    assert sorted(shown) == ["mall-at", "mall-de"]
    openings.give(mall.uk, Conditions(with_declined=True), "staff")

    browser.post(url, sent(member, marketplaces=["mall-de"], shown=shown))
    assert wanted() == {"de", "uk"}

    url = update_url()
    browser.post(url, sent(member, marketplaces=["mall-de"], shown=["mall-at", "mall-de", "mall-uk"]))
    assert wanted() == {"de"}


def test_an_opening_while_scx_is_asked_is_not_undone_by_its_answer(browser, mall, member, update_url, monkeypatch):
    url = update_url()
    real = settlement.outcomes.update._confirm

    def confirm(link, change):
        openings.give(mall.uk, Conditions(with_declined=True), "staff")
        return real(link, change)

    monkeypatch.setattr(settlement.outcomes.update, "_confirm", confirm)
    browser.post(url, sent(member, company_name="Krämer AG", marketplaces=["mall-de"]))
    assert wanted() == {"de", "uk"}


def test_who_was_never_asked_did_not_decide_against_it(browser, mall, form_url):
    choose(uk="never")
    url = form_url()
    browser.post(url, {"step": "connect", "marketplaces": ["mall-de"]})

    assert openings.preview(mall.uk, Conditions()).given == 1
    assert openings.preview(mall.at, Conditions()).left_out == {"declined": 1}


def test_who_is_asked_on_the_update_page_and_leaves_it_out_has_decided(browser, mall, member, update_url):
    Membership.objects.filter(marketplace=mall.uk).update(is_chosen=False)
    assert openings.preview(mall.uk, Conditions()).given == 1
    browser.post(update_url(), sent(member))
    assert openings.preview(mall.uk, Conditions()).left_out == {"declined": 1}
