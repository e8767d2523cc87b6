"""Polling SCX for stock: a page and its cursor are committed together."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from platforms import gateway, logs
from platforms.jobs import Run
from platforms.models import Channel
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError, ScxRefused
from platforms.scx.stock import StockPage, StockRow
from platforms.scx.values import parse_time
from sellers.models import Seller
from stock import fanout, levels
from stock.models import StockCursor, StockLevel

logger = logging.getLogger(__name__)

Fetch = Callable[[str], StockPage]


def poll(channel: Channel, run: Run) -> None:
    """Bring the channel's levels up to date from its stock sync group and its stock source.

    Levels that wait for their offer get it.
    """
    run.count("attached", fanout.attach(channel))
    fanout.relevel(channel, run)
    if channel.stock_source == Channel.StockSource.ALL_SELLERS:
        client = gateway.client(channel, patience=run.patience)
        _drain(channel, None, client.offers.stock_updates_all, StockLevel.Source.ALL_SELLERS, run)
    elif channel.stock_source == Channel.StockSource.PER_SELLER:
        _poll_sellers(channel, run)


def _poll_sellers(channel: Channel, run: Run) -> None:
    """Each linked seller once; one who fails keeps the error, goes to the end of the line and stops nobody else.

    What is not a refusal is raised after the others had their turn.
    """
    client = gateway.client(channel, patience=run.patience)
    failure: ScxError | None = None
    for seller in linked_sellers(channel):
        if run.expired:
            break

        def fetch(updated_after: str, seller_id: str = seller.seller_id) -> StockPage:
            return client.offers.stock_updates(seller_id, updated_after)

        try:
            _drain(channel, seller, fetch, StockLevel.Source.PER_SELLER, run)
        except CHANNEL_TROUBLE:
            raise
        # A ValueError is an id that SCX's pattern does not allow.
        except (ScxRefused, ValueError) as error:
            _note(channel, seller, error)
            run.count("refused")
        except ScxError as error:
            _note(channel, seller, error)
            run.count("failed")
            failure = failure or error
    if failure:
        raise failure


def _note(channel: Channel, seller: Seller, error: Exception) -> None:
    StockCursor.objects.filter(channel=channel, seller=seller).update(
        polled_at=timezone.now(), error=logs.mask(str(error))
    )


def linked_sellers(channel: Channel) -> QuerySet[Seller]:
    """The sellers SCX has stock of on the channel, those polled longest ago first."""
    sellers = Seller.objects.of_channel(channel).filter(state=Seller.State.ACTIVE)
    if channel.kind == Channel.Kind.MARKETPLACE:
        sellers = sellers.filter(memberships__marketplace=channel, memberships__confirmed=True)
    polled_at = StockCursor.objects.filter(channel=channel, seller=OuterRef("pk")).values("polled_at")
    return sellers.order_by(Subquery(polled_at).asc(nulls_first=True), "pk")


def _drain(channel: Channel, seller: Seller | None, fetch: Fetch, source: str, run: Run) -> None:
    """Fetch page after page until nothing comes or the cursor stands still."""
    cursor, _created = StockCursor.objects.get_or_create(channel=channel, seller=seller)
    while not run.expired:
        page = fetch(cursor.last_updated_at)
        for problem in page.malformed:
            logger.warning("Channel %s: a stock row cannot be used: %s", channel.code, problem)
        run.count("received", len(page.rows))
        run.count("stored", commit(channel, cursor, page, source))
        moved = is_later(page.last_updated_at, cursor.last_updated_at)
        if not page.rows or not moved:
            return
        cursor.last_updated_at = page.last_updated_at


def commit(channel: Channel, cursor: StockCursor, page: StockPage, source: str) -> int:
    """Store the page's levels and how far it goes, in one transaction; the cursor never moves backwards."""
    with transaction.atomic():
        changes = {"polled_at": timezone.now(), "error": ""}
        if is_later(page.last_updated_at, cursor.last_updated_at):
            changes["last_updated_at"] = page.last_updated_at
        StockCursor.objects.filter(pk=cursor.pk, last_updated_at=cursor.last_updated_at).update(**changes)
        return len(fanout.record(channel, [_update(row, source) for row in page.rows]))


def _update(row: StockRow, source: str) -> levels.Update:
    return levels.Update(
        seller_id=row.seller_id[:50],
        offer_id=row.offer_id,
        quantity=row.quantity,
        updated_at=row.updated_at,
        version=levels.version(row.updated_at, polled=True),
        source=source,
        channel_offer_id=(row.channel_offer_id or "")[:100],
    )


def is_later(candidate: str, than: str) -> bool:
    """Whether one `lastUpdatedAt` is later than another; unreadable ones never are."""
    left, right = parse_time(candidate), parse_time(than)
    return left is not None and (right is None or left > right)
