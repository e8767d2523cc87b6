"""Staff make rules and texts, see what fails by them over all offers, and submit it again."""

import csv
import io

import pytest
from django.urls import reverse

from listings import failures, failures_csv
from listings.models import ErrorText, ListingRule, Offer
from tests.admin import rows
from tests.admin.test_actions import act
from tests.factories import NOON, ChannelFactory, ErrorTextFactory, OfferFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db
State = Offer.State
PAGE = "/admin/listings/offer/failures/"


def failed(channel, *codes, message="it broke", **fields):
    errors = [{"code": code, "message": message} for code in codes]
    key = failures.key_of(errors)
    return OfferFactory(
        channel=channel, state=State.FAILED, state_changed_at=NOON, errors=errors, failed_codes=key, **fields
    )


def save(browser, model, **values):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    return browser.post(url, values, follow=True).content.decode()


class TestRules:
    def test_a_rule_is_made_and_what_failed_by_it_is_offered(self, browser):
        channel = ChannelFactory()
        failed(channel, "GTIN_MISSING")
        page = save(browser, ListingRule, channel=channel.pk, kind="required", field="gtin", is_active="on")
        assert ListingRule.objects.get().field == "gtin"
        assert "1 listing has failed with GTIN_MISSING." in page
        assert f"{PAGE}?channel={channel.code}" in page

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"kind": "attribute", "attribute": "global:gtin"}, "no rule may ask for an attribute instead"),
            ({"kind": "required"}, "This kind of rule needs it."),
            ({"kind": "length", "field": "title", "minimum": 9, "maximum": 3}, "The least is more than the most."),
        ],
    )
    def test_what_no_rule_may_be_is_said_at_its_field(self, browser, values, words):
        page = save(browser, ListingRule, channel=ChannelFactory().pk, is_active="on", **values)
        assert words in page
        assert not ListingRule.objects.exists()

    def test_a_platform_has_none(self, browser):
        page = save(browser, ListingRule, channel=PlatformFactory().pk, kind="gtin", is_active="on")
        assert "its marketplaces have the rules" in page

    def test_staff_make_none_for_channels_that_are_not_theirs(self, browser_of):
        mine, other = ChannelFactory(), ChannelFactory()
        browser = browser_of(rows.staff_of(mine))
        save(browser, ListingRule, channel=other.pk, kind="gtin", is_active="on")
        assert not ListingRule.objects.exists()
        save(browser, ListingRule, channel=mine.pk, kind="gtin", is_active="on")
        assert ListingRule.objects.get().channel == mine

    def test_a_text_is_one_for_its_code_and_language(self, browser):
        text = ErrorTextFactory()
        again = {"channel": text.channel_id, "code": text.code, "language": "de", "text": "x"}
        assert "already" in save(browser, ErrorText, **again)
        assert "short code" in save(browser, ErrorText, **{**again, "language": "Deutsch"})
        assert ErrorText.objects.count() == 1


class TestFailures:
    def test_they_are_shown_by_code_with_their_number_and_a_sample(self, browser):
        channel = ChannelFactory()
        for _ in range(3):
            failed(channel, "GTIN_MISSING", message="<b>GTIN</b>")
        failed(channel, "GTIN_MISSING", "BANNED", message="<b>GTIN</b>")
        page = browser.get(PAGE, {"channel": channel.code}).content.decode()
        assert page.index("GTIN_MISSING") < page.index("BANNED")
        assert "<div>4</div>" in page
        assert "&lt;b&gt;GTIN" in page
        assert "<b>GTIN" not in page

    def test_a_group_is_submitted_again_in_one_action(self, browser):
        channel = ChannelFactory()
        mended, other = failed(channel, "A", "B"), failed(channel, "B")
        elsewhere = failed(ChannelFactory(), "A")
        answer = browser.post(f"{PAGE}?channel={channel.code}", {"code": "A"}, follow=True)
        assert "1 offer is checked and handed over again." in answer.content.decode()
        for row in (mended, other, elsewhere):
            row.refresh_from_db()
        assert [row.state for row in (mended, other, elsewhere)] == [State.PENDING, State.FAILED, State.FAILED]

    def test_staff_see_and_submit_those_of_their_channels_only(self, browser_of):
        mine, other = ChannelFactory(), ChannelFactory()
        row = failed(other, "SECRET-CODE")
        browser = browser_of(rows.staff_of(mine))
        assert "SECRET-CODE" not in browser.get(PAGE, {"channel": other.code}).content.decode()
        assert browser.get(f"{PAGE}csv/", {"channel": other.code, "code": "SECRET-CODE"}).status_code == 400
        browser.post(f"{PAGE}?channel={other.code}", {"code": "SECRET-CODE"})
        row.refresh_from_db()
        assert row.state == State.FAILED

    def test_who_may_not_change_offers_submits_none(self, browser_of):
        row = failed(ChannelFactory(), "A")
        answer = browser_of(rows.user(is_staff=True)).post(f"{PAGE}?channel={row.channel.code}", {"code": "A"})
        assert answer.status_code == 403

    def test_a_selection_is_submitted_again_from_the_list(self, browser):
        row, listed = failed(ChannelFactory(), "A"), OfferFactory(state=State.LISTED)
        assert "1 offer is checked" in act(browser, Offer, "resubmit", row.pk, listed.pk)
        listed.refresh_from_db()
        assert listed.state == State.LISTED

    def test_the_csv_file_is_whole_and_no_formula(self, browser, monkeypatch):
        monkeypatch.setattr(failures_csv, "PIECE", 2)
        channel = ChannelFactory()
        seller = SellerFactory(channel=channel)
        for title in ("=1+1", "+1", "-1", "@x", " =cmd", "\t=1", "Größe; 42, “a”"):
            failed(channel, "A", title=title, seller=seller)
        failed(channel, "B")
        answer = browser.get(f"{PAGE}csv/", {"channel": channel.code, "code": "A"})
        lines = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert len(lines) == 8
        assert [line[3] for line in lines[1:]] == ["'=1+1", "'+1", "'-1", "'@x", "' =cmd", "'\t=1", "Größe; 42, “a”"]


class TestMarking:
    def test_an_error_of_the_catalogue_is_chosen_and_told_in_the_sellers_language(self, browser):
        channel = ChannelFactory(languages=["de"])
        ErrorTextFactory(channel=channel, code="BANNED", text="Das dürfen wir nicht verkaufen.", cure="")
        row = OfferFactory(channel=channel)
        form = act(browser, Offer, "mark_failed", row.pk)
        assert "BANNED: Das dürfen wir nicht verkaufen." in form
        act(browser, Offer, "mark_failed", row.pk, confirmed="yes", known="BANNED", **{f"revision_{row.pk}": "1"})
        row.refresh_from_db()
        assert (row.state, row.errors[0]["message"]) == (State.FAILED, "Das dürfen wir nicht verkaufen.")
        assert row.failed_codes == "BANNED"
