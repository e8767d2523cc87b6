"""The job `pictures`: copy what links lead to while they live, the oldest deadline first."""

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation

from listings import rows
from listings.models import Picture, PictureQuerySet
from listings.pictures import files, links, overdue
from listings.pictures.fetching import REST_SECONDS, NotFetched, fetch, host_of
from listings.pictures.images import Copy
from listings.pictures.links import Name
from platforms import retry
from platforms.jobs import Run, nudge
from platforms.models import Channel

logger = logging.getLogger(__name__)

THREADS = 4
AT_ONCE_PER_HOST = 3
BATCH = 12
# So many calls in a row that a host does not answer are enough for a minute: each takes seconds that others wait for.
SILENT = 3
LEASE = timedelta(seconds=60)

Outcome = Copy | NotFetched


class Hosts:
    """Who is called by how many threads, and who asked to be left alone until when."""

    def __init__(self) -> None:
        self._doors: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(AT_ONCE_PER_HOST))
        self._resting: dict[str, datetime] = {}
        self._silent: Counter[str] = Counter()
        self._lock = threading.Lock()

    def call(self, link: str) -> Outcome:
        host = host_of(link)
        with self._lock:
            door = self._doors[host]
        with door:
            if rest := self.rest_of(host):
                return NotFetched("", rest=rest)
            try:
                picture = fetch(link)
            except NotFetched as problem:
                self._note(host, problem)
                return problem
            self._silent[host] = 0
            return picture

    def _note(self, host: str, problem: NotFetched) -> None:
        """Leave the host alone for as long as it asks, or, while it answers nothing, for a minute."""
        self._silent[host] = self._silent[host] + 1 if problem.is_silent else 0
        rest = problem.rest or (REST_SECONDS if self._silent[host] >= SILENT else 0.0)
        if rest:
            self._resting[host] = timezone.now() + timedelta(seconds=rest)

    def rest_of(self, host: str) -> float:
        """Seconds for which the host is still to be left alone."""
        until = self._resting.get(host)
        return max(0.0, (until - timezone.now()).total_seconds()) if until else 0.0


def fetch_due(channel: Channel, run: Run) -> None:
    """Copy the pictures of the channel that are due, and give up those whose links have died.

    What cannot be had is tried again, ever more seldom, until its link dies; a later event of the same seller brings a
    fresh link. Whoever copies a picture does so for all offers of the seller that show it, on any channel.
    """
    links.complete()
    run.count("given up", overdue.give_up(channel))
    hosts, started = Hosts(), timezone.now()
    while not run.expired and (names := _claim(channel, run, started)):
        _work(channel, names, hosts, run)
    if run.counts["fetched"] or run.counts["failed"]:
        # Offers may have waited for the size of their pictures.
        nudge("handover", channel)
    run.count("dropped", files.drop_unused())


def _claim(channel: Channel, run: Run, started: datetime) -> list[Name]:
    """The next names to be fetched, leased with all pictures that have them."""
    now = timezone.now()
    due = Picture.objects.due(now, tried_before=started if run.ignore_backoff else None).filter(channel=channel)
    picked = due.order_by("deadline", "pk").values_list("seller", "name")[:BATCH]
    wanted: list[Name] = list(dict.fromkeys((int(seller or 0), name) for seller, name in picked))
    with transaction.atomic():
        # In one order, whatever channel they are due on: its siblings elsewhere are leased along.
        named = Q(pk__in=[])
        for seller, name in wanted:
            named |= Q(seller=seller, name=name)
        siblings = Picture.objects.filter(named, state=Picture.State.PENDING).order_by("seller_id", "name", "pk")
        locked = list(siblings.select_for_update(of=("self",), no_key=True).only("seller", "name", "leased_until"))
        taken = {(row.seller_id or 0, row.name) for row in locked if row.leased_until and row.leased_until > now}
        names = [name for name in wanted if name not in taken]
        keys = [row.pk for row in locked if (row.seller_id or 0, row.name) not in taken]
        Picture.objects.filter(pk__in=keys).update(leased_until=now + LEASE)
    return names


def _pending(seller: int, name: str) -> PictureQuerySet:
    return Picture.objects.all().filter(seller=seller, name=name, state=Picture.State.PENDING)


def _work(channel: Channel, names: Sequence[Name], hosts: Hosts, run: Run) -> None:
    known = links.fetched(names)
    for name, content in known.items():
        _give(name, content)
        run.count("known")
    freshest = links.freshest(name for name in names if name not in known)
    language = next(iter(channel.languages), None)
    for name, outcome in _outcomes(freshest, hosts, language):
        if isinstance(outcome, Copy):
            with transaction.atomic():
                _give(name, files.keep(outcome).pk)
            run.count("fetched")
        else:
            _note(name, outcome)
            run.count("waiting" if not str(outcome) else "failed")


def _outcomes(freshest: dict[Name, Picture], hosts: Hosts, language: str | None) -> Iterator[tuple[Name, Outcome]]:
    """What became of each, called side by side; the database is this thread's alone."""

    def call(link: str) -> Outcome:
        with translation.override(language):
            return hosts.call(link)

    with ThreadPoolExecutor(THREADS) as pool:
        names = {pool.submit(call, picture.source): name for name, picture in freshest.items()}
        for future in as_completed(list(names)):
            # What is done with is not kept in memory until the last has come.
            yield names.pop(future), future.result()


@transaction.atomic
def _give(name: Name, content: int) -> None:
    """Let all pictures of the name have the content, and tell readers of the offers."""
    pictures = Picture.objects.filter(seller=name[0], name=name[1])
    shown = list(pictures.exclude(state=Picture.State.FETCHED).values_list("offer", "offer__parent"))
    # Offers before pictures, as whoever applies events locks them.
    offers = rows.lock(Q(pk__in={pk for pair in shown for pk in pair if pk}), ("parent",))
    pictures.exclude(state=Picture.State.FETCHED).update(
        state=Picture.State.FETCHED, content=content, error="", leased_until=None, tried_at=timezone.now()
    )
    rows.write(offers, (), now=timezone.now())


def _note(name: Name, problem: NotFetched) -> None:
    """When the name is tried again; a host that wants to be left alone is no fault of the picture."""
    now = timezone.now()
    pending = _pending(*name)
    if problem.rest:
        pending.update(not_before=now + timedelta(seconds=problem.rest), leased_until=None, tried_at=now)
        return
    attempts = max(pending.values_list("attempts", flat=True), default=0) + 1
    pending.update(
        attempts=F("attempts") + 1,
        not_before=retry.next_attempt(now, attempts),
        leased_until=None,
        tried_at=now,
        error=str(problem),
    )
