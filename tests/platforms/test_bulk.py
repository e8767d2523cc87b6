"""Many rows in one statement say what one by one would."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from listings.models import ListingReport, Offer, Price
from platforms import bulk
from tests.factories import ChannelFactory, ListingReportFactory, OfferFactory, SellerFactory

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


class TestRoundTrip(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "title": TEXT,
                    "attributes": st.lists(st.dictionaries(TEXT, JSON, max_size=2), max_size=2),
                    "recommended_price": st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
                    "tax_percent": st.none() | st.decimals(0, 9999, places=4),
                    "content_at": st.none() | MOMENTS,
                    "state": st.sampled_from(Offer.State),
                    "revision": st.integers(0, 2**31 - 1),
                    "progress_told": st.booleans(),
                }
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_what_is_written_is_read_again_and_what_is_updated_too(self, values):
        seller = SellerFactory(channel=ChannelFactory())
        rows = [
            Offer(channel=seller.channel, seller=seller, offer_id=number, **each) for number, each in enumerate(values)
        ]

        bulk.insert(rows)
        written = list(Offer.objects.order_by("offer_id"))
        assert [{name: getattr(row, name) for name in values[0]} for row in written] == values

        blank = [Offer(pk=row.pk, title="", attributes=[], state="ended") for row in written]
        bulk.update(blank, ("title", "attributes", "state"))
        again = list(Offer.objects.order_by("offer_id"))
        kept = [name for name in values[0] if name not in ("title", "attributes", "state")]
        assert [{name: getattr(row, name) for name in kept} for row in again] == [
            {name: each[name] for name in kept} for each in values
        ]
        assert {(row.title, row.state) for row in again} == {("", "ended")}


@pytest.mark.django_db
class TestConflicts:
    def price(self, offer, amount):
        return Price(offer=offer, price_type="B2C", quantity=Decimal(1), amount=Decimal(amount), currency="EUR")

    def test_a_row_that_is_there_already_is_left_or_refused_or_replaced(self):
        offer = OfferFactory()
        bulk.insert([self.price(offer, "1.5")])

        bulk.insert([self.price(offer, 2)], skip_known=True)
        assert Price.objects.get().amount == Decimal("1.5")
        with pytest.raises(IntegrityError), transaction.atomic():
            bulk.insert([self.price(offer, 3)])
        price = self.price(offer, 4)
        columns = {"amount": [Decimal(4)]}
        bulk.upsert_alike(price, columns, unique=("offer", "price_type", "quantity"), update=("amount",))
        assert Price.objects.get().amount == 4

    def test_rows_alike_differ_in_the_columns_given(self):
        seller = SellerFactory(channel=ChannelFactory())

        columns = {"seller_id": [seller.pk] * 3, "offer_id": [1, 2, 2]}
        bulk.insert_alike(Offer(channel=seller.channel), columns, skip_known=True)

        assert [(row.offer_id, row.state, row.attributes) for row in Offer.objects.order_by("offer_id")] == [
            (1, "pending", []),
            (2, "pending", []),
        ]

    def test_what_is_json_already_is_written_as_it_is(self):
        seller = SellerFactory(channel=ChannelFactory())

        columns = {"offer_id": [1, 2], "recommended_price": [bulk.Json('{"B2C": "9,90 €"}'), {"B2C": "8"}]}
        bulk.insert_alike(Offer(channel=seller.channel, seller=seller), columns)

        told = Offer.objects.order_by("offer_id").values_list("recommended_price", flat=True)
        assert list(told) == [{"B2C": "9,90 €"}, {"B2C": "8"}]

    def test_nothing_is_no_statement(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            bulk.insert([])
            bulk.insert_alike(Price(), {"amount": []})
            bulk.update([], ("title",))
            bulk.upsert_alike(Price(), {"amount": []}, unique=("id",), update=("amount",))

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no length of columns")
    def test_a_text_too_long_for_its_column_is_refused_and_not_cut(self):
        row = OfferFactory()
        row.title = "x" * 513

        with pytest.raises(DatabaseError), transaction.atomic():
            bulk.update([row], ("title",))

    def test_a_field_that_is_none_is_no_silent_nothing(self):
        with pytest.raises(FieldDoesNotExist):
            bulk.update([OfferFactory()], ("titel",))

    def test_an_update_leaves_other_rows_and_columns_alone(self):
        first, second = ListingReportFactory(), ListingReportFactory()
        first.error, first.state = "Busy", "refused"

        bulk.update([first], ("error",))

        told = list(ListingReport.objects.order_by("pk").values_list("error", "state"))
        assert told == [("Busy", second.state), ("", second.state)]

    def test_what_most_rows_have_in_common_is_written_once(self, django_assert_num_queries):
        rows = [ListingReportFactory() for _ in range(5)]
        first, second = [{"at": 1}], [{"at": True}]
        for row in rows:
            row.error, row.answers = "Busy", first
        with django_assert_num_queries(1):
            bulk.update(rows, ("error", "answers"))
        rows[1].answers, rows[3].error = second, "Gone"
        with django_assert_num_queries(2):
            bulk.update(rows, ("error", "answers"))

        told = list(ListingReport.objects.order_by("pk").values_list("error", "answers"))
        expected = [("Busy", first), ("Busy", second), ("Busy", first), ("Gone", first), ("Busy", first)]
        assert [(error, repr(answers)) for error, answers in told] == [
            (error, repr(answers)) for error, answers in expected
        ]
