"""The steps that every channel has before merchants come: switched on, worker, token, clock, addresses, price type."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms import clock, heartbeat
from platforms.display import short
from platforms.fields import is_unreadable
from platforms.models import Channel, Event, PriceType
from platforms.readiness import EXCHANGE, Step
from platforms.readiness_places import add_url, assistant_url, form_url, wawi

ERROR_CHARACTERS = 300


def exchanging(channels: Sequence[Channel]) -> list[Channel]:
    """Those that exchange anything with SCX: a platform is virtual."""
    return [channel for channel in channels if not channel.is_platform]


def switched_on(channels: Sequence[Channel]) -> Mapping[int, Step]:
    return {channel.pk: _switched_on(channel) for channel in channels}


def _switched_on(channel: Channel) -> Step:
    code, title = "active", _("Channel switched on")
    if channel.is_active and channel.home.is_active:
        return Step(code, title, "done", _("The portal works for the channel, and its pages are open."))
    off = channel if not channel.is_active else channel.home
    text = _("%(channel)s is switched off: nothing is exchanged. Tick “Active” and save.") % {"channel": off}
    return Step(code, title, "todo", text, form_url(off, "id_is_active"), _("Switch it on"))


def worker(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """The same for all: any worker works for every channel."""
    title = _("Worker alive")
    if heartbeat.is_anyone_alive():
        step = Step("worker", title, "done", _("A worker runs the jobs."))
    else:
        text = _("No worker has given a sign of life lately. Start “manage.py worker” on the server, and look again.")
        step = Step("worker", title, "todo", text)
    return {channel.pk: step for channel in channels}


def token(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Of a platform: whether it can speak with the token of an active marketplace."""
    members: dict[int, list[Channel]] = {channel.pk: [] for channel in channels if channel.is_platform}
    for member in Channel.objects.active().filter(platform__in=list(members)).defer("connector_settings", "branding"):
        members[member.platform_id or 0].append(member)
    return {
        channel.pk: _token_of_platform(channel, members[channel.pk]) if channel.is_platform else _token(channel)
        for channel in channels
    }


def _token(channel: Channel) -> Step:
    code, title, place = "token", _("Refresh token works"), form_url(channel, "id_new_refresh_token")
    if is_unreadable(channel.refresh_token):
        text = _("The stored token cannot be read with the present keys. Enter it again.")
        return Step(code, title, "wrong", text, place, _("Enter the token"))
    if not channel.has_token:
        text = _("Enter the refresh token that JTL gave for this channel, and save.")
        return Step(code, title, "todo", text, place, _("Enter the token"))
    if channel.token_refused_since:
        text = _("SCX refuses the token. Enter the one that JTL gave for this channel. SCX says: %(reason)s") % {
            "reason": short(channel.token_refusal, ERROR_CHARACTERS)
        }
        return Step(code, title, "wrong", text, place, _("Enter another token"))
    if channel.token_succeeded_at or channel.access_token_expires_at:
        return Step(code, title, "done", _("SCX accepts it."), since=channel.token_succeeded_at)
    text = _("The token is stored. The worker shows it to SCX within a minute; have it done now, and look again.")
    return Step(code, title, "unknown", text, link_text=_("Exchange data with SCX now"), action=EXCHANGE)


def _token_of_platform(platform: Channel, members: list[Channel]) -> Step:
    code, title = "token", _("A marketplace’s token works")
    if not members:
        text = _("A platform is virtual: it speaks with the token of a marketplace. Set the first marketplace up.")
        url = add_url(kind=Channel.Kind.MARKETPLACE.value, platform=platform.pk)
        return Step(code, title, "todo", text, url, _("Set up a marketplace"))
    speaking = next((member for member in members if _token(member).is_done), None)
    if speaking is None:
        text = _("A platform speaks with the token of a marketplace, and none has one yet that SCX accepts.")
        link_text = _("Go on with %(marketplace)s") % {"marketplace": members[0].display_name}
        return Step(code, title, "todo", text, assistant_url(members[0]), link_text)
    text = _("The platform can speak with that of %(marketplace)s.") % {"marketplace": speaking.display_name}
    return Step(code, title, "done", text, since=speaking.token_succeeded_at)


