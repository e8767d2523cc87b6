"""Stock: from the merchant to the channel, by event and for the stock-updates routes (contract 9.2, 13)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet

from platforms.sandbox import addresses, bulk, clock, events, offers
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, Channel, Membership, Offer, StockRow

TICK = timedelta(milliseconds=1)

Key = tuple[str, str, int]


def change(account: Account, items: list[dict[str, Any]], *, client_version: str | None) -> None:
    """Store new quantities and tell the channels; one bad item refuses the batch.

    Of the channels of a stock sync group only one hears of a SKU: among the items of one batch the first active one.
    """
    memberships = addresses.required(account, items)
    known = _known_offers(items, memberships)
    heard: dict[Key, dict[str, Any]] = {}
    for item in _one_per_pool(items, memberships, known):
        heard[item["channel"], item["sellerId"], item["offerId"]] = item
    drafts = []
    rows: dict[Channel, list[StockRow]] = {}
    for key, item in heard.items():
        membership, offer = memberships[addresses.address(item)], known.get(key)
        channel_offer_id = item.get("channelOfferId") or (offer.channel_offer_id if offer else None)
        payload = {**offers.handle(item, channel_offer_id), "quantity": item["quantity"]}
        if not membership.channel.pulls_stock:
            drafts.append(events.Draft(membership.channel, "Seller:Offer.StockUpdate", payload, client_version))
        rows.setdefault(membership.channel, []).append(_row(membership.channel, payload))
    _store_quantities(items, known)
    for channel, channel_rows in rows.items():
        _store_rows(channel, channel_rows)
    events.raise_events(drafts)


def updates(channel: Channel, updated_after: datetime, seller_id: str | None = None) -> dict[str, Any]:
    """The answer of both stock-updates routes; with nothing to tell, the cursor comes back as it was.

    Without a seller id it is about all sellers who are active on the channel, with one about that seller while linked.
    """
    memberships = Membership.objects.linked() if seller_id is not None else Membership.objects.trading()
    active = set(memberships.filter(channel=channel).values_list("seller__seller_id", flat=True))
    found = _known_after(updated_after).filter(channel=channel).order_by("updated_at", "pk")
    rows = list(found.filter(seller_id=seller_id) if seller_id is not None else found)
    rows = [row for row in rows if row.seller_id in active]
    _fill_channel_offer_ids(channel, rows)
    if switches().stock_rows_need_channel_offer_id:
        rows = [row for row in rows if row.channel_offer_id]
    rows = _capped(rows, switches().stock_rows_most)
    precision = switches().stock_time_precision
    return {
        "stockUpdateList": [_on_the_wire(row, channel, precision) for row in rows],
        "lastUpdatedAt": clock.wire(rows[-1].updated_at, precision) if rows else clock.exact(updated_after),
    }


def _known_after(updated_after: datetime) -> QuerySet[StockRow]:
    boundary = "updated_at__gte" if switches().stock_cursor_inclusive else "updated_at__gt"
    rows = StockRow.objects.filter(**{boundary: updated_after})
    days = switches().stock_row_days
    return rows.filter(updated_at__gte=clock.now() - timedelta(days=days)) if days else rows


def _capped(rows: list[StockRow], most: int) -> list[StockRow]:
    """At most so many rows, but none of the last one's moment is parted from it: the cursor would pass it over."""
    if not most or len(rows) <= most:
        return rows
    last = rows[most - 1].updated_at
    return [row for row in rows if row.updated_at <= last]


def receiver_of(offer: Offer) -> Offer:
    """The offer whose channel Wawi tells of this one's stock: the first active one of its SKU in the group."""
    group = offer.channel.stock_sync_group
    if not group:
        return offer
    pool = Offer.objects.filter(
        seller=offer.seller, sku=offer.sku, channel__stock_sync_group=group, channel__platform=offer.channel.platform
    ).exclude(state=Offer.State.ENDED)
    trading = Membership.objects.trading().filter(seller=offer.seller).values("channel")
    return pool.filter(channel__in=trading).select_related("channel", "seller").order_by("channel").first() or offer


