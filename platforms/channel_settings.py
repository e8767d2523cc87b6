"""The comparison `settings`: a channel's properties, and a platform's marketplaces, here and at SCX."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import at_scx, channels, properties, public_list
from platforms.jobs import Run
from platforms.models import Channel, ChannelAtScx, Discrepancy, StockSyncGroup
from platforms.properties import Property
from platforms.reconciliation import Difference

URL_NAME = "platforms_channel_at_scx_page"
TITLE = gettext_lazy("Compared with SCX")
MISSING_AT_SCX, MISSING_HERE = "missing-at-scx", "missing-here"
TITLES = {
    MISSING_AT_SCX: gettext_lazy("marketplace missing at SCX"),
    MISSING_HERE: gettext_lazy("marketplace missing here"),
}


class ChannelSettings:
    """A kind is the name of a property, or one of TITLES with the marketplace's code as subject."""

    proven: frozenset[str] = frozenset()
    of_platforms = True

    def differences(self, channel: Channel, run: Run) -> Iterator[Difference]:
        """Ask SCX, keep what it shows, and compare with that. What the public list shows is no reason to stop."""
        is_home = channel.kind in properties.HOMES
        if is_home and not at_scx.read_list(channel, patience=run.patience):
            run.count("public lists not read")
        if not channel.is_platform:
            at_scx.read(channel, patience=run.patience)
            channel = Channel.objects.select_related("platform", "stock_sync_group").get(pk=channel.pk)
        yield from found(channel)

    def title(self, row: Discrepancy) -> str:
        known = properties.BY_NAME.get(row.kind)
        return str(known.title if known else TITLES.get(row.kind, row.kind))

    def meaning(self, row: Discrepancy) -> str:
        return meaning(row.channel, row.kind)

    def page(self, channel_id: int) -> tuple[str, str]:
        return reverse(f"admin:{URL_NAME}", args=[channel_id]), str(TITLE)

    def shown(self, value: Any) -> str:
        return properties.shown(value)

    def repair(self, row: Discrepancy) -> None:
        take_over(row.channel, row.kind, row.theirs)

    def tell(self, row: Discrepancy) -> None:
        raise ValidationError(self.meaning(row))


def found(channel: Channel) -> Iterator[Difference]:
    """What differs, by what SCX last showed."""
    known = at_scx.of(channel)
    inherited = _of_platform(channel)
    for row in properties.differing(properties.compare(channel, known)):
        if inherited.get(row.name) != row.theirs:
            yield Difference(row.name, ours=row.ours, theirs=row.theirs)
    if channel.is_platform:
        for each in marketplaces(channel, known):
            if each.state == Place.MISSING_AT_SCX:
                yield Difference(MISSING_AT_SCX, each.code, ours=each.code)
            elif each.state == Place.MISSING_HERE:
                yield Difference(MISSING_HERE, each.code, theirs=each.code)


def _of_platform(channel: Channel) -> dict[str, Any]:
    """What SCX has otherwise for a marketplace's platform, of what is inherited: it is told there, and once."""
    if channel.platform is None:
        return {}
    rows = properties.differing(properties.compare(channel.platform, at_scx.of(channel.platform)))
    return {each.name: each.theirs for each in rows if each.name in properties.INHERITED}


class Place(TextChoices):
    EQUAL = "equal", gettext_lazy("equal")
    OFF = "off", gettext_lazy("switched off here, not at SCX")
    MISSING_AT_SCX = MISSING_AT_SCX, gettext_lazy("missing at SCX")
    MISSING_HERE = MISSING_HERE, gettext_lazy("missing here")
    NOT_TOLD = "not-told", gettext_lazy("SCX does not tell")
    UNKNOWN = "unknown", gettext_lazy("not asked yet")


@dataclass(frozen=True)
class Marketplace:
    """One marketplace of a platform; `channel` is None where it is not known here."""

    code: str
    channel: Channel | None
    state: Place
    group_here: str | None
    group_at_scx: str | None

    @property
    def is_in_other_group(self) -> bool:
        return None not in (self.group_here, self.group_at_scx) and self.group_here != self.group_at_scx


