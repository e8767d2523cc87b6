"""What the portal and SCX must agree on once nothing is on its way, and what must hold at any time."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from platforms.jobs import Run
from platforms.models import Event
from sellers.comparison import Sellers
from sellers.models import LinkSession, Membership, Opening, Seller, Unlinking
from tests.flows.seller_world import World

State = Seller.State
UNLINKED = "Seller:Channel.Unlinked"


def always(world: World) -> None:
    for link in LinkSession.objects.filter(state__in=["done", "failed"]):
        assert (link.session, link.identity, link.intent, link.sign_in) == ("", {}, {}, {})
    assert not LinkSession.objects.filter(state="submitted", seller=None).exists()
    assert not Membership.objects.filter(wanted=True, is_chosen=False).exists(), "wanted by nobody"
    connected = Seller.objects.exclude(state=State.REMOVED).exclude(account=None)
    pairs = Counter(connected.values_list("account", "jtl_account_id"))
    assert [pair for pair, number in pairs.items() if number > 1] == [], "one account is linked twice by one merchant"
    alone = connected.filter(channel__several_sellers_per_account=False)
    accounts = Counter(alone.values_list("account", flat=True))
    assert [account for account, number in accounts.items() if number > 1] == [], "one account is linked twice"


def once_quiet(world: World) -> None:
    assert not Seller.objects.filter(state__in=[State.LINKING, State.UNLINKING]).exists()
    assert not LinkSession.objects.filter(state="submitted").exists()
    assert not Membership.objects.exclude(leased_until=None).exists()
    assert not Opening.objects.filter(finished_at=None).exists()
    assert not Unlinking.objects.filter(sent_at=None, is_refused=False).exists()
    theirs = {(row["channel"], row["sellerId"]): row for row in world.at_scx()}
    ours = {(row.channel.code, row.seller_id): row for row in Seller.objects.select_related("channel")}
    kept = {key for key, row in ours.items() if row.state != State.REMOVED}
    assert set(theirs) == kept, "known at one side only"
    for key in kept:
        _same(ours[key], theirs[key])
    _events(world)
    assert list(_differences(world)) == []


def _same(seller: Seller, there: dict[str, Any]) -> None:
    assert there["jtlAccountId"] == seller.jtl_account_id
    links = {row["channel"]: row for row in there["memberships"]}
    is_linked = there["state"] == "linked"
    if seller.is_linked:
        assert is_linked
        assert there["companyName"] == seller.company_name
        assert there["isActive"] == (seller.state == State.ACTIVE)
    elif not seller.channel.is_platform:
        assert not is_linked
    for membership in Membership.objects.filter(seller=seller).select_related("marketplace", "seller"):
        _same_there(membership, links.pop(membership.marketplace.code, None), is_linked)
    if seller.channel.is_platform:
        assert links == {}, "a marketplace that the portal does not know of"


def _same_there(membership: Membership, there: dict[str, Any] | None, is_linked: bool) -> None:
    seller = membership.seller
    if not seller.is_linked:
        assert not (there and there["isActiveByJTL"] and there["isActiveByChannel"]), membership
        return
    sells = bool(there and there["isActiveByJTL"] and there["isActiveByChannel"])
    if membership.is_refused:
        assert not sells, membership
        assert (membership.confirmed is None) == (there is None), membership
        return
    assert membership.confirmed == membership.shall_be_active == sells, membership


def _events(world: World) -> None:
    """Each Unlinked event is applied, or superseded as the design compares; none is left over."""
    at_scx = world.scx.call("GET", "/control/events", params={"type": UNLINKED, "limit": 10_000})["events"]
    ours = {row.event_id: row for row in Event.objects.filter(type=UNLINKED)}
    assert {event["state"] for event in at_scx} <= {"acknowledged"}
    assert {event["id"] for event in at_scx} == set(ours)
    for event in ours.values():
        seller = Seller.objects.of_channel(event.channel).filter(seller_id=event.seller_id).first()
        if seller is None:
            # SCX had linked and forgotten somebody whose sign-up, the portal having died over it, never was one here.
            assert event.state == Event.State.WAITING
        elif event.state == Event.State.SUPERSEDED:
            ended = datetime.fromisoformat(event.payload["unlinkedAt"])
            assert seller.linked_at is not None
            assert ended < seller.linked_at.replace(microsecond=0)
        else:
            assert event.state in (Event.State.DONE, Event.State.IGNORED), (event.state, event.error)


def _differences(world: World) -> Iterator[str]:
    """What staff would be told, and what they would not have to be."""
    for channel in world.channels:
        run = Run()
        for found in Sellers().differences(channel, run):
            yield f"{channel.code}: {found}"
        if run.counts:
            yield f"{channel.code}: {run.summary}"