def _known_offers(items: list[dict[str, Any]], memberships: dict[addresses.Address, Membership]) -> dict[Key, Offer]:
    wanted = Offer.objects.filter(
        seller__in={membership.seller_id for membership in memberships.values()},
        offer_id__in={item["offerId"] for item in items},
    ).select_related("channel", "seller")
    return {(offer.channel.code, offer.seller.seller_id, offer.offer_id): offer for offer in wanted.defer("content")}


def _one_per_pool(
    items: list[dict[str, Any]], memberships: dict[addresses.Address, Membership], known: dict[Key, Offer]
) -> list[dict[str, Any]]:
    chosen: dict[tuple[Any, ...], int] = {}
    kept = []
    for item in sorted(items, key=lambda each: memberships[addresses.address(each)].channel_id):
        channel = memberships[addresses.address(item)].channel
        offer = known.get((item["channel"], item["sellerId"], item["offerId"]))
        if channel.stock_sync_group and offer:
            pool = (item["sellerId"], offer.sku, channel.platform_id, channel.stock_sync_group)
            if chosen.setdefault(pool, channel.pk) != channel.pk:
                continue
        kept.append(item)
    return kept


def _row(channel: Channel, payload: dict[str, Any]) -> StockRow:
    return StockRow(
        channel=channel,
        seller_id=payload["sellerId"],
        offer_id=payload["offerId"],
        channel_offer_id=payload.get("channelOfferId"),
        quantity=Decimal(payload["quantity"]),
    )


def _store_rows(channel: Channel, rows: list[StockRow]) -> None:
    moment = _next_moment(channel)
    for row in rows:
        row.updated_at = moment
    bulk.insert(
        rows,
        unique=["channel", "seller_id", "offer_id"],
        update=["quantity", "channel_offer_id", "updated_at"],
    )


def _next_moment(channel: Channel) -> datetime:
    """Later than any row of the channel, so that a cursor that excludes its own moment misses none."""
    now = clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    newest = StockRow.objects.filter(channel=channel).aggregate(newest=Max("updated_at"))["newest"]
    return max(now, newest + TICK) if newest else now


def _store_quantities(items: list[dict[str, Any]], known: dict[Key, Offer]) -> None:
    changed = []
    for item in items:
        offer = known.get((item["channel"], item["sellerId"], item["offerId"]))
        if offer:
            offer.quantity = Decimal(item["quantity"])
            changed.append(offer)
    bulk.update(changed, ["quantity"])


def _fill_channel_offer_ids(channel: Channel, rows: list[StockRow]) -> None:
    """The channel may have reported its own id after the stock changed."""
    missing = [row for row in rows if not row.channel_offer_id]
    if not missing:
        return
    reported = Offer.objects.filter(channel=channel, offer_id__in={row.offer_id for row in missing})
    ids = {
        (seller_id, offer_id): channel_offer_id
        for seller_id, offer_id, channel_offer_id in reported.values_list(
            "seller__seller_id", "offer_id", "channel_offer_id"
        )
    }
    for row in missing:
        row.channel_offer_id = ids.get((row.seller_id, row.offer_id))


def _on_the_wire(row: StockRow, channel: Channel, precision: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"channel": channel.code} if switches().stock_rows_carry_channel else {}
    entry |= {
        "sellerId": row.seller_id,
        "offerId": row.offer_id,
        "quantity": _quantity(row.quantity),
        "updatedAt": clock.wire(row.updated_at, precision),
    }
    return {**entry, "channelOfferId": row.channel_offer_id} if row.channel_offer_id else entry


def _quantity(quantity: Decimal) -> int | str:
    if switches().stock_updates_quantity == "integer":
        return max(0, int(quantity))
    return f"{max(Decimal(0), quantity).normalize():f}"
