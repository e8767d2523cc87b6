"""A third marketplace opens on a platform whose sellers signed up long ago: they sell there without a session."""

import pytest

from listings.models import Offer
from platforms import jobs
from platforms.jobs import Run
from platforms.models import Channel
from sellers import opening_results, openings
from sellers.models import LinkSession, Membership, Opening, Seller
from sellers.opening_conditions import Conditions
from tests import payloads
from tests.factories import MarketplaceFactory, SellerFactory
from tests.sandbox_control import Sandbox
from tests.sellers.conftest import Mall, make_mall

pytestmark = pytest.mark.django_db

ASSIGN = "/v1/channel/seller/platform"


@pytest.fixture
def mall(sandbox: Sandbox) -> Mall:
    mall = make_mall(sandbox)
    Channel.objects.exclude(pk=mall.platform.pk).update(connector="demo")
    return mall


@pytest.fixture
def people(mall: Mall, sandbox: Sandbox) -> list[Seller]:
    """Three sellers, on two of the marketplaces."""
    made = []
    for number in (1, 2, 3):
        account = sandbox.merchant(f"Firma {number}").jtl_account_id
        one = SellerFactory(channel=mall.platform, seller_id=f"S{number}", jtl_account_id=account)
        sandbox.link(mall.platform, one.seller_id, [mall.de, mall.at], jtlAccountId=account)
        for place in (mall.de, mall.at):
            Membership.objects.create(seller=one, marketplace=place, confirmed=True)
        made.append(one)
    return made


def run_all(channel: Channel) -> None:
    for job in ("events", "apply", "sellers", "handover", "reports"):
        jobs.run(job, channel, Run(ignore_backoff=True))


def results(opening: Opening) -> dict[str, str]:
    return {row.seller.seller_id: row.result for row in opening_results.of(opening)}


def sells_at_scx(sandbox: Sandbox, place: Channel) -> set[str]:
    return {
        row["sellerId"]
        for row in sandbox.sellers()
        for there in row["memberships"]
        if there["channel"] == place.code and there["isActiveByChannel"]
    }


def test_all_sellers_of_the_platform_are_connected_and_their_offers_come(mall, people, sandbox):
    fr = sandbox.adopt(MarketplaceFactory(code="mall-fr", platform=mall.platform, connector="demo"))
    Seller.objects.filter(pk=people[2].pk).update(jtl_account_id=None)

    opening = openings.give(fr, Conditions(), "staff")
    assert results(opening) == dict.fromkeys(("S1", "S2", "S3"), "waiting")
    run_all(fr)

    assert results(opening) == dict.fromkeys(("S1", "S2", "S3"), "connected")
    assert sells_at_scx(sandbox, fr) == {"S1", "S2", "S3"}
    assert not LinkSession.objects.exists()
    calls = sandbox.books(path=ASSIGN, method="POST")
    assert {(call["channel"], call["request"]["isActive"]) for call in calls} == {("mall-fr", True)}

    for number, one in enumerate(people, start=1):
        sandbox.emit(fr, "Seller:Offer.New", payloads.offer_small(one.seller_id, number))
    run_all(fr)
    offers = Offer.objects.filter(channel=fr)
    assert set(offers.values_list("seller__seller_id", "state")) == {(each.seller_id, "listed") for each in people}


def test_one_whom_scx_refuses_is_shown_with_its_words_and_costs_the_others_nothing(mall, people, sandbox):
    sandbox.fault("status", match={"path": f"{ASSIGN}/{people[1].jtl_account_id}"}, status=400)

    opening = openings.give(mall.uk, Conditions(), "staff")
    run_all(mall.uk)

    assert results(opening) == {"S1": "connected", "S2": "refused", "S3": "connected"}
    refused = opening.memberships.get(seller=people[1])
    assert "400" in refused.error
    assert not opening_results.is_under_way(opening, opening_results.counts(opening))

    assert openings.retry(opening) == 1
    run_all(mall.uk)
    assert set(results(opening).values()) == {"connected"}


def test_a_paused_seller_is_connected_there_when_he_resumes(mall, people, sandbox):
    Seller.objects.filter(pk=people[0].pk).update(state="inactive")

    opening = openings.give(mall.uk, Conditions(), "staff")
    run_all(mall.uk)
    assert results(opening)["S1"] == "paused"
    assert "S1" not in sells_at_scx(sandbox, mall.uk)

    Seller.objects.filter(pk=people[0].pk).update(state="active")
    run_all(mall.uk)
    assert results(opening)["S1"] == "connected"
    assert "S1" in sells_at_scx(sandbox, mall.uk)


@pytest.mark.parametrize("hears_first", [True, False])
def test_a_seller_who_leaves_meanwhile_is_not_brought_back(mall, people, sandbox, hears_first):
    """Whether his end is heard before SCX is told of the marketplace, or after."""
    opening = openings.give(mall.uk, Conditions(), "staff")
    body = {"channel": mall.platform.code, "sellerId": "S1", "permanentlyRemoved": False}
    sandbox.call("POST", "/control/sellers/unlink", json=body)
    order = [mall.de, mall.at, mall.uk] if hears_first else [mall.uk, mall.de, mall.at, mall.uk]
    for place in order:
        run_all(place)

    assert results(opening) == {"S1": "disconnected", "S2": "connected", "S3": "connected"}
    assert Seller.objects.get(seller_id="S1").state == "unlinked"
    assert sells_at_scx(sandbox, mall.uk) == {"S2", "S3"}
    assert openings.preview(mall.uk, Conditions()).left_out == {"not-linked": 1, "has": 2}
