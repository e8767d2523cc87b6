"""The job `stock`: bring levels up to date from the stock sync group and from what SCX answers to polling."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from platforms import gateway, logs
from platforms.jobs import Run
from platforms.models import Channel
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError, ScxRefused
from platforms.scx.identifiers import checked_seller_id
from platforms.scx.stock import StockPage
from stock import fanout, history, line, minutes, pages, protection
from stock.models import StockCursor, StockLevel

# Sellers asked for at once: SCX's answer takes longer than what is done with it.
SIDE_BY_SIDE = 4


def poll(channel: Channel, run: Run) -> None:
    """Bring the channel's levels up to date from its stock sync group and its stock source.

    Levels that wait for their offer get it. Whatever the source, sellers who sell here again are caught up.
    """
    run.count("attached", fanout.attach(channel))
    fanout.relevel(channel, run)
    protection.tell_again(channel, run)
    history.forget()
    minutes.forget()
    if channel.stock_source == Channel.StockSource.PER_SELLER:
        _poll_sellers(channel, line.of(channel), run)
        return
    if channel.stock_source == Channel.StockSource.ALL_SELLERS:
        _poll_all(channel, run)
    again = {cursor.pk: cursor for cursor in (*line.behind(channel), *line.compared(channel))}
    _poll_sellers(channel, again.values(), run)


def _poll_all(channel: Channel, run: Run) -> None:
    """Page after page of all sellers, until nothing comes or SCX names no later time to go on from."""
    client = gateway.client(channel, patience=run.patience)
    cursor, _created = StockCursor.objects.get_or_create(channel=channel, seller=None)
    follower = _Follower(channel, cursor, StockLevel.Source.ALL_SELLERS, run)
    goes_on = True
    while goes_on and not run.expired:
        follower.asked_at = timezone.now()
        goes_on = follower.take(client.offers.stock_updates_all(follower.asked))


def _poll_sellers(channel: Channel, cursors: Iterable[StockCursor], run: Run) -> None:
    """These sellers, several at once; one who fails keeps the error, goes to the end of the line and stops nobody else.

    What is not a refusal is raised after the others had their turn.
    """
    waiting = deque(_Follower(channel, cursor, StockLevel.Source.PER_SELLER, run) for cursor in cursors)
    if not waiting:
        return
    client = gateway.client(channel, patience=run.patience, share=settings.STOCK_QUOTA_SHARE)

    def following() -> tuple[_Follower, str, str] | None:
        while waiting and not run.expired:
            follower = waiting.popleft()
            try:
                follower.asked_at = timezone.now()
                return follower, checked_seller_id(follower.seller_id), follower.asked
            except ValueError as error:
                follower.fail(error)
                run.count("refused")
        return None

    failure: ScxError | None = None
    for follower, said in client.offers.stock_updates_side_by_side(following, most=SIDE_BY_SIDE):
        if isinstance(said, StockPage):
            if follower.take(said):
                waiting.append(follower)
            continue
        if isinstance(said, CHANNEL_TROUBLE):
            raise said
        follower.fail(said)
        if isinstance(said, ScxRefused):
            run.count("refused")
            continue
        run.count("failed")
        failure = failure or said
    if failure:
        raise failure


@dataclass
class _Follower:
    """Goes from page to page of one cursor; `asked` is what SCX is asked for next."""

    channel: Channel
    cursor: StockCursor
    source: str
    run: Run
    asked: str = field(init=False)
    asked_at: datetime | None = None

    def __post_init__(self) -> None:
        self.asked = pages.beginning(self.cursor)

    @property
    def seller_id(self) -> str:
        return self.cursor.seller.seller_id if self.cursor.seller else ""

    def take(self, page: StockPage) -> bool:
        """Commit the page; whether there may be more."""
        taken = pages.commit(self.channel, self.cursor, page, self.source, asked=self.asked, at=self.asked_at)
        self.run.count("received", len(page.rows))
        self.run.count("stored", taken.counted)
        self.run.count("superseded", taken.superseded)
        if taken.following:
            self.asked = taken.following
            return True
        if not taken.is_outdated:
            line.caught_up(self.cursor)
        return False

    def fail(self, error: Exception) -> None:
        StockCursor.objects.filter(pk=self.cursor.pk).update(polled_at=timezone.now(), error=logs.mask(str(error)))
