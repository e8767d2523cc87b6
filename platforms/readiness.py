"""How far a channel is on the way from JTL's token to its first listed offer: steps in order, each told by facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.models import Channel
from platforms.readiness_places import assistant_url

State = Literal["done", "todo", "wrong", "unknown", "later"]
STATES: tuple[State, ...] = get_args(State)

# What the assistant's own buttons do (`platforms.assistant_admin`).
CHECK_ADDRESSES, EXCHANGE = "check-addresses", "exchange"


@dataclass(frozen=True)
class Step:
    """One step of a channel.

    `code`: a stable slug such as "token". `state`: done; todo: a person's turn; wrong: something is in the way;
    unknown: it was not found out yet; later: the one before comes first. `text`: what holds, or the one thing to do,
    translated. `url`, `link_text`: the page where it is done; with `action` instead of a url, the assistant's button
    that does it. `copy`: texts to be handed on as they are. `since`: when it was done, where that is known.
    """

    code: str
    title: str
    state: State
    text: str
    url: str = ""
    link_text: str = ""
    action: str = ""
    copy: tuple[str, ...] = ()
    since: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.state == "done"


# Of channels, whose platforms are loaded: the step of each it concerns, by primary key. In a number of queries that
# does not grow with the channels.
Ask = Callable[[Sequence[Channel]], Mapping[int, Step]]


@dataclass(frozen=True)
class Readiness:
    """The steps of one channel, in order; what comes after the next one is `later`, unless it is done or wrong."""

    steps: tuple[Step, ...]

    @property
    def is_ready(self) -> bool:
        return self.next_step is None

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if not step.is_done), None)

    @property
    def to_go(self) -> int:
        return sum(not step.is_done for step in self.steps)


def steps(channel: Channel) -> list[Step]:
    """The channel's steps, in order."""
    return list(summary([channel])[channel.pk].steps)


def is_ready(channel: Channel) -> bool:
    """Whether nothing is left to do, from the token to the first listing reported to SCX."""
    return summary([channel])[channel.pk].is_ready


def next_step(channel: Channel) -> Step | None:
    """The first step that is not done; None where all are."""
    return summary([channel])[channel.pk].next_step


def summary(channels: Iterable[Channel]) -> dict[int, Readiness]:
    """The readiness of each channel by its primary key, in a number of queries that does not grow with them."""
    asked = list(channels)
    members = _marketplaces([channel for channel in asked if channel.is_platform])
    everyone = list({channel.pk: channel for channel in [*members, *asked]}.values())
    prefetch_related_objects(everyone, "platform")
    found = _found(everyone)
    ready = {pk: _in_order(each) for pk, each in found.items()}
    for channel in asked:
        if channel.is_platform:
            its_own = [member for member in members if member.platform_id == channel.pk]
            ready[channel.pk] = _in_order([*found[channel.pk], _of_marketplaces(channel, its_own, ready)])
    return {channel.pk: ready[channel.pk] for channel in asked}


def _marketplaces(platforms: list[Channel]) -> list[Channel]:
    """The active marketplaces of the platforms."""
    if not platforms:
        return []
    active = Channel.objects.active().filter(platform__in=[platform.pk for platform in platforms])
    return list(active.defer("connector_settings", "branding", "mail_texts"))


def _found(channels: Sequence[Channel]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {channel.pk: [] for channel in channels}
    for name in settings.PORTAL_READINESS:
        ask: Ask = import_string(name)
        for pk, step in ask(channels).items():
            found[pk].append(step)
    return found


def _in_order(steps: Iterable[Step]) -> Readiness:
    """One thing at a time: what a person cannot do yet is for later."""
    ordered: list[Step] = []
    is_open = False
    for step in steps:
        ordered.append(replace(step, state="later") if is_open and step.state in {"todo", "unknown"} else step)
        is_open = is_open or not step.is_done
    return Readiness(tuple(ordered))


def _of_marketplaces(platform: Channel, members: list[Channel], ready: Mapping[int, Readiness]) -> Step:
    code, title = "marketplaces", _("Marketplaces ready")
    if not members:
        return Step(code, title, "todo", _("The platform has no marketplace that is switched on."))
    open_ones = [member for member in members if not ready[member.pk].is_ready]
    names = {"ready": len(members) - len(open_ones), "number": len(members)}
    text = ngettext("%(ready)s of %(number)s is ready.", "%(ready)s of %(number)s are ready.", names["ready"]) % names
    if not open_ones:
        return Step(code, title, "done", text)
    link_text = _("Go on with %(marketplace)s") % {"marketplace": open_ones[0].display_name}
    return Step(code, title, "todo", text, assistant_url(open_ones[0]), link_text)
