"""Failed offers are submitted again by the marketplace's own systems."""

import pytest

from listings import failures
from listings.models import Offer
from tests.api.conftest import fields
from tests.factories import ChannelFactory, ErrorTextFactory, MarketplaceFactory, OfferFactory

State = Offer.State


def failed(channel, code="A"):
    key = failures.key_of([{"code": code}])
    return OfferFactory(channel=channel, state=State.FAILED, errors=[{"code": code}], failed_codes=key)


def states(*offers):
    return [Offer.objects.get(pk=offer.pk).state for offer in offers]


@pytest.mark.parametrize(
    ("more", "number", "expected"),
    [({}, 2, ["pending", "pending"]), ({"code": "A"}, 1, ["pending", "failed"]), ({"code": "X"}, 0, ["failed"] * 2)],
)
def test_all_of_a_channel_or_those_of_a_code(api, more, number, expected):
    channel = ChannelFactory()
    offers = failed(channel, "A"), failed(channel, "B")
    elsewhere = failed(ChannelFactory())
    answer = api.post("offers/resubmit/", {"channel": channel.code, **more})
    assert (answer.status_code, answer.json()) == (200, {"resubmitted": number, "more": False})
    assert states(*offers) == expected
    assert states(elsewhere) == ["failed"]


def test_those_that_are_named_and_of_the_channel(api):
    channel = ChannelFactory()
    one, other, elsewhere = failed(channel), failed(channel), failed(ChannelFactory())
    answer = api.post("offers/resubmit/", {"channel": channel.code, "offers": [one.pk, elsewhere.pk]})
    assert answer.json()["resubmitted"] == 1
    assert states(one, other, elsewhere) == ["pending", "failed", "failed"]


def test_a_platform_means_its_marketplaces(api):
    market = MarketplaceFactory()
    row = failed(market)
    api.post("offers/resubmit/", {"channel": market.platform.code})
    assert states(row) == ["pending"]


def test_a_key_reaches_its_channels_only(caller):
    other = ChannelFactory()
    row = failed(other)
    answer = caller("write", ChannelFactory()).post("offers/resubmit/", {"channel": other.code})
    assert (answer.status_code, fields(answer)) == (400, {"channel": "unknown_channel"})
    assert states(row) == ["failed"]


def test_the_channel_is_needed(api):
    assert fields(api.post("offers/resubmit/", {})) == {"channel": "required"}


def test_a_result_needs_no_text_for_a_code_of_the_catalogue(api):
    row = OfferFactory(channel__languages=["de"])
    ErrorTextFactory(channel=row.channel, code="BANNED", text="Verboten.")
    answer = api.post(f"offers/{row.pk}/failed/", {"errors": [{"code": "BANNED"}]})
    assert answer.json()["errors"][0]["message"] == "Verboten."
