"""Staff give a marketplace to many sellers: asked, looked at, done, and followed to each seller's result."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platforms.models import Channel
from sellers.models import Membership, Opening, Seller
from tests.admin import rows
from tests.factories import MarketplaceFactory, MembershipFactory, OpeningFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

GIVE = "/admin/sellers/opening/give/"


@pytest.fixture
def mall() -> Channel:
    platform = PlatformFactory(code="mall", display_name="The Mall")
    for name in ("de", "fr"):
        MarketplaceFactory(platform=platform, code=f"mall-{name}", display_name=f"Mall {name.upper()}")
    return platform


def place(name: str) -> Channel:
    return Channel.objects.get(code=f"mall-{name}")


def seller(mall: Channel, name: str, **values: Any) -> Seller:
    return SellerFactory(channel=mall, seller_id=name, **{"company_name": f"Firma {name}", **values})


def body(**values: Any) -> dict[str, Any]:
    return {"marketplace": place("fr").pk, **values}


def page_of(opening: Opening) -> str:
    return reverse("admin:sellers_opening_change", args=[opening.pk])


def text_of(answer: Any) -> str:
    html = answer.content.decode().partition('id="content"')[2] or answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def hidden(answer: Any) -> dict[str, str]:
    """What the preview carries to the next step."""
    found = re.findall(r'<input type="hidden" name="([a-z_]+)"(?: value="([^"]*)")?', answer.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_it_is_looked_at_then_given_then_followed(browser: Client, mall):
    seller(mall, "S1")
    seller(mall, "S2", state="inactive")
    seller(mall, "S3", state="unlinked")

    form = browser.get(GIVE, {"marketplace": "mall-fr"}, follow=True)
    assert f'<option value="{place("fr").pk}" selected>The Mall · Mall FR</option>' in form.content.decode()

    preview = browser.post(GIVE, body(seller_ids="S1, S2\nS3;S9"), follow=True)
    text = text_of(preview)
    assert "2 sellers get Mall FR. Nothing is done yet." in text
    assert "1 of them has paused, and is connected there once he resumes." in text
    assert "Firma S1 · S1 Firma S2 · S2" in text
    assert "not connected at the moment: 1 Firma S3 · S3" in text
    assert "1 of the ids belongs to no seller who meets the conditions S9" in text
    assert not Opening.objects.exists()

    answer = browser.post(GIVE, {**hidden(preview), "confirmed": "yes"})
    opening = Opening.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(opening))
    assert opening.conditions == {"seller_ids": ["S1", "S2", "S3", "S9"]}
    assert opening.requested_by.startswith("user")
    assert set(Membership.objects.values_list("seller__seller_id", flat=True)) == {"S1", "S2"}

    page = browser.get(page_of(opening))
    text = text_of(page)
    assert "SCX has answered for 1 of 2 sellers." in text
    assert "4 sellers named by id" in text
    assert "not connected at the moment: 1" in text
    assert page["Refresh"] == "10"


@pytest.mark.parametrize(
    ("values", "conditions"),
    [
        ({}, {}),
        ({"search": " krä "}, {"search": "krä"}),
        ({"linked_since": "2026-01-31"}, {"linked_since": "2026-01-31"}),
        ({"with_declined": "on", "with_forbidden": "on"}, {"with_declined": True, "with_forbidden": True}),
        ({"jtl_account_id": "7"}, {"jtl_account_id": 7}),
    ],
)
def test_what_was_asked_reaches_the_opening_through_the_preview(browser: Client, mall, values, conditions):
    seller(mall, "S1", jtl_account_id=7, company_name="Krämer")
    preview = browser.post(GIVE, body(**values))

    browser.post(GIVE, {**hidden(preview), "confirmed": "yes"})

    opening = Opening.objects.get()
    assert (opening.conditions, opening.given) == (conditions, 1 if values.get("linked_since") is None else 0)


def test_the_conditions_can_be_changed_after_a_look(browser: Client, mall):
    preview = browser.post(GIVE, body(search="krä", active_on=place("de").pk))

    form = browser.post(GIVE, {**hidden(preview), "back": "1"})

    html = form.content.decode()
    assert 'value="krä"' in html
    assert f'<option value="{place("de").pk}" selected>' in html
    assert "Give them" not in text_of(preview)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"marketplace": ""}, "This field is required."),
        ({"active_on": "other"}, "Choose a marketplace of the same platform."),
        (
            {"seller_ids": " ".join(f"S{n}" for n in range(5001))},
            "These are 5001 ids; at most 5000 can be given at once.",
        ),
        ({"linked_since": "yesterday"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser: Client, mall, values, said):
    other = MarketplaceFactory()
    answer = browser.post(
        GIVE, body(**{name: other.pk if value == "other" else value for name, value in values.items()})
    )

    assert said in text_of(answer)
    assert not Opening.objects.exists()


def test_a_marketplace_that_is_switched_off_is_refused_at_its_field(browser: Client, mall):
    seller(mall, "S1")
    Channel.objects.filter(code="mall-fr").update(is_active=False)

    answer = browser.post(GIVE, body(confirmed="yes"))

    assert "Mall FR is switched off here. Switch the channel on first." in text_of(answer)
    assert not Opening.objects.exists()


def given(mall: Channel, number: int, **values: Any) -> Opening:
    opening = OpeningFactory(marketplace=place("fr"), given=number)
    for n in range(number):
        MembershipFactory(seller=seller(mall, f"S{n}"), marketplace=place("fr"), opening=opening, **values)
    return opening


def test_results_are_paged_and_filtered_and_the_page_rests_when_all_is_done(browser: Client, mall):
    opening = given(mall, 51)
    Membership.objects.filter(seller__seller_id__in=["S7", "S50"]).update(
        is_refused=True, confirmed=None, error="SLR1 <b>no subscription</b>"
    )

    first, second = browser.get(page_of(opening)), browser.get(page_of(opening), {"p": "2"})
    refused = browser.get(page_of(opening), {"result": "refused"})

    assert "Refresh" not in first
    assert "SCX has answered for 51 of 51 sellers." in text_of(first)
    assert "refused by SCX (2)" in text_of(first)
    assert "connected (49)" in text_of(first)
    assert [len(answer.context["page"].object_list) for answer in (first, second, refused)] == [50, 1, 2]
    assert "SLR1 &lt;b&gt;no subscription" in refused.content.decode()
    assert [row.seller.seller_id for row in refused.context["page"]] == ["S7", "S50"]
    assert len(browser.get(page_of(opening), {"result": "burnt", "p": "²"}).context["page"].object_list) == 50


def test_the_page_stops_loading_itself_anew_where_it_is_told_to(browser: Client, mall):
    opening = given(mall, 1, confirmed=None)

    assert browser.get(page_of(opening))["Refresh"] == "10"
    still = browser.get(page_of(opening), {"still": "1"})
    assert "Refresh" not in still
    assert "Load this page anew every ten seconds" in text_of(still)


def test_the_refused_are_asked_again_by_one_button(browser: Client, mall):
    opening = given(mall, 3, confirmed=None, is_refused=True, error="SLR1")
    list_url = reverse("admin:sellers_opening_changelist")
    assert "Tell SCX again of the refused" in text_of(browser.get(page_of(opening)))

    answer = browser.post(list_url, {"action": "retry", "_selected_action": opening.pk, "_back": "1"}, follow=True)

    assert answer.redirect_chain == [(page_of(opening), 302)]
    assert "SCX is told again of 3 sellers." in answer.content.decode()
    assert not Membership.objects.filter(is_refused=True).exists()

    Channel.objects.filter(code="mall-fr").update(is_active=False)
    answer = browser.post(list_url, {"action": "retry", "_selected_action": opening.pk}, follow=True)
    assert "Mall FR is switched off here" in answer.content.decode()


def test_limited_staff_give_to_their_sellers_only(browser_of, mall):
    MembershipFactory(seller=seller(mall, "S1"), marketplace=place("de"))
    seller(mall, "S2")
    browser = browser_of(rows.staff_of(place("de"), place("fr")))
    foreign = MarketplaceFactory()

    answer = browser.post(GIVE, body(confirmed="yes"), follow=True)

    assert Opening.objects.get().given == 1
    assert set(Membership.objects.filter(marketplace=place("fr")).values_list("seller__seller_id", flat=True)) == {"S1"}
    assert "Sellers of: mall-de, mall-fr" in text_of(answer)
    assert "Select a valid choice" in text_of(browser.post(GIVE, {"marketplace": foreign.pk, "confirmed": "yes"}))
    stranger = browser_of(rows.staff_of(foreign))
    assert stranger.get(page_of(Opening.objects.get())).status_code == 302
    assert "Mall FR" not in stranger.get(GIVE).content.decode()


def test_who_may_only_look_gives_nothing(browser_of, mall):
    opening = given(mall, 1, is_refused=True)
    viewer = rows.user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_opening"))
    browser = browser_of(viewer)

    page = browser.get(page_of(opening))

    assert page.status_code == 200
    assert "Tell SCX again" not in text_of(page)
    assert browser.get(GIVE).status_code == 403
    assert browser.post(GIVE, body(confirmed="yes")).status_code == 403
    assert browser_of(rows.user(is_staff=True)).get(page_of(opening)).status_code == 403
    assert Opening.objects.count() == 1


def test_the_marketplace_the_matrix_and_the_list_lead_to_it(browser: Client, mall):
    page = browser.get(reverse("admin:platforms_channel_change", args=[place("fr").pk])).content.decode()
    assert f'href="{GIVE}?marketplace=mall-fr"' in page
    assert 'name="new_sellers"' in page
    assert f'href="{GIVE}"' in browser.get(reverse("admin:sellers_membership_matrix")).content.decode()
    assert f'href="{GIVE}"' in browser.get(reverse("admin:sellers_opening_changelist")).content.decode()
    other = browser.get(reverse("admin:platforms_channel_change", args=[mall.pk])).content.decode()
    assert 'name="new_sellers"' not in other
    assert GIVE not in other


def test_staff_choose_what_new_sellers_get(browser: Client, mall):
    url = reverse("admin:platforms_channel_change", args=[place("fr").pk])
    form = browser.get(url).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if name in form.fields and value is not None}
    text = {name: ", ".join(data[name]) for name in ("languages", "countries")}

    none = {"price_types-TOTAL_FORMS": "0", "price_types-INITIAL_FORMS": "0"}
    answer = browser.post(url, {**data, **text, **none, "feature_flags": "{}", "new_sellers": "always"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert place("fr").new_sellers == "always"


def test_a_page_of_results_costs_the_same_however_many_rows(browser: Client, mall):
    def queries(opening: Opening) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page_of(opening)).status_code == 200
        return len(captured)

    opening = given(mall, 1)
    queries(opening)
    one = queries(opening)
    for n in range(20):
        MembershipFactory(seller=seller(mall, f"T{n}"), marketplace=place("fr"), opening=opening)
    assert queries(opening) == one
