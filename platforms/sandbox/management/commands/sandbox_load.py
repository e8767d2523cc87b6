"""`manage.py sandbox_load`: fill the embedded SCX for a load run."""

import os
import signal
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from platforms.sandbox import database, load_setup, loading
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.loading import Wish
from platforms.sandbox.models import Membership
from platforms.sandbox.problems import Refusal

KINDS = {
    "offers": "new offers (Seller:Offer.New)",
    "updates": "updates of offers that are there (Seller:Offer.Update)",
    "stock": "stock changes of offers that are there (Seller:Offer.StockUpdate and the stock-updates routes)",
    "prices": "price changes of offers that are there (Seller:Offer.PriceUpdate)",
    "ends": "ends of offers that are there (Seller:Offer.End)",
}
POLITENESS = 10
PROGRESS_SECONDS = 10


class Command(BaseCommand):
    help = (
        "Fill the embedded SCX for a load run: offers and the events they become, as if merchants had sent them. "
        "Works on the database file of the sandbox (SANDBOX_DATABASE), whether it runs or not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, meaning in KINDS.items():
            parser.add_argument(f"--{name}", type=_count, default=0, metavar="N", help=f"how many {meaning}")
        parser.add_argument(
            "--rate", type=_rate, metavar="EVENTS_PER_SECOND", help="keep this pace; default: all at once"
        )
        parser.add_argument(
            "--channel",
            action="append",
            default=[],
            metavar="CODE",
            help=f"may be repeated; default: every channel with an active seller, else {load_setup.SHOP} is made",
        )
        parser.add_argument(
            "--sellers",
            type=_positive,
            metavar="N",
            help="spread over so many sellers of each channel and make those missing; default: those there are",
        )
        parser.add_argument(
            "--payload", choices=loading.ARTICLES, default="small", help="about 1 kB or about 90 kB; default: small"
        )
        parser.add_argument(
            "--url",
            default="http://127.0.0.1:8099",
            help="where the sandbox is reached, for the picture links; default: http://127.0.0.1:8099",
        )

    @no_translations
    def handle(
        self, *, rate: float | None, channel: list[str], sellers: int | None, payload: str, url: str, **options: Any
    ) -> None:
        wish = Wish(
            **{name: options[name] for name in KINDS}, payload=payload, files_url=f"{url.rstrip('/')}/pictures/"
        )
        if not wish.total:
            raise CommandError(f"Say how many of what: --{' N, --'.join(KINDS)} N.")
        try:
            database.prepare()
            memberships = self._arranged(channel, sellers)
            self._load(wish, memberships, rate)
        except (Impossible, database.Unusable) as error:
            raise CommandError(str(error)) from None
        except Refusal as refusal:
            raise CommandError(" ".join(problem.message for problem in refusal.problems)) from None

    def _arranged(self, codes: list[str], sellers: int | None) -> list[Membership]:
        found = []
        for channel in load_setup.channels(codes):
            if load_setup.opened(channel):
                self._say(f"{channel.code}: had no price type; {load_setup.PRICE_TYPE} is created.")
            on_channel = load_setup.memberships(channel, sellers)
            found += on_channel
            self._say(f"{channel.code}: {len(on_channel)} seller(s), refresh token {channel.refresh_token}")
        return found

    def _load(self, wish: Wish, memberships: list[Membership], rate: float | None) -> None:
        if rate is not None:
            # The CPU belongs to what is measured.
            os.nice(POLITENESS)
        counts: Counter[str] = Counter()
        begin = said = time.monotonic()
        with _stopped_by_signal() as stop:
            lots = loading.lots(wish, memberships, loading.lot_size(rate))
            for lot in loading.sent(lots, rate, stop):
                counts[lot.kind] += lot.count
                if time.monotonic() - said > PROGRESS_SECONDS:
                    said = time.monotonic()
                    self._say(f"{counts.total()} of {wish.total} …")
        self._say(_summary(counts, wish, time.monotonic() - begin, stopped=stop.is_set()))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _summary(counts: "Counter[str]", wish: Wish, seconds: float, *, stopped: bool) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing"
    pace = f"{counts.total() / seconds:.0f} a second" if seconds else "at once"
    head = f"Stopped at {counts.total()} of {wish.total}" if stopped else f"Sent {counts.total()}"
    return f"{head} in {seconds:.1f} s ({pace}): {kinds}."


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM, so that what has begun is finished and counted."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is not a whole number of 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if not _count(text):
        raise ArgumentTypeError("must be 1 or more")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate < float("inf"):
        raise ArgumentTypeError(f"{text} is not a number of events per second above 0")
    return rate