def marketplaces(platform: Channel, known: ChannelAtScx) -> list[Marketplace]:
    """Those known here and those that the platform's public entry names, by code."""
    listed = None if known.entry is None else public_list.marketplaces(known.entry)
    untold = Place.NOT_TOLD if known.listed_at else Place.UNKNOWN
    own = {each.code: each for each in platform.marketplaces.select_related("at_scx", "stock_sync_group")}
    return [
        _marketplace(code, own.get(code), untold if listed is None else _place(code, own.get(code), listed))
        for code in sorted({*own, *(listed or {})})
    ]


def _marketplace(code: str, channel: Channel | None, place: Place) -> Marketplace:
    group = channel.stock_sync_group.label if channel and channel.stock_sync_group else ""
    known = getattr(channel, "at_scx", None)
    return Marketplace(
        code,
        channel,
        place,
        group if channel else None,
        known.stock_sync_group if known else None,
    )


def _place(code: str, channel: Channel | None, listed: dict[str, Any]) -> Place:
    is_active = bool(channel and channel.is_active)
    if is_active == (code in listed):
        return Place.EQUAL if is_active else Place.OFF
    return Place.MISSING_AT_SCX if is_active else Place.MISSING_HERE


def meaning(channel: Channel, kind: str) -> str:
    """What a difference means, and what to do."""
    texts = {
        "inactive": _("JTL has switched the channel off. Ask JTL why, or switch it off here as well."),
        "listed": _("SCX shows the channel to no seller, so nobody can sign up. Ask JTL to show it."),
        "platform": _("JTL has the channel under another platform. Ask JTL to correct that."),
        MISSING_AT_SCX: _(
            "SCX does not name this marketplace under the platform. Ask JTL to add it, or switch the channel off here."
        ),
        MISSING_HERE: _(
            "SCX names this marketplace, and the portal has no active channel for it: what is sold there reaches "
            "nobody. Add the channel or switch it on, or ask JTL to take it out."
        ),
        "sign_up_url": _("JTL-Wawi leads new sellers to SCX’s address."),
        "update_url": _("JTL-Wawi leads sellers who change something to SCX’s address."),
    }
    return " ".join(filter(None, [texts.get(kind), _way(channel, kind)]))


def way_at_scx(channel: Channel, known: Property) -> str:
    """Who can change a property at SCX, for the page that has both ways on it."""
    if channel.kind in known.by_pin:
        return _("SCX takes it from the portal: see below.")
    return _("Only JTL can change it there: see below.")


def _way(channel: Channel, kind: str) -> str:
    """How a property comes to be the same on both sides, with the page that says more."""
    known = properties.BY_NAME.get(kind)
    if known is None or kind in {"inactive", "listed", "platform"}:
        return ""
    if channel.kind in known.by_pin:
        if known.is_taken_over:
            return _("Take over SCX’s value with the action, or send the portal’s on the page “Compared with SCX”.")
        return _("Send the portal’s to SCX on the page “Compared with SCX”.")
    if known.is_taken_over:
        return _(
            "Take over SCX’s value with the action, or ask JTL to enter the portal’s: the page “Compared with SCX” "
            "has the text."
        )
    return _("Ask JTL to enter the portal’s: the page “Compared with SCX” has the text.")


def take_over(channel: Channel, kind: str, theirs: Any) -> None:
    """Make a property here what SCX has. Raises ValidationError that says what to do where that is not possible."""
    known = properties.BY_NAME.get(kind)
    if known is None or not known.is_taken_over or theirs is None:
        raise ValidationError(meaning(channel, kind))
    with transaction.atomic():
        # Not the caller's copy: saving writes all of it, and the change before may have changed the channel.
        locked = channels.locked(channel.pk)
        setattr(locked, kind, _taken_over(locked, kind, theirs))
        channels.save(locked)


def _taken_over(channel: Channel, kind: str, theirs: Any) -> Any:
    if kind == "stock_sync_group":
        return _group(channel, theirs)
    return {**channel.feature_flags, **theirs} if kind == "feature_flags" else theirs


def _group(channel: Channel, label: str) -> StockSyncGroup | None:
    if not label or channel.platform is None:
        return None
    return StockSyncGroup.objects.get_or_create(platform=channel.platform, label=label[: at_scx.LONGEST_GROUP])[0]
