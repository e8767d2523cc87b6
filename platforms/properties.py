"""A channel's properties one by one: what each is here and at SCX, and who can change it there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from platforms import at_scx, client_versions
from platforms.models import Channel, ChannelAtScx
from platforms.scx.channel import FEATURES
from platforms.scx.values import as_dict, as_list, parse_text

Kind = Channel.Kind
CALLABLE = frozenset({Kind.MARKETPLACE, Kind.STANDALONE})
HOMES = frozenset({Kind.PLATFORM, Kind.STANDALONE})
NOBODY: frozenset[str] = frozenset()
# SCX shows such channels in its public list to nobody, or not yet.
HIDDEN = {"ONBOARDING", "RESTRICTED"}

Sides = tuple[Any, Any]
"""What is wanted here, None where nothing is; and what SCX has, None where it shows nothing of it."""


class State(TextChoices):
    EQUAL = "equal", gettext_lazy("equal")
    DIFFERS = "differs", gettext_lazy("differs")
    NOT_TOLD = "not-told", gettext_lazy("SCX does not tell")
    OPEN = "open", gettext_lazy("nothing wanted here")
    UNKNOWN = "unknown", gettext_lazy("not asked yet")


@dataclass(frozen=True)
class Property:
    """`name` is the kind of a difference, and mostly a field of Channel; `wire` its name in SCX's SalesChannel.

    `of`: the kinds of channels that have it. `by_pin`: those whose token and a mailed pin can change it at SCX; for the
    others only JTL can. `is_taken_over`: whether SCX's value may become ours.
    """

    name: str
    title: str | Promise
    wire: str
    sides: Callable[[Channel, ChannelAtScx], Sides]
    of: frozenset[str] = CALLABLE
    by_pin: frozenset[str] = NOBODY
    is_taken_over: bool = False


@dataclass(frozen=True)
class Compared:
    about: Property
    ours: Any
    theirs: Any
    state: State

    @property
    def name(self) -> str:
        return self.about.name

    @property
    def differs(self) -> bool:
        return self.state == State.DIFFERS


def _shown(channel: Channel, known: ChannelAtScx) -> dict[str, Any]:
    """Nobody can ask for a platform: it is known by the public list."""
    return as_dict(known.entry if channel.is_platform else known.settings)


def _text(name: str, wire: str) -> Callable[[Channel, ChannelAtScx], Sides]:
    def sides(channel: Channel, known: ChannelAtScx) -> Sides:
        return getattr(channel, name) or None, parse_text(_shown(channel, known).get(wire)) or None

    return sides


def _words(name: str, wire: str) -> Callable[[Channel, ChannelAtScx], Sides]:
    def sides(channel: Channel, known: ChannelAtScx) -> Sides:
        words = [parse_text(item) for item in as_list(_shown(channel, known).get(wire))]
        return sorted(getattr(channel, name)) or None, sorted(filter(None, words)) or None

    return sides


def _active(channel: Channel, known: ChannelAtScx) -> Sides:
    return channel.is_active or None, known.is_active


def _listed(channel: Channel, known: ChannelAtScx) -> Sides:
    settings = as_dict(known.settings)
    is_hidden = parse_text(settings.get("visibility")).upper() in HIDDEN or known.is_active is False
    wanted = channel.is_active and not is_hidden
    return wanted or None, None if known.listed_at is None else known.entry is not None


def _versions(channel: Channel, known: ChannelAtScx) -> Sides:
    own = client_versions.normalised(channel.minimum_client_versions)
    # Where SCX was told of versions before, none is a wish too.
    is_wanted = own or channel.client_versions_confirmed is not None
    return own if is_wanted else None, client_versions.at_scx(_shown(channel, known))


def _features(channel: Channel, known: ChannelAtScx) -> Sides:
    """Those that both sides name; where any differ, only these."""
    own, said = channel.feature_flags, _said_features(channel, known)
    names = own.keys() & said.keys()
    names = {name for name in names if own[name] != said[name]} or names
    picked = [{name: side[name] for name in sorted(names)} for side in (own, said)]
    return (picked[0] if own else None), (picked[1] if names else None)


def _said_features(channel: Channel, known: ChannelAtScx) -> dict[str, Any]:
    """SCX's list; one of its features that is named here and not there is at SCX's default."""
    shown = _shown(channel, known)
    if "featureList" not in shown:
        return {}
    defaults = {name: FEATURES[name] for name in FEATURES.keys() & channel.feature_flags.keys()}
    return {**defaults, **as_dict(shown["featureList"])}


def _platform(channel: Channel, known: ChannelAtScx) -> Sides:
    said = _shown(channel, known)
    return channel.platform.code if channel.platform else "", parse_text(
        said["platform"]
    ) if "platform" in said else None


def _group(channel: Channel, known: ChannelAtScx) -> Sides:
    return channel.stock_sync_group.label if channel.stock_sync_group else "", known.stock_sync_group


def _title(field: str) -> str | Promise:
    return Channel._meta.get_field(field).verbose_name  # type: ignore[union-attr]


PROPERTIES = (
    Property("inactive", _title("is_active"), "isActive", _active),
    Property("listed", gettext_lazy("public channel list"), "", _listed, of=HOMES),
    Property(
        "display_name",
        _title("display_name"),
        "displayName",
        _text("display_name", "displayName"),
        of=CALLABLE | HOMES,
        by_pin=CALLABLE,
        is_taken_over=True,
    ),
    Property(
        "currency",
        _title("currency"),
        "currency",
        _text("currency", "currency"),
        by_pin=CALLABLE,
        is_taken_over=True,
    ),
    Property(
        "countries",
        _title("countries"),
        "marketplaceList",
        _words("countries", "marketplaceList"),
        by_pin=CALLABLE,
        is_taken_over=True,
    ),
    Property(
        "languages",
        _title("languages"),
        "supportedLanguages",
        _words("languages", "supportedLanguages"),
        is_taken_over=True,
    ),
    # A marketplace inherits its platform's: SCX takes URLs with the token of a standalone channel only.
    Property(
        "sign_up_url",
        _title("sign_up_url"),
        "signUpUrl",
        _text("effective_sign_up_url", "signUpUrl"),
        of=CALLABLE | HOMES,
        by_pin=frozenset({Kind.STANDALONE}),
    ),
    Property(
        "update_url",
        _title("update_url"),
        "updateUrl",
        _text("effective_update_url", "updateUrl"),
        of=CALLABLE | HOMES,
        by_pin=frozenset({Kind.STANDALONE}),
    ),
    Property(
        "minimum_client_versions",
        _title("minimum_client_versions"),
        client_versions.KEYS[0],
        _versions,
        by_pin=CALLABLE,
        is_taken_over=True,
    ),
    Property(
        "feature_flags",
        _title("feature_flags"),
        "featureList",
        _features,
        by_pin=CALLABLE,
        is_taken_over=True,
    ),
    Property("platform", pgettext_lazy("channel", "platform"), "platform", _platform),
    Property(
        "stock_sync_group",
        _title("stock_sync_group"),
        at_scx.GROUP,
        _group,
        of=frozenset({Kind.MARKETPLACE}),
        is_taken_over=True,
    ),
)
# A marketplace has these of its platform.
INHERITED = frozenset({"sign_up_url", "update_url"})
BY_NAME = {each.name: each for each in PROPERTIES}


def compare(channel: Channel, known: ChannelAtScx) -> list[Compared]:
    """The channel's properties here and as SCX last showed them."""
    return [_compared(each, channel, known) for each in PROPERTIES if channel.kind in each.of]


