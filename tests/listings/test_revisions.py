"""What a listing was, revision by revision."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from listings import merge_patch, revisions
from listings.models import Revision
from listings.payload import read_listing
from tests.factories import ChannelFactory, SellerFactory
from tests.listings.build import happen, listing, offer, price_list, variation
from tests.payloads import offer_new

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.none() | st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_patch_makes_the_one_of_the_other(old, new):
    patch = merge_patch.between(old, new)

    assert merge_patch.applied(old, patch) == new
    assert (patch == {}) == (old == new)


@pytest.fixture
def seller(db):
    return SellerFactory(channel=ChannelFactory())


def whole(seller, offer_id=1):
    row = offer(seller, offer_id)
    return revisions.current([row.pk])[row.pk]


class TestSequences(TestCase):
    VARIATION = st.builds(
        lambda offer_id, amount, size, links: variation(
            offer_id,
            priceList=price_list(amount),
            variationDimensionList=[{"attributeId": "size", "value": size}],
            pictureList=links,
        ),
        st.integers(2, 4),
        st.sampled_from(["1", "2.50"]),
        st.sampled_from(["S", "M"]),
        st.lists(st.sampled_from(["https://x/1.jpg", "https://x/2.jpg?signed=1"]), max_size=2),
    )
    CONTENT = st.fixed_dictionaries(
        {},
        optional={
            "title": st.sampled_from(["A", "B"]),
            "description": st.sampled_from(["", "<p>Größe</p>"]),
            "taxPercent": st.sampled_from(["19", "7.5"]),
            "srp": st.sampled_from([{"amount": "5", "currency": "EUR"}]),
            "channelAttributeList": st.lists(
                st.sampled_from([{"attributeId": "a", "value": "1"}, {"attributeId": "b", "value": "2", "group": "3"}])
            ),
            "pictureList": st.lists(st.sampled_from(["https://x/1.jpg", "https://x/3.jpg"]), max_size=2),
            "variationList": st.lists(VARIATION, max_size=3),
        },
    )
    STEPS = st.lists(
        st.tuples(st.just("Update"), CONTENT) | st.tuples(st.just("PriceUpdate"), st.sampled_from(["7", "8.25"])),
        max_size=6,
    )

    @settings(max_examples=60, deadline=None)
    @given(CONTENT, STEPS)
    def test_every_revision_is_told_as_it_was_at_its_end(self, first, steps):
        seller = SellerFactory(channel=ChannelFactory())
        channel = seller.channel
        happen(channel, listing(seller, 1, **first))
        seen = {1: whole(seller)}
        for second, (kind, value) in enumerate(steps, 1):
            payload = {"priceList": price_list(value)} if kind == "PriceUpdate" else value
            happen(channel, {**listing(seller, 1), **payload}, second, kind)
            now = whole(seller)
            seen[now.number] = now

        row = offer(seller, 1)
        told = revisions.of(row, list(seen))

        assert {number: (each.document, each.prices) for number, each in told.items()} == {
            number: (each.document, each.prices) for number, each in seen.items()
        }
        assert revisions.numbers(row) == sorted(seen, reverse=True)


def test_a_listing_arrives_as_it_stands_afterwards(seller):
    payload = offer_new(seller.seller_id, 1)
    happen(seller.channel, payload)

    read = read_listing(payload)

    assert revisions.arrived(read.content, read.variations) == whole(seller).document


def test_what_was_dropped_is_gone_and_told_of_the_revision_before(seller):
    happen(seller.channel, listing(seller, 1, title="Shoe", variationList=[variation(2), variation(3)]))
    happen(seller.channel, listing(seller, 1, variationList=[variation(3)]), 1, "Update")

    told = revisions.of(offer(seller, 1), [1, 2])

    assert "title" not in told[2].document
    assert told[1].document["title"] == "Shoe"
    assert set(told[1].document["variations"]) == {"2", "3"}
    assert set(told[2].document["variations"]) == {"3"}
    assert told[1].prices["2"] == {"B2C": {"1": "5 EUR"}}


def test_a_row_holds_what_changed_and_a_new_listing_none(seller):
    payload = offer_new(seller.seller_id, 1)
    happen(seller.channel, payload)
    assert not Revision.objects.exists()

    happen(seller.channel, {**payload, "title": "Another"}, 1, "Update")

    assert Revision.objects.get().changes == {"title": payload["title"]}


def test_content_that_comes_late_is_no_revision(seller):
    happen(seller.channel, listing(seller, 1, title="Newer"), 10)
    happen(seller.channel, listing(seller, 1, title="Older"), 5, "Update")

    assert not Revision.objects.exists()


def test_a_variation_that_becomes_a_listing_has_no_revision_of_what_it_was(seller):
    happen(seller.channel, listing(seller, 1, variationList=[variation(2)]))
    happen(seller.channel, listing(seller, 2), 1)

    row = offer(seller, 2)
    assert revisions.numbers(row) == [2]
    assert set(revisions.of(row, [1, 2])) == {2}


def test_only_the_newest_are_kept(seller, monkeypatch):
    monkeypatch.setattr(revisions, "KEPT", 3)
    for number in range(8):
        happen(seller.channel, listing(seller, 1, title=f"Title {number}"), number, "Update")

    row = offer(seller, 1)
    assert revisions.numbers(row) == [8, 7, 6, 5]
    assert revisions.of(row, [5, 8])[5].document["title"] == "Title 4"


def test_a_gap_is_not_guessed_over(seller):
    for number in range(4):
        happen(seller.channel, listing(seller, 1, title=f"Title {number}"), number, "Update")
    Revision.objects.filter(number=2).delete()

    assert set(revisions.of(offer(seller, 1), [1, 2, 3, 4])) == {3, 4}
