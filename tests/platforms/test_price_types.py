"""Price types: kept here, told to SCX once and again when they change; without one no merchant can list."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from listings import reports
from platforms import channel_finders, price_types
from platforms.jobs import Run
from platforms.models import PriceType
from tests import payloads
from tests.factories import ChannelFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def named(channel, price_type_id="B2C", display_name="End customers", **values) -> PriceType:
    row = PriceType(channel=channel, price_type_id=price_type_id, display_name=display_name, **values)
    return price_types.save(row)


@pytest.fixture
def channel(sandbox):
    return sandbox.adopt(ChannelFactory(), priceTypes=[])


class TestTelling:
    def test_the_job_of_reports_tells_scx_first(self, channel, sandbox):
        row = named(channel, description="Prices with tax")
        assert not price_types.is_present(channel)
        run = Run()
        reports.send(channel, run)
        row.refresh_from_db()
        assert row.confirmed_at
        assert price_types.is_present(channel)
        assert run.counts["price types told"] == 1
        (known,) = [
            each for each in sandbox.call("GET", "/control/channels")["channels"] if each["code"] == channel.code
        ]
        assert known["priceTypes"] == ["B2C"]

    def test_what_scx_knows_is_not_told_again(self, channel, sandbox):
        named(channel)
        for _run in range(2):
            price_types.send(channel, Run())
        assert len(sandbox.books(path="/v1/channel/price")) == 1

    def test_another_name_is_told_again(self, channel, sandbox):
        row = named(channel)
        price_types.send(channel, Run())
        row.refresh_from_db()
        row.display_name = "Everybody"
        price_types.save(row)
        price_types.send(channel, Run())
        row.refresh_from_db()
        assert row.confirmed_at
        assert len(sandbox.books(path="/v1/channel/price")) == 2

    def test_where_scx_takes_no_other_name_it_keeps_the_one_of_before(self, channel, sandbox):
        row = named(channel)
        price_types.send(channel, Run())
        sandbox.settings(priceTypeRepost="refuse")
        row.refresh_from_db()
        row.display_name = "Everybody"
        price_types.save(row)
        price_types.send(channel, Run())
        row.refresh_from_db()
        assert row.confirmed_at
        assert "priceTypeId" in row.error

    def test_a_refusal_is_told_to_staff_who_may_ask_again(self, channel, sandbox):
        row = named(channel)
        sandbox.fault("status", match={"path": "/v1/channel/price"}, status=400)
        price_types.send(channel, Run())
        price_types.send(channel, Run(ignore_backoff=True))
        row.refresh_from_db()
        assert row.is_refused
        assert not price_types.is_present(channel)
        (finding,) = channel_finders.refused_price_types()
        assert finding.code == "price-type-refused"
        assert price_types.requeue(PriceType.objects.all()) == 1
        price_types.send(channel, Run())
        assert price_types.is_present(channel)

    def test_staff_may_say_that_scx_has_it_already(self, channel, sandbox):
        sandbox.adopt(channel, priceTypes=["B2C"])
        sandbox.settings(priceTypeRepost="refuse")
        named(channel)
        price_types.send(channel, Run())
        assert not price_types.is_present(channel)
        assert price_types.mark_as_known(PriceType.objects.all()) == 1
        assert price_types.is_present(channel)

    def test_a_failure_is_tried_later_and_at_once_when_a_person_asks(self, channel, sandbox):
        row = named(channel)
        sandbox.fault("status", match={"path": "/v1/channel/price"}, status=500)
        price_types.send(channel, Run())
        row.refresh_from_db()
        assert (row.leased_until, row.attempts, row.is_refused) == (None, 1, False)
        assert row.not_before > timezone.now()
        price_types.send(channel, Run())
        assert not price_types.is_present(channel)
        price_types.send(channel, Run(ignore_backoff=True))
        assert price_types.is_present(channel)

    def test_one_that_changed_while_scx_was_told_is_told_again(self, channel, sandbox, monkeypatch):
        row = named(channel)

        def renamed_meanwhile(self, *args):
            PriceType.objects.update(display_name="Everybody")
            return ()

        monkeypatch.setattr("platforms.scx.channel.ChannelCalls.create_price_type", renamed_meanwhile)
        price_types.send(channel, Run())
        row.refresh_from_db()
        assert row.confirmed_at is None

    def test_one_that_another_process_holds_is_left_alone(self, channel, sandbox):
        named(channel)
        PriceType.objects.update(leased_until=timezone.now() + PriceType.LEASE)
        price_types.send(channel, Run())
        assert sandbox.books(path="/v1/channel/price") == []


def test_merchants_can_list_once_scx_was_told(channel, sandbox):
    merchant = sandbox.merchant()
    sandbox.link(channel, "S1", jtlAccountId=merchant.jtl_account_id)
    offer = payloads.offer_small("S1", 1, priceList=payloads.price_list(1)[:1])
    body = {"offerList": [payloads.seller_offer(channel.code, offer)]}

    def offered() -> int:
        address = f"{sandbox.base_url}/v1/seller/offer"
        return sandbox.session.post(address, json=body, headers=merchant.headers, timeout=30).status_code

    assert offered() == 400
    named(channel, price_type_id=payloads.PRICE_TYPES[0])
    price_types.send(channel, Run())
    assert offered() == 201


class TestRules:
    def test_a_platform_has_none(self):
        with pytest.raises(ValidationError, match="its marketplaces have theirs"):
            named(PlatformFactory())

    @pytest.mark.parametrize("values", [{"price_type_id": ""}, {"display_name": ""}])
    def test_it_has_an_id_and_a_name(self, values):
        with pytest.raises(ValidationError):
            named(ChannelFactory(), **values)

    def test_its_id_is_one_of_its_channel(self):
        channel = ChannelFactory()
        named(channel)
        with pytest.raises(ValidationError, match="has a price type with this id already"):
            named(channel)
        named(ChannelFactory())


class TestReplacing:
    def test_the_set_becomes_what_is_wanted(self):
        channel = ChannelFactory()
        named(channel)
        kept = named(channel, price_type_id="B2B", display_name="Dealers")
        PriceType.objects.update(confirmed_at=timezone.now())
        wanted = [
            {"id": "B2B", "display_name": "Dealers"},
            {"id": "VIP", "display_name": "Friends", "description": "Some"},
        ]
        price_types.replace(channel, wanted)
        assert price_types.values_of(channel) == wanted
        kept.refresh_from_db()
        assert kept.confirmed_at

    def test_what_is_wrong_is_said_with_its_id(self):
        with pytest.raises(ValidationError) as error:
            price_types.replace(ChannelFactory(), [{"id": "B2C", "display_name": "", "description": ""}])
        assert error.value.message_dict["price_types"][0].startswith("B2C: ")

    def test_none_stands_there_twice(self):
        each = {"id": "B2C", "display_name": "All", "description": ""}
        with pytest.raises(ValidationError, match="“B2C” stands there twice"):
            price_types.replace(ChannelFactory(), [each, each])