def _compared(each: Property, channel: Channel, known: ChannelAtScx) -> Compared:
    ours, theirs = each.sides(channel, known)
    was_asked = known.listed_at if channel.is_platform or each.name == "listed" else known.settings_at
    if not was_asked:
        state = State.UNKNOWN
    elif ours is None:
        state = State.OPEN
    elif theirs is None:
        state = State.NOT_TOLD
    else:
        state = State.EQUAL if ours == theirs else State.DIFFERS
    return Compared(each, ours, theirs, state)


def patchable(channel: Channel) -> list[Property]:
    """What the channel's own token and a mailed pin can change at SCX (contract 8.2)."""
    return [each for each in PROPERTIES if channel.kind in each.by_pin]


def on_the_wire(each: Property, channel: Channel, known: ChannelAtScx) -> dict[str, Any]:
    """The property as `PATCH /v1/channel` takes it."""
    if each.name == "minimum_client_versions":
        return client_versions.on_the_wire(channel.minimum_client_versions)
    if each.name == "feature_flags":
        # With those that are not wanted here: nobody says whether SCX keeps what a list leaves out.
        said = _said_features(channel, known)
        return {each.wire: {name: channel.feature_flags.get(name, value) for name, value in said.items()}}
    return {each.wire: each.sides(channel, known)[0]}


def shown(value: Any) -> str:
    """A side of a property, for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(flag)}" for name, flag in value.items())
    if isinstance(value, list):
        is_of_versions = any(isinstance(each, dict) for each in value)
        return client_versions.shown(value) if is_of_versions else ", ".join(map(str, value)) or _("none")
    return str(value) or _("none")


def differing(rows: Iterable[Compared]) -> list[Compared]:
    return [each for each in rows if each.differs]
