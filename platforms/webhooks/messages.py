"""What endpoints can be told, and in what form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from platforms.models import WebhookEndpoint

TEST = "webhook.test"
EVERYTHING = "*"


@dataclass(frozen=True)
class Message:
    """One thing that happened. `topic`, `subject` and `version` name it; what has one subject is told in order.

    `data`: JSON; of it an endpoint that wants ids only is told `ids`. `channel`: a primary key.
    """

    topic: str
    channel: int | None
    subject: str
    version: str
    at: datetime
    data: Mapping[str, Any]
    ids: tuple[str, ...]
    seller: str = ""

    def body(self, payload: str) -> dict[str, Any]:
        """As the Standard Webhooks specification has it: type, timestamp and data."""
        is_thin = payload == WebhookEndpoint.Payload.THIN
        data = {name: self.data[name] for name in self.ids} if is_thin else dict(self.data)
        return {"type": self.topic, "timestamp": self.at.isoformat().replace("+00:00", "Z"), "data": data}


class Reader(Protocol):
    """Reads a feed: the messages of its rows of these channels (None: all) after the number, and the last number."""

    def __call__(
        self, after: int, channels: Iterable[int] | None, limit: int
    ) -> tuple[list[Message], int]: ...  # pragma: no cover


@dataclass(frozen=True)
class Feed:
    """A feed by its name in `FeedCounter`, the pattern of the topics it brings, and who reads it.

    `is_by_time`: its numbers are not drawn; they are microseconds since 1970.
    """

    name: str
    topics: str
    path: str
    is_by_time: bool = False

    @cached_property
    def read(self) -> Reader:
        reader: Reader = import_string(self.path)
        return reader


def feeds() -> list[Feed]:
    return [Feed(*each) for each in settings.WEBHOOK_FEEDS]


def topics() -> dict[str, Any]:
    """Every topic, and when it is told."""
    return dict(settings.WEBHOOK_TOPICS)


def fits(pattern: str, topic: str) -> bool:
    """Whether the topic is the one named, one of a family such as `offer.*`, or the pattern is `*`."""
    return pattern in {EVERYTHING, topic} or (pattern.endswith(".*") and topic.startswith(pattern[:-1]))


def wants(endpoint: WebhookEndpoint, topic: str) -> bool:
    return any(fits(pattern, topic) for pattern in endpoint.topics)


def wants_of(endpoint: WebhookEndpoint, feed: Feed) -> bool:
    """Whether any topic of the feed is wanted."""
    return any(wants(endpoint, topic) for topic in topics() if fits(feed.topics, topic))


def check(patterns: Iterable[str]) -> None:
    """Raises ValidationError that names those no topic fits."""
    known = topics()
    unknown = [pattern for pattern in patterns if not any(fits(pattern, topic) for topic in known)]
    if unknown:
        text = _("No topic fits %(unknown)s. Topics: %(known)s, a family such as offer.*, or * for all.")
        names = {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        raise ValidationError(text % names, code="unknown_topic")