def clocks(channels: Sequence[Channel]) -> Mapping[int, Step]:
    offsets = clock.offsets(exchanging(channels))
    return {pk: _clock(seconds) for pk, seconds in offsets.items()}


def _clock(seconds: int | None) -> Step:
    code, title = "clock", _("Clock agrees with SCX")
    if seconds is None:
        text = _("No answer of SCX has told the time yet. Exchange data, and look again.")
        return Step(code, title, "unknown", text, link_text=_("Exchange data with SCX now"), action=EXCHANGE)
    if abs(seconds) < clock.LEAST_STEP.total_seconds():
        return Step(code, title, "done", _("The clocks differ by less than half a minute."))
    text = (
        ngettext(
            "The portal’s clock is %(number)s second behind that of SCX.",
            "The portal’s clock is %(number)s seconds behind that of SCX.",
            seconds,
        )
        if seconds > 0
        else ngettext(
            "The portal’s clock is %(number)s second ahead of that of SCX.",
            "The portal’s clock is %(number)s seconds ahead of that of SCX.",
            -seconds,
        )
    )
    advice = _("Set the server’s clock right, and let NTP keep it so.")
    return Step(code, title, "wrong", f"{text % {'number': abs(seconds)}} {advice}")


def price_type(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """No seller can list on a channel without one (contract 10)."""
    exchanged = exchanging(channels)
    rows: dict[int, list[PriceType]] = {channel.pk: [] for channel in exchanged}
    for row in PriceType.objects.filter(channel__in=list(rows)).only("channel", "confirmed_at", "is_refused", "error"):
        rows[row.channel_id].append(row)
    return {channel.pk: _price_type(channel, rows[channel.pk]) for channel in exchanged}


def _price_type(channel: Channel, rows: list[PriceType]) -> Step:
    code, title, place = "price-type", _("Price type known to SCX"), form_url(channel, "price_types-group")
    confirmed = [row.confirmed_at for row in rows if row.confirmed_at]
    if confirmed:
        return Step(code, title, "done", _("Merchants can name their prices."), since=min(confirmed))
    if refused := next((row for row in rows if row.is_refused), None):
        text = _("SCX refuses the price type. Correct it. SCX says: %(reason)s") % {
            "reason": short(refused.error, ERROR_CHARACTERS)
        }
        return Step(code, title, "wrong", text, place, _("See the price types"))
    if rows:
        text = _("The worker tells SCX of the price type within a minute; have it done now, and look again.")
        return Step(code, title, "unknown", text, link_text=_("Exchange data with SCX now"), action=EXCHANGE)
    text = _("Without a price type no merchant can list an offer. Enter one, such as B2C, and save.")
    return Step(code, title, "todo", text, place, _("Enter a price type"))


def first_event(channels: Sequence[Channel]) -> Mapping[int, Step]:
    # Ids of events grow with time, and stand in an index behind their channel.
    events = Event.objects.filter(channel=OuterRef("pk")).order_by("event_id").values("received_at")
    rows = Channel.objects.filter(pk__in=[channel.pk for channel in exchanging(channels)])
    received = rows.order_by().values_list("pk", Subquery(events[:1]))
    return {pk: _first_event(at) for pk, at in received}


def _first_event(at: datetime | None) -> Step:
    code, title = "event", _("First event received")
    if at:
        return Step(code, title, "done", _("SCX’s events arrive."), since=at)
    text = _(
        "What a merchant offers comes as an event of SCX, and the worker fetches it once a minute. In JTL-Wawi, let "
        "the merchant choose an article, give it a price and a stock, and list it on this channel."
    )
    url, link_text = wawi()
    return Step(code, title, "todo", text, url, link_text)
