"""Listing states that channels report, a whole batch or nothing (contract 9.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from platforms.sandbox import clock, events
from platforms.sandbox.models import Account, Channel, Membership, Offer, Report
from platforms.sandbox.problems import Problem, Refusal

BATCH = 500


@dataclass(frozen=True)
class Kind:
    """What differs between the three routes. The event names are inferred; only a diagram hints at them."""

    state: Offer.State
    moment: str
    event: str


IN_PROGRESS = Kind(Offer.State.IN_PROGRESS, "startedAt", "Channel:Offer.InProgress")
LISTED = Kind(Offer.State.LISTED, "listedAt", "Channel:Offer.Successful")
FAILED = Kind(Offer.State.FAILED, "failedAt", "Channel:Offer.Failed")


def receive(channel: Channel, kind: Kind, items: list[dict[str, Any]]) -> None:
    """Keep the reports, move the offers, tell the merchants. A seller that is not linked refuses the batch (GEN700)."""
    memberships = _memberships(channel, items)
    now = clock.now()
    reports = [
        Report(
            channel=channel,
            seller_id=item["sellerId"],
            offer_id=item["offerId"],
            state=kind.state,
            at=item[kind.moment],
            channel_offer_id=item.get("channelOfferId"),
            listing_url=item.get("listingUrl"),
            errors=item.get("errorList", []),
            received_at=now,
        )
        for item in items
    ]
    Report.objects.bulk_create(reports, batch_size=BATCH)
    _move_offers(channel, reports)
    _tell_merchants(channel, kind, items, memberships)


FILTERS = {"channel": "channel__code", "sellerId": "seller_id", "offerId": "offer_id", "state": "state"}


def found(wish: Mapping[str, str]) -> QuerySet[Report]:
    """The reports that fit all of FILTERS that are wished for; an empty text wishes for nothing."""
    given = {FILTERS[name]: text for name, text in wish.items() if text}
    if not re.fullmatch(r"\d{0,18}", wish.get("offerId", ""), re.ASCII):
        return Report.objects.none()
    return Report.objects.select_related("channel").filter(**given)


def on_the_wire(report: Report) -> dict[str, Any]:
    return {
        "id": report.pk,
        "channel": report.channel.code,
        "sellerId": report.seller_id,
        "offerId": report.offer_id,
        "state": report.state,
        "at": clock.exact(report.at),
        "channelOfferId": report.channel_offer_id,
        "listingUrl": report.listing_url,
        "errorList": report.errors,
        "receivedAt": clock.wire(report.received_at, "milliseconds"),
    }


def _memberships(channel: Channel, items: list[dict[str, Any]]) -> dict[str, Membership]:
    wanted = {item["sellerId"] for item in items}
    linked = Membership.objects.linked().filter(channel=channel, seller__seller_id__in=wanted)
    found = {membership.seller.seller_id: membership for membership in linked.select_related("seller__account")}
    problems = [
        Problem(
            "GEN700",
            f"offerList[{index}].sellerId: "
            + _("There is no linked seller %(seller)s on this channel.") % {"seller": item["sellerId"]},
            hint=str(item["offerId"]),
        )
        for index, item in enumerate(items)
        if item["sellerId"] not in found
    ]
    if problems:
        raise Refusal(400, *problems)
    return found


def _move_offers(channel: Channel, reports: list[Report]) -> None:
    by_key = {(report.seller_id, report.offer_id): report for report in reports}
    offers = (
        Offer.objects.filter(channel=channel, offer_id__in={report.offer_id for report in reports})
        .exclude(state=Offer.State.ENDED)
        .select_related("seller")
        .defer("content")
    )
    moved = []
    for offer in offers:
        report = by_key.get((offer.seller.seller_id, offer.offer_id))
        if report:
            offer.state, offer.errors = report.state, report.errors
            offer.channel_offer_id = report.channel_offer_id or offer.channel_offer_id
            offer.listing_url = report.listing_url or offer.listing_url
            moved.append(offer)
    Offer.objects.bulk_update(moved, ["state", "errors", "channel_offer_id", "listing_url"], batch_size=BATCH)


def _tell_merchants(
    channel: Channel, kind: Kind, items: list[dict[str, Any]], memberships: dict[str, Membership]
) -> None:
    payloads: dict[Account, list[dict[str, Any]]] = {}
    for item in items:
        payload = {**item, kind.moment: clock.wire(item[kind.moment]), "channel": channel.code}
        payloads.setdefault(memberships[item["sellerId"]].seller.account, []).append(payload)
    for account, of_account in payloads.items():
        events.tell_account(account, channel, kind.event, of_account)
