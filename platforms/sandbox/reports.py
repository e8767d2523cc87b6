"""Listing states that channels report (contract 9.1)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from platforms.sandbox import bulk, clock, events
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, Channel, Membership, Offer, Report
from platforms.sandbox.problems import Problem, Refusal, partly_stored

# What a report leaves open keeps its value. By the offer's own key, so that no offer has to be read first.
MOVE = """
    UPDATE sandbox_offer
    SET state = %s, errors = %s,
        channel_offer_id = coalesce(%s, channel_offer_id), listing_url = coalesce(%s, listing_url)
    WHERE channel_id = %s AND seller_id = %s AND offer_id = %s AND state <> 'ended'
"""


@dataclass(frozen=True)
class Kind:
    """What differs between the three routes. The event names are inferred; only a diagram hints at them."""

    route: str
    state: Offer.State
    moment: str
    event: str

    @property
    def event_type(self) -> str:
        return switches().report_event_names.get(self.route, self.event)


IN_PROGRESS = Kind("in-progress", Offer.State.IN_PROGRESS, "startedAt", "Channel:Offer.InProgress")
LISTED = Kind("listed", Offer.State.LISTED, "listedAt", "Channel:Offer.Successful")
FAILED = Kind("listing-failed", Offer.State.FAILED, "failedAt", "Channel:Offer.Failed")


def receive(channel: Channel, kind: Kind, items: list[dict[str, Any]]) -> list[Problem]:
    """Keep the reports (the newest `reportsKept`), move the offers, tell the merchants.

    A seller that is not linked refuses the batch (GEN700), or with `unknownSellerInReport` costs its own items only,
    which then come back as warnings (CHN401, GEN700).
    """
    memberships = _memberships(channel, items)
    strangers = _strangers(items, memberships)
    if strangers and switches().unknown_seller_in_report == "refuse-batch":
        raise Refusal(400, *strangers)
    _keep(channel, kind, [item for item in items if item["sellerId"] in memberships], memberships)
    return partly_stored(strangers) if strangers else []


def _keep(channel: Channel, kind: Kind, items: list[dict[str, Any]], memberships: dict[str, Membership]) -> None:
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
    bulk.insert(reports)
    bulk.keep_newest(Report, switches().reports_kept)
    _move_offers(reports, memberships)
    _tell_merchants(channel, kind, items, memberships)


FILTERS = {"channel": "channel__code", "sellerId": "seller_id", "offerId": "offer_id", "state": "state"}


def found(wish: Mapping[str, str]) -> QuerySet[Report]:
    """The reports that fit all of FILTERS that are wished for; an empty text wishes for nothing.

    ValueError for an offer id that is none.
    """
    given = {FILTERS[name]: text for name, text in wish.items() if text}
    require_offer_id(wish.get("offerId", ""))
    return Report.objects.select_related("channel").filter(**given)


def require_offer_id(text: str) -> None:
    """ValueError for what can be no offer's id; an empty text wishes for none."""
    if not re.fullmatch(r"\d{0,18}", text, re.ASCII):
        raise ValueError("offerId is a whole number.")


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
    return {membership.seller.seller_id: membership for membership in linked.select_related("seller__account")}


def _strangers(items: list[dict[str, Any]], memberships: dict[str, Membership]) -> list[Problem]:
    return [
        Problem(
            "GEN700",
            f"offerList[{index}].sellerId: "
            + _("There is no linked seller %(seller)s on this channel.") % {"seller": item["sellerId"]},
            hint=str(item["offerId"]),
        )
        for index, item in enumerate(items)
        if item["sellerId"] not in memberships
    ]


def _move_offers(reports: list[Report], memberships: dict[str, Membership]) -> None:
    """An ended offer stays ended; reports on offers SCX was never sent move nothing."""
    rows = [
        (
            report.state,
            json.dumps(report.errors),
            report.channel_offer_id,
            report.listing_url or None,
            report.channel_id,
            memberships[report.seller_id].seller_id,
            report.offer_id,
        )
        for report in reports
    ]
    with connection.cursor() as cursor:
        cursor.executemany(MOVE, rows)


def _tell_merchants(
    channel: Channel, kind: Kind, items: list[dict[str, Any]], memberships: dict[str, Membership]
) -> None:
    payloads: dict[Account, list[dict[str, Any]]] = {}
    for item in items:
        payload = {**item, kind.moment: clock.wire(item[kind.moment]), "channel": channel.code}
        payloads.setdefault(memberships[item["sellerId"]].seller.account, []).append(payload)
    for account, of_account in payloads.items():
        events.tell_account(account, channel, kind.event_type, of_account)
