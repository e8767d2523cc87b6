"""Rules of a channel, as data: what they find becomes a listing error, and reaches SCX, before anybody is handed it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from listings import catalogue, reports, results, rule_checks, validation
from listings.catalogue import BUILT_IN
from listings.handover.base import ListingError, OfferData, PictureData, PriceData, Result
from listings.handover.job import hand_over
from listings.models import ListingRule, Offer
from listings.models.rules import Field
from platforms.jobs import Run
from platforms.models import PriceType
from tests.factories import (
    NOON,
    ChannelFactory,
    ErrorTextFactory,
    ListingRuleFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.listings.build import happen, listing, offer, variation

Kind = ListingRule.Kind
EAN = "4006381333931"


def data(**fields) -> OfferData:
    return OfferData(key=1, channel="SHOP", seller="S", offer_id=7, revision=1, sku="ABC", **fields)


def found(rule: ListingRule, content: OfferData, *price_types: str) -> list[str]:
    return [fault.code for fault in rule_checks.faults(rule, content, frozenset(price_types))]


def picture(width: int | None = None, height: int | None = None, state: str = "pending") -> PictureData:
    return PictureData(0, "https://p.example/a.jpg", NOON + timedelta(days=7), state=state, width=width, height=height)


class TestGtin:
    @pytest.mark.parametrize("text", [EAN, "96385074", "036000291452", "10614141000415"])
    def test_those_in_use_are_valid(self, text):
        assert rule_checks.is_gtin(text)

    @given(st.sampled_from([8, 12, 13, 14]), st.data())
    def test_just_one_last_digit_is_right(self, length, draws):
        body = draws.draw(st.text("0123456789", min_size=length - 1, max_size=length - 1))
        assert sum(rule_checks.is_gtin(body + last) for last in "0123456789") == 1

    @given(st.sampled_from([EAN, "96385074", "036000291452", "10614141000415"]), st.data())
    def test_one_wrong_digit_is_noticed(self, text, draws):
        place = draws.draw(st.integers(0, len(text) - 1))
        other = draws.draw(st.sampled_from("0123456789").filter(lambda digit: digit != text[place]))
        assert not rule_checks.is_gtin(text[:place] + other + text[place + 1 :])

    @given(st.text())
    def test_no_text_is_too_strange(self, text):
        assert rule_checks.is_gtin(text) in (True, False)
        assert not rule_checks.is_gtin(text + "x")

    def test_digits_of_other_scripts_are_none(self):
        assert not rule_checks.is_gtin("٤٠٠٦٣٨١٣٣٣٩٣١")


class TestChecks:
    def test_a_field_of_blanks_is_missing(self):
        rule = ListingRule(kind=Kind.REQUIRED, field=Field.TITLE)
        assert found(rule, data(title=" ")) == ["TITLE_MISSING"]
        assert found(rule, data(title="Schuh")) == []

    def test_no_quantity_is_missing_and_none_left_is_not(self):
        rule = ListingRule(kind=Kind.REQUIRED, field=Field.QUANTITY)
        assert found(rule, data()) == ["QUANTITY_MISSING"]
        assert found(rule, data(quantity=Decimal(0))) == []

    def test_of_a_listing_with_variations_each_variation_needs_a_gtin(self):
        rule = ListingRule(kind=Kind.REQUIRED, field=Field.GTIN)
        content = data(variations=(data(gtin=EAN), data(), data()))
        assert found(rule, content) == ["GTIN_MISSING", "GTIN_MISSING"]
        assert found(rule, data(gtin=EAN)) == []

    def test_a_text_keeps_to_its_limits_and_the_shorter_one_is_recommended(self):
        rule = ListingRule(kind=Kind.LENGTH, field=Field.TITLE, minimum=3, maximum=5)
        assert found(rule, data(title="ab")) == ["TEXT_TOO_SHORT"]
        assert found(rule, data(title="abc")) == found(rule, data(title="abcde")) == found(rule, data()) == []
        (fault,) = rule_checks.faults(rule, data(title="abcdef"), frozenset())
        assert (fault.code, fault.recommended) == ("TEXT_TOO_LONG", "abcde")

    def test_a_wrong_check_digit_fails_and_no_gtin_does_not(self):
        rule = ListingRule(kind=Kind.GTIN)
        assert found(rule, data(gtin=EAN[:-1] + "2")) == ["GTIN_INVALID"]
        assert found(rule, data(gtin=EAN)) == found(rule, data()) == []

    def test_one_price_of_a_known_type_is_enough(self):
        rule = ListingRule(kind=Kind.PRICE_TYPE)
        prices = tuple(PriceData(name, Decimal(1), Decimal(9), "EUR") for name in ("B2B", "B2C"))
        assert found(rule, data(prices=prices), "B2C") == []
        assert found(rule, data(prices=prices), "UVP") == ["PRICE_TYPE_UNKNOWN"]
        assert found(rule, data(prices=prices)) == []

    def test_a_picture_that_cannot_be_fetched_does_not_count(self):
        rule = ListingRule(kind=Kind.PICTURES, minimum=1, maximum=2)
        assert found(rule, data()) == found(rule, data(pictures=(picture(state="failed"),))) == ["PICTURE_MISSING"]
        assert found(rule, data(pictures=(picture(),))) == []
        assert found(rule, data(variations=(data(pictures=(picture(),)),))) == []
        assert found(rule, data(pictures=(picture(),) * 3)) == ["TOO_MANY_PICTURES"]

    def test_one_large_picture_is_enough_and_one_not_measured_may_be_it(self):
        rule = ListingRule(kind=Kind.PICTURE_SIZE, width=500, height=400)
        small, large = picture(499, 400, "fetched"), picture(500, 400, "fetched")
        assert found(rule, data(pictures=(small,))) == ["PICTURE_TOO_SMALL"]
        assert found(rule, data(pictures=(small, large))) == found(rule, data(pictures=(small, picture()))) == []
        assert found(rule, data()) == []

    def test_an_attribute_stands_at_the_listing_or_at_each_variation(self):
        rule = ListingRule(kind=Kind.ATTRIBUTE, attribute="colour")
        red = ({"id": "colour", "value": "red", "group": None},)
        blank = ({"id": "colour", "value": " ", "group": None},)
        assert found(rule, data(attributes=red)) == []
        assert found(rule, data(attributes=blank)) == ["ATTRIBUTE_MISSING"]
        assert found(rule, data(variations=(data(dimensions=red), data(attributes=red)))) == []
        assert found(rule, data(variations=(data(dimensions=red), data()))) == ["ATTRIBUTE_MISSING"]


TEXT = st.text(max_size=30)
ANYTHING = st.builds(
    data,
    title=TEXT,
    description=TEXT,
    gtin=TEXT,
    category=TEXT,
    quantity=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    tax_percent=st.none() | st.decimals(allow_nan=False),
    attributes=st.lists(st.dictionaries(st.sampled_from(["id", "value", "group"]), TEXT | st.none())).map(tuple),
    pictures=st.lists(
        st.builds(picture, st.none() | st.integers(), st.none() | st.integers(), st.sampled_from(["", "failed"]))
    ).map(tuple),
)
RULES = st.builds(
    ListingRule,
    kind=st.sampled_from([*Kind.values, "", "odd"]),
    field=st.sampled_from([*Field.values, "", "odd"]),
    minimum=st.none() | st.integers(0, 50),
    maximum=st.none() | st.integers(0, 50),
    width=st.none() | st.integers(0, 50),
    attribute=TEXT,
    category=st.just("") | TEXT,
    code=st.just("") | TEXT,
)


@given(ANYTHING, st.lists(ANYTHING, max_size=3), st.lists(RULES, max_size=5))
def test_no_content_and_no_rule_is_too_strange(content, variations, rules):
    book = validation.Rulebook("EUR", "Shop", catalogue.Catalogue(("de",)), tuple(rules), frozenset({"B2C"}))
    for error in validation.problems(replace(content, variations=tuple(variations)), book):
        assert error.code
        assert error.message


class TestOfRules:
    """What a rule may be."""

    def refused(self, **fields) -> set[str]:
        with pytest.raises(ValidationError) as caught:
            ListingRule(channel=ChannelFactory(), **fields).full_clean()
        return set(caught.value.message_dict)

    @pytest.mark.django_db
    def test_parameters_are_those_of_the_kind(self):
        assert self.refused(kind=Kind.REQUIRED) == {"field"}
        assert self.refused(kind=Kind.GTIN, field=Field.TITLE) == {"field"}
        assert self.refused(kind=Kind.LENGTH, field=Field.TITLE) == {"maximum"}
        assert self.refused(kind=Kind.LENGTH, field=Field.PRICE, maximum=3) == {"field"}
        assert self.refused(kind=Kind.LENGTH, field=Field.TITLE, minimum=4, maximum=3) == {"__all__"}

    @pytest.mark.django_db
    @pytest.mark.parametrize("attribute", ["title", "global:GTIN", "Beschreibung", "shop/ean", "price_1", "Menge"])
    @pytest.mark.parametrize(("language", "words"), [("en", "fields of the listing"), ("de", "Felder")])
    def test_no_attribute_stands_for_a_field_of_the_listing(self, attribute, language, words):
        with translation.override(language), pytest.raises(ValidationError, match=words):
            ListingRule(channel=ChannelFactory(), kind=Kind.ATTRIBUTE, attribute=attribute).full_clean()

    @pytest.mark.django_db
    def test_a_platform_has_none(self):
        with pytest.raises(ValidationError):
            ListingRule(channel=PlatformFactory(), kind=Kind.GTIN).full_clean()

    @pytest.mark.django_db
    def test_one_channel_asks_once(self):
        rule = ListingRuleFactory()
        with pytest.raises(ValidationError, match="already"):
            ListingRule(channel=rule.channel, kind=rule.kind, field=rule.field).full_clean()


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own", languages=["de"])


CASES = [
    ({"kind": Kind.REQUIRED, "field": "title"}, {}, "TITLE_MISSING", "hat keinen Titel"),
    ({"kind": Kind.REQUIRED, "field": "brand"}, {}, "FIELD_MISSING", "Marke"),
    ({"kind": Kind.LENGTH, "field": "title", "maximum": 3}, {"title": "Schuh"}, "TEXT_TOO_LONG", "5 Zeichen"),
    ({"kind": Kind.LENGTH, "field": "title", "minimum": 9}, {"title": "Schuh"}, "TEXT_TOO_SHORT", "5 Zeichen"),
    ({"kind": Kind.GTIN}, {"gtin": "123"}, "GTIN_INVALID", "123"),
    ({"kind": Kind.PRICE_TYPE}, {}, "PRICE_TYPE_UNKNOWN", "Preis"),
    ({"kind": Kind.PICTURES, "minimum": 1}, {}, "PICTURE_MISSING", "Bilder"),
    ({"kind": Kind.ATTRIBUTE, "attribute": "colour"}, {}, "ATTRIBUTE_MISSING", "colour"),
]


@pytest.mark.parametrize(("rule", "content", "code", "words"), CASES)
def test_what_a_rule_finds_is_told_and_handed_to_nobody(channel, seller, marketplace, rule, content, code, words):
    PriceType.objects.create(channel=channel, price_type_id="UVP", display_name="UVP")
    ListingRuleFactory(channel=channel, **rule)
    happen(channel, listing(seller, 1, **content))
    hand_over(channel, Run())
    failed = offer(seller, 1)
    (error,) = failed.errors
    assert (failed.state, error["code"], failed.failed_codes) == (Offer.State.FAILED, code, code)
    assert words in error["message"]
    assert "SKU-1" in error["message"]
    assert error["long_message"]
    assert marketplace.given == []


@pytest.mark.parametrize(("rule", "content", "code", "words"), CASES)
def test_a_rule_that_is_off_or_for_another_category_finds_nothing(
    channel, seller, marketplace, rule, content, code, words
):
    ListingRuleFactory(channel=channel, is_active=False, **rule)
    ListingRuleFactory(channel=channel, category="Shoes", **rule)
    ListingRuleFactory(**rule)
    happen(channel, listing(seller, 1, category="Hats", **content))
    hand_over(channel, Run())
    assert offer(seller, 1).state != Offer.State.FAILED


@pytest.mark.django_db
def test_scx_takes_what_the_rules_find_as_a_failed_listing(sandbox):
    channel = sandbox.adopt(ChannelFactory(connector="demo", languages=["en"]))
    seller = SellerFactory(channel=channel)
    sandbox.link(channel, seller.seller_id)
    for rule, _content, _code, _words in (case for case in CASES if case[2] != "TEXT_TOO_SHORT"):
        ListingRuleFactory(channel=channel, **rule)
    ListingRuleFactory(channel=channel, kind=Kind.REQUIRED, field="gtin", code="OWN-CODE")
    PriceType.objects.create(channel=channel, price_type_id="UVP", display_name="UVP")
    happen(channel, listing(seller, 1, gtin="123", variationList=[variation(2, title="Wanderschuh")]))
    hand_over(channel, Run())
    reports.send(channel, Run())
    (report,) = sandbox.reports(channel)
    for code in ("TITLE_MISSING", "TEXT_TOO_LONG", "PRICE_TYPE_UNKNOWN", "PICTURE_MISSING", "colour", "OWN-CODE"):
        assert code in str(report)


class TestPriceUpdate:
    """Rules of prices are asked again when prices come."""

    @pytest.fixture(autouse=True)
    def rule(self, channel):
        ListingRuleFactory(channel=channel, kind=Kind.PRICE_TYPE, code="NO-B2C")
        PriceType.objects.create(channel=channel, price_type_id="B2C", display_name="B2C")

    def price(self, channel, seller, price_type, seconds):
        prices = [{"id": price_type, "quantityPriceList": [{"amount": "8", "currency": "EUR"}]}]
        payload = {"sellerId": seller.seller_id, "offerId": 1, "priceList": prices}
        happen(channel, payload, seconds=seconds, kind="PriceUpdate")
        hand_over(channel, Run())
        return offer(seller, 1)

    def test_a_listed_offer_fails_without_a_known_price_and_comes_back_with_one(self, channel, seller, marketplace):
        marketplace.answer = lambda offers: [(each.key, Result("listed")) for each in offers]
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        assert offer(seller, 1).state == Offer.State.LISTED
        assert self.price(channel, seller, "UVP", 5).failed_codes == "NO-B2C"
        assert self.price(channel, seller, "B2C", 6).state == Offer.State.LISTED
        assert len(marketplace.given) == 2


class TestCatalogue:
    def test_every_code_of_ours_has_both_languages(self):
        for code in BUILT_IN:
            german = catalogue.Catalogue(("de",)).worded(ListingError(code))
            english = catalogue.Catalogue(("en",)).worded(ListingError(code))
            assert german.message != english.message
            assert german.long_message != english.long_message

    def test_a_channels_own_text_is_told_with_its_values(self, channel, seller, marketplace):
        ErrorTextFactory(channel=channel, language="en", text="Not this one.")
        ErrorTextFactory(channel=channel)
        ListingRuleFactory(channel=channel, kind=Kind.REQUIRED, field="gtin")
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        (error,) = offer(seller, 1).errors
        assert (error["message"], error["long_message"]) == ("SKU-1 braucht eine GTIN.", "Tragen Sie die GTIN ein.")

    def test_a_rules_own_code_without_a_text_says_what_ours_would(self, channel, seller, marketplace):
        ListingRuleFactory(channel=channel, kind=Kind.REQUIRED, field="gtin", code="E17")
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        (error,) = offer(seller, 1).errors
        assert (error["code"], error["message"]) == ("E17", "SKU-1 hat keine GTIN.")

    def test_a_result_that_names_a_known_code_gets_its_text(self, channel):
        ErrorTextFactory(channel=channel, code="BANNED", text="Das dürfen wir nicht verkaufen.", cure="")
        listed = OfferFactory(channel=channel)
        results.record(listed, Result("failed", errors=(ListingError("BANNED"), ListingError("GTIN_MISSING"))))
        listed.refresh_from_db()
        assert listed.errors[0]["message"] == "Das dürfen wir nicht verkaufen."
        assert "GTIN" in listed.errors[1]["message"]
        assert listed.failed_codes == "BANNED\nGTIN_MISSING"

    def test_one_that_names_an_unknown_code_alone_is_refused(self, channel):
        listed = OfferFactory(channel=channel)
        with pytest.raises(ValidationError, match="catalogue"):
            results.record(listed, Result("failed", errors=(ListingError("E17"),)))

    @pytest.mark.parametrize(
        ("languages", "own", "told"),
        [
            (("de", "en"), {"en": ("English", "")}, "{sku} hat keine GTIN."),
            (("fr",), {"de": ("Deutsch", "")}, "Deutsch"),
            (("fr",), {"de": ("Deutsch", ""), "en": ("English", "")}, "English"),
            (("fr",), {}, "{sku} has no GTIN."),
        ],
    )
    def test_a_language_without_a_text_gets_another(self, languages, own, told):
        texts = catalogue.Catalogue(languages, {"GTIN_MISSING": own} if own else {})
        assert texts.worded(ListingError("GTIN_MISSING")).message == told
