from decimal import Decimal

import pytest

from listings.payload import PriceStep, read_key, read_listing, read_prices
from tests.payloads import offer_new

STEP = {"amount": "14.65", "currency": "EUR"}


def payload(**fields):
    return {"sellerId": "S1", "offerId": 1, "sku": "A", "priceList": [], **fields}


def priced(**step):
    return payload(priceList=[{"id": "B2C", "quantityPriceList": [{**STEP, **step}]}])


def amounts(value):
    return [step.amount for step in read_listing(priced(amount=value)).content.prices]


def test_an_empty_listing_reads_as_blanks():
    listing = read_listing({"sellerId": "S1", "offerId": "7"})

    assert (listing.key.seller_id, listing.key.offer_id) == ("S1", 7)
    assert listing.variations == ()
    content = listing.content
    assert (content.sku, content.title, content.description, content.channel_offer_id) == ("", "", "", "")
    assert (content.parent_offer_id, content.tax_percent, content.recommended_price) == (None, None, None)
    assert (content.attributes, content.pictures, content.prices) == ([], (), ())


@pytest.mark.parametrize("offer_id", [None, 0, -1, 2**63, "", "a", "1.5", 1.5, True, [1], {}])
def test_an_offer_id_that_is_no_number_of_sql_is_refused_by_name(offer_id):
    with pytest.raises(ValueError, match=r"^offerId: "):
        read_key({"sellerId": "S1", "offerId": offer_id})


def test_the_largest_offer_id_is_read():
    assert read_key({"sellerId": "S1", "offerId": str(2**63 - 1)}).offer_id == 2**63 - 1


@pytest.mark.parametrize("seller_id", [None, "", [], {}])
def test_an_event_without_seller_is_refused_by_name(seller_id):
    with pytest.raises(ValueError, match=r"^sellerId: "):
        read_key({"sellerId": seller_id, "offerId": 1})


def test_a_variation_without_offer_id_is_refused_by_its_path():
    with pytest.raises(ValueError, match=r"^variationList\[1\]\.offerId: "):
        read_listing(payload(variationList=[{"offerId": 2}, {"sku": "B"}]))


def test_a_variation_that_claims_the_listings_id_or_comes_twice_is_left_out():
    listing = read_listing(payload(variationList=[{"offerId": 1}, {"offerId": 2, "sku": "B"}, {"offerId": "2"}]))

    assert [(variation.offer_id, variation.sku) for variation in listing.variations] == [(2, "B")]
    assert listing.variations[0].parent_offer_id == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("14.65", "14.65"),
        (14.65, "14.65"),
        (14, "14"),
        (" 14.65 ", "14.65"),
        ("1.00005", "1.0001"),
        ("1.00004", "1.0000"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("1E+3", "1000"),
        ("-0.00001", "0"),
    ],
)
def test_an_amount_is_read_exactly_up_to_four_decimals(given, read):
    assert amounts(given) == [Decimal(read)]
    assert str(amounts(given)[0]) == read


@pytest.mark.parametrize("given", ["100000000000000", "99999999999999.99999", 1e14, "1E+40"])
def test_an_amount_no_column_holds_is_refused_by_its_path(given):
    with pytest.raises(ValueError, match=r"^priceList\[0\]\.quantityPriceList\[0\]\.amount: more than 14 digits"):
        amounts(given)


@pytest.mark.parametrize("given", ["", None, "free", "NaN", "1,50", True, []])
def test_an_amount_that_is_no_number_is_refused_by_its_path(given):
    with pytest.raises(ValueError, match=r"^priceList\[0\]\.quantityPriceList\[0\]\.amount: "):
        amounts(given)


@pytest.mark.parametrize("given", [None, "", "EURO", "€"])
def test_a_currency_that_is_no_code_is_refused_rather_than_cut(given):
    with pytest.raises(ValueError, match=r"\.currency: "):
        read_listing(priced(currency=given))


def test_a_price_step_without_quantity_starts_at_one_and_the_later_of_two_counts():
    steps = [STEP, {**STEP, "amount": "13"}, {**STEP, "quantity": "10.0", "amount": 12}]
    prices = read_prices(payload(priceList=[{"id": "B2C", "quantityPriceList": steps}]))

    assert prices == (
        PriceStep("B2C", Decimal(1), Decimal(13), "EUR"),
        PriceStep("B2C", Decimal("10.0"), Decimal(12), "EUR"),
    )


@pytest.mark.parametrize("price_list", [None, [], {}, "x", [{"id": "B2C", "quantityPriceList": []}]])
def test_a_price_update_without_prices_is_refused(price_list):
    with pytest.raises(ValueError, match=r"^priceList: "):
        read_prices(payload(priceList=price_list))


def test_tax_and_recommended_price_are_read_from_strings_and_numbers():
    content = read_listing(payload(taxPercent=19, srp={"amount": 129.95, "currency": "eur"})).content

    assert content.tax_percent == Decimal(19)
    assert content.recommended_price == {"amount": "129.95", "currency": "EUR"}


@pytest.mark.parametrize("srp", [None, [], {}, {"amount": None, "currency": "EUR"}, {"amount": ""}])
def test_no_recommended_price_is_none(srp):
    assert read_listing(payload(srp=srp)).content.recommended_price is None


def test_attributes_keep_order_repeats_groups_and_odd_types():
    given = [
        {"attributeId": "a", "value": "1"},
        {"attributeId": "a", "value": 2, "group": 0},
        None,
        {"attributeId": "b", "value": True, "group": None},
        {"attributeId": "c", "value": 1.5, "unknown": []},
    ]

    assert read_listing(payload(channelAttributeList=given)).content.attributes == [
        {"id": "a", "value": "1", "group": None},
        {"id": "a", "value": "2", "group": "0"},
        {"id": "b", "value": "true", "group": None},
        {"id": "c", "value": "1.5", "group": None},
    ]


def test_pictures_are_the_main_one_then_the_others_once_each_without_blanks():
    content = read_listing(
        payload(mainPicture="https://x/2", pictureList=["", "https://x/1", None, "https://x/2"])
    ).content

    assert content.pictures == ("https://x/2", "https://x/1")


def test_no_more_pictures_are_kept_than_scx_allows():
    links = [f"https://x/{number}" for number in range(60)]

    assert read_listing(payload(mainPicture="https://x/main", pictureList=links)).content.pictures == (
        "https://x/main",
        *links[:50],
    )


def test_texts_are_cut_to_their_columns():
    content = read_listing(payload(title="ä" * 600, sku="s" * 200, gtin="1" * 300, description="d" * 60_000)).content

    assert (len(content.title), len(content.sku), len(content.gtin)) == (512, 150, 100)
    assert len(content.description) == 60_000


def test_a_payload_at_full_width_is_read_whole():
    given = offer_new("S1", 4711, variations=3)
    listing = read_listing(given)

    assert listing.content.description == given["description"]
    assert listing.content.title == given["title"]
    assert len(listing.content.pictures) == 50
    assert len(listing.content.attributes) == len(given["channelAttributeList"])
    assert len(listing.content.prices) == 6
    assert [variation.dimensions[0]["value"] for variation in listing.variations] == ["37½", "38½", "39½"]
