"""The matrix of memberships: what each crossing says, who may change it, and that it costs the same however long."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platforms.models import Channel
from sellers.models import Membership, Seller
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

URL = "/admin/sellers/membership/matrix/"


@pytest.fixture
def mall() -> Channel:
    platform = PlatformFactory(code="mall", display_name="The Mall")
    for name in ("de", "uk"):
        MarketplaceFactory(platform=platform, code=f"mall-{name}", display_name=f"Mall {name.upper()}")
    return platform


def place(name: str) -> Channel:
    return Channel.objects.get(code=f"mall-{name}")


def member(seller: Seller, name: str, **values: Any) -> Membership:
    return Membership.objects.create(seller=seller, marketplace=place(name), **values)


def states(answer: Any) -> dict[str, list[str]]:
    return {row.seller.seller_id: [cell.state[0] for cell in row.cells] for row in answer.context["rows"]}


def press(browser: Client, seller: Seller, name: str, action: str, **more: Any) -> Any:
    body = {"seller": seller.pk, "marketplace": place(name).pk, "action": action, **more}
    return browser.post(f"{URL}?platform=mall&q=S", body, follow=True)


@pytest.mark.parametrize(
    ("values", "state", "is_wrong"),
    [
        ({"wanted": True, "confirmed": True}, "connected", False),
        ({"wanted": False, "confirmed": False}, "not connected", False),
        ({"wanted": True, "confirmed": None}, "being connected", False),
        ({"wanted": True, "confirmed": False}, "being connected", False),
        ({"wanted": False, "confirmed": True}, "being disconnected", False),
        ({"wanted": True, "confirmed": None, "error": "SCX answered 503"}, "being connected", True),
        ({"wanted": True, "confirmed": True, "error": "an old one"}, "connected", False),
        (
            {"wanted": True, "confirmed": None, "is_refused": True, "attempts": 1, "error": "SLR1"},
            "refused by SCX",
            True,
        ),
        ({"wanted": True, "confirmed": False, "is_refused": True, "error": "no subscription"}, "ended by SCX", True),
    ],
)
def test_a_cell_says_what_is_wanted_confirmed_and_wrong(browser: Client, mall, values, state, is_wrong):
    seller = SellerFactory(channel=mall, seller_id="S1")
    member(seller, "de", **values)

    answer = browser.get(URL)

    html = answer.content.decode()
    assert states(answer) == {"S1": [state, "not connected"]}
    assert ("Tell SCX again" in html) == is_wrong
    assert (values.get("error", "never") in html) == is_wrong
    assert list(browser.get(URL, {"wrong": "on"}).context["rows"] or []) == (answer.context["rows"] if is_wrong else [])


@pytest.mark.parametrize(
    ("values", "state", "is_wrong"),
    [
        ({"wanted": True, "confirmed": False}, "paused", False),
        ({"wanted": True, "confirmed": False, "error": "an old one"}, "paused", False),
        ({"wanted": True, "confirmed": True}, "being disconnected", False),
        ({"wanted": True, "confirmed": True, "error": "SCX answered 503"}, "being disconnected", True),
        ({"wanted": False, "confirmed": False}, "not connected", False),
    ],
)
def test_a_paused_seller_is_off_where_he_wants_to_be_and_that_is_not_wrong(
    browser: Client, mall, values, state, is_wrong
):
    member(SellerFactory(channel=mall, seller_id="S1", state="inactive"), "de", **values)

    assert states(browser.get(URL)) == {"S1": [state, "not connected"]}
    assert bool(browser.get(URL, {"wrong": "on"}).context["rows"]) == is_wrong


def test_a_seller_who_is_not_linked_is_shown_and_cannot_be_changed(browser: Client, mall):
    seller = SellerFactory(channel=mall, seller_id="S1", state="unlinked")
    member(seller, "de", wanted=True, confirmed=False, error="SCX answered 503")
    SellerFactory(channel=mall, state="removed")

    answer = browser.get(URL)

    assert states(answer) == {"S1": ["not connected", "not connected"]}
    assert 'name="action"' not in answer.content.decode().partition("portal-matrix")[2]
    assert "once JTL has confirmed the connection" in press(browser, seller, "de", "on").content.decode()
    assert not browser.get(URL, {"wrong": ""}).context["rows"]


def test_on_notes_the_wish_and_off_asks_first(browser: Client, mall):
    seller = SellerFactory(channel=mall, seller_id="S1", company_name="ACME")

    answer = press(browser, seller, "de", "on")
    assert "SCX is told to connect ACME with Mall DE." in answer.content.decode()
    assert answer.redirect_chain == [(f"{URL}?platform=mall&q=S", 302)]
    assert Membership.objects.values_list("marketplace__code", "wanted").get() == ("mall-de", True)

    question = press(browser, seller, "de", "off")
    assert "offers there are withdrawn" in question.content.decode()
    assert Membership.objects.get().wanted

    answer = press(browser, seller, "de", "off", confirmed="yes")
    assert "SCX is told to disconnect ACME from Mall DE." in answer.content.decode()
    assert not Membership.objects.get().wanted


def test_again_makes_a_refused_cell_due(browser: Client, mall):
    seller = SellerFactory(channel=mall)
    row = member(seller, "uk", wanted=False, confirmed=True, is_refused=True, error="SLR1", attempts=3)

    press(browser, seller, "uk", "again")

    row.refresh_from_db()
    assert (row.wanted, row.is_refused, row.error, row.attempts) == (False, False, "", 0)


@pytest.mark.parametrize("change", [{"action": "burn"}, {"seller": 0}, {"marketplace": "x"}, {"seller": ""}])
def test_a_crossing_or_a_change_that_is_none_is_refused(browser: Client, mall, change):
    body = {"seller": SellerFactory(channel=mall).pk, "marketplace": place("de").pk, "action": "on", **change}

    assert browser.post(URL, body).status_code == 400
    assert not Membership.objects.exists()


def test_a_seller_of_another_platform_has_no_crossing_here(browser: Client, mall):
    assert press(browser, SellerFactory(channel=PlatformFactory()), "de", "on").status_code == 400


def test_sellers_are_found_by_id_and_company(browser: Client, mall):
    SellerFactory(channel=mall, seller_id="S1", company_name="Müller & Söhne")
    SellerFactory(channel=mall, seller_id="S2", company_name="ACME")

    assert set(states(browser.get(URL, {"q": " acme "}))) == {"S2"}
    assert set(states(browser.get(URL, {"q": "S1"}))) == {"S1"}
    assert "No seller is like that" in browser.get(URL, {"q": "x\x00y"}).content.decode()


def test_each_platform_has_its_own_matrix(browser: Client, mall):
    other = PlatformFactory(code="zoo", display_name="Zoo")
    SellerFactory(channel=mall, seller_id="S1")
    SellerFactory(channel=other, seller_id="S2")

    assert set(states(browser.get(URL))) == {"S1"}
    assert set(states(browser.get(URL, {"platform": "zoo"}))) == {"S2"}
    assert set(states(browser.get(URL, {"platform": "nothing"}))) == {"S1"}


def test_without_a_platform_the_page_says_so(browser: Client):
    ChannelFactory()

    assert "There is no platform yet" in browser.get(URL).content.decode()


def test_its_pages_are_never_counted_and_cost_the_same_however_many_rows(browser: Client, mall):
    def queries(url: str = URL) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    def add(number: int) -> None:
        for _ in range(number):
            member(SellerFactory(channel=mall), "de", wanted=True, confirmed=None, error="SLR1")

    add(1)
    queries()
    one = queries()
    add(59)
    assert len(queries()) == len(one)
    assert len(queries(f"{URL}?wrong=on")) == len(one)
    assert not [sql for sql in queries() if "COUNT(" in sql and "sellers_seller" in sql]
    first, second = browser.get(URL), browser.get(f"{URL}?p=2")
    assert [len(answer.context["rows"]) for answer in (first, second)] == [50, 10]
    assert 'rel="next"' in first.content.decode()
    assert 'rel="next"' not in second.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "9" * 30, "x", "٣", "²"])
def test_a_page_that_cannot_be_does_no_harm(browser: Client, mall, page):
    assert browser.get(URL, {"p": page}).status_code == 200


def test_limited_staff_see_their_channels_only(browser_of, mall):
    german, british = SellerFactory(channel=mall, seller_id="S1"), SellerFactory(channel=mall, seller_id="S2")
    member(german, "de", wanted=True, confirmed=True)
    member(british, "uk", wanted=True, confirmed=True)
    SellerFactory(channel=PlatformFactory(), seller_id="S3")
    browser = browser_of(rows.staff_of(place("de")))

    answer = browser.get(URL)

    assert states(answer) == {"S1": ["connected"]}
    assert [each.code for each in answer.context["marketplaces"]] == ["mall-de"]
    assert press(browser, german, "uk", "off", confirmed="yes").status_code == 400
    assert press(browser, british, "de", "on").status_code == 400
    assert set(states(browser_of(rows.staff_of(mall)).get(URL))) == {"S1", "S2"}


def test_who_may_only_look_gets_no_buttons_and_changes_nothing(browser_of, mall):
    seller = SellerFactory(channel=mall)
    viewer = rows.user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_membership"))
    browser = browser_of(viewer)

    assert 'name="action"' not in browser.get(URL).content.decode()
    assert press(browser, seller, "de", "on").status_code == 403
    assert browser_of(rows.user(is_staff=True)).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302
    assert not Membership.objects.exists()


def test_the_sidebar_and_the_list_lead_to_it(browser: Client, mall):
    assert reverse("admin:sellers_membership_matrix") == URL
    assert f'href="{URL}"' in browser.get(reverse("admin:index")).content.decode()
    page = browser.get(reverse("admin:sellers_membership_changelist")).content.decode()
    assert page.count(f'href="{URL}"') >= 2


def test_of_the_sidebar_one_entry_is_marked(browser: Client, mall):
    for url in (URL, reverse("admin:sellers_membership_changelist"), reverse("admin:index")):
        groups = browser.get(url).context["sidebar_navigation"]
        marked = [item["link"] for group in groups for item in group["items"] if item["active"]]
        assert marked == ([url] if "membership" in url else [])


def test_marketplaces_stand_across_by_name_whatever_their_case(browser: Client):
    platform = PlatformFactory(code="mall")
    for name in ("zebra", "Öl", "Amazon", "obst", "Kaufhaus 10", "kaufhaus 9"):
        MarketplaceFactory(platform=platform, display_name=name)

    shown = [place.display_name for place in browser.get(URL).context["marketplaces"]]

    assert shown == ["Amazon", "kaufhaus 9", "Kaufhaus 10", "obst", "Öl", "zebra"]
