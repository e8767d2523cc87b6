"""What clients a channel demands of new sellers: the wish here, how SCX is told with a mailed pin, whom it concerns."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from platforms import at_scx, channel_patch, channels, client_versions
from platforms.models import Channel

PROPERTY = "minimum_client_versions"
# Who has sent nothing for longer says nothing of what merchants use now.
RECENT_DAYS = 30

Versions = list[dict[str, str]]
Clients = Callable[[Channel], Counter[str]]
"""How many of a channel's sellers used which version in the last RECENT_DAYS; named in `settings.PORTAL_CLIENTS`."""


def want(channel: Channel, versions: Any) -> Channel:
    """Note what is demanded; SCX is told by `send`. Raises ValidationError."""
    with transaction.atomic():
        locked = channels.locked(channel.pk)
        locked.minimum_client_versions = versions
        return channels.save(locked)


def is_at_scx(channel: Channel) -> bool:
    """Whether SCX demands what is wanted, as far as it was asked. Who never demanded anything wants nothing of it."""
    return (channel.client_versions_confirmed or []) == client_versions.normalised(channel.minimum_client_versions)


def send(channel: Channel, pin: str) -> bool | None:
    """Tell SCX what is wanted, with the mailed pin, and read back what it has; see `channel_patch.send`.

    Whether that is what was told; None where it could not be read.
    """
    left = channel_patch.send(channel, pin, [PROPERTY])
    return None if left is None else not left


def read_back(channel: Channel) -> Versions:
    """Ask SCX what it demands, and note it. Raises ValidationError."""
    return note(channel, channel_patch.read_back(channel).settings or {})


def note(channel: Channel, shown: Mapping[str, Any]) -> Versions:
    """Note what SCX demands, by the settings it shows of the channel."""
    return at_scx.note_versions(channel, shown)


@dataclass(frozen=True)
class Seen:
    """One version, and how many sellers used it last."""

    version: str
    sellers: int
    is_too_old: bool


@dataclass(frozen=True)
class Share:
    """Of the sellers whose client named a version lately: who could not sign up anew. `unreadable` are not of them."""

    seen: list[Seen]
    unreadable: list[tuple[str, int]]

    @property
    def sellers(self) -> int:
        return sum(each.sellers for each in self.seen)

    @property
    def too_old(self) -> int:
        return sum(each.sellers for each in self.seen if each.is_too_old)

    @property
    def percent(self) -> float:
        return 100 * self.too_old / self.sellers if self.sellers else 0.0

    @property
    def not_readable(self) -> int:
        return sum(number for _version, number in self.unreadable)


def share(channel: Channel) -> Share:
    """Whom of its recent sellers the channel's wish would keep from signing up anew."""
    clients: Clients = import_string(settings.PORTAL_CLIENTS)
    demanded = client_versions.normalised(channel.minimum_client_versions)
    of_events = [each["version"] for each in demanded if each["type"] == client_versions.OF_EVENTS]
    minimum = client_versions.read(of_events[0]) if of_events else None
    readable: Counter[client_versions.Version] = Counter()
    unreadable: Counter[str] = Counter()
    for text, number in clients(channel).items():
        version = client_versions.read(text)
        if version:
            readable[version] += number
        else:
            unreadable[text] += number
    seen = [
        Seen(client_versions.written(version), number, minimum is not None and version < minimum)
        for version, number in sorted(readable.items())
    ]
    return Share(seen, unreadable.most_common())
