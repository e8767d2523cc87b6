"""The steps about what SCX has of a channel, and about the addresses it leads merchants to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from platforms import probes
from platforms.display import list_url
from platforms.models import AddressProbe, Channel, ChannelAtScx
from platforms.readiness import CHECK_ADDRESSES, EXCHANGE, Step
from platforms.scx.values import as_dict, parse_text


def known(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Whether SCX shows the channel to its token, and has it switched on; a platform has no token to ask with."""
    exchanging = {channel.pk: channel for channel in channels if not channel.is_platform}
    rows = ChannelAtScx.objects.in_bulk(list(exchanging))
    return {pk: _known(channel, rows.get(pk)) for pk, channel in exchanging.items()}


def _known(channel: Channel, row: ChannelAtScx | None) -> Step:
    code, title = "at-scx", _("SCX knows the channel")
    if row is None or row.settings is None:
        return _not_asked(code, title, _("SCX was not asked yet what it has of the channel."))
    named = parse_text(row.settings.get("channel"))
    if named and named != channel.code:
        text = _(
            "At SCX the channel of this token is “%(theirs)s”, here it is “%(ours)s”. Enter the token of the channel, "
            "or ask JTL."
        )
        return Step(code, title, "wrong", text % {"theirs": named, "ours": channel.code})
    if row.is_active is False:
        return Step(code, title, "wrong", _("JTL has switched the channel off at SCX. Ask JTL to switch it on."))
    return Step(code, title, "done", _("SCX shows it, and it is switched on there."), since=row.settings_at)


def addresses(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Whether SCX has the portal's addresses. A platform's stand in the settings of each of its marketplaces."""
    homes = {channel.home.pk for channel in channels}
    shown: dict[int, tuple[datetime | None, dict[str, Any]]] = {}
    of_homes = ChannelAtScx.objects.exclude(settings=None).order_by("settings_at").select_related("channel")
    rows = of_homes.filter(channel__in=homes) | of_homes.filter(channel__platform__in=homes)
    for row in rows.only("settings", "settings_at", "channel__kind", "channel__platform"):
        shown[row.channel.platform_id or row.channel_id] = (row.settings_at, as_dict(row.settings))
    return {channel.pk: _addresses(channel.home, *shown.get(channel.home.pk, (None, None))) for channel in channels}


def _addresses(home: Channel, at: datetime | None, theirs: dict[str, Any] | None) -> Step:
    code, title = "addresses-at-scx", _("SCX leads merchants to the portal")
    if theirs is None:
        return _not_asked(code, title, _("SCX was not asked yet which addresses it has."), home)
    sign_up, update = parse_text(theirs.get("signUpUrl")), parse_text(theirs.get("updateUrl"))
    # Without an update address SCX takes the sign-up address.
    if sign_up == home.effective_sign_up_url and update in {"", home.effective_update_url, sign_up}:
        return Step(code, title, "done", _("SCX has the addresses of the portal’s pages."), since=at)
    text = (
        _("SCX has other addresses (sign-up: %(sign_up)s). Ask JTL to enter these two, sign-up and update:")
        if home.is_platform
        else _("SCX has other addresses (sign-up: %(sign_up)s). Have SCX told these two, sign-up and update:")
    )
    ours = tuple(dict.fromkeys([home.effective_sign_up_url, home.effective_update_url]))
    url = list_url("platforms_discrepancy", q="_url")
    return Step(
        code, title, "wrong", text % {"sign_up": sign_up or _("none")}, url, _("See the differences"), copy=ours
    )


def _not_asked(code: str, title: str, text: str, home: Channel | None = None) -> Step:
    if home and home.is_platform:
        advice = _("It is asked with the token of a marketplace.")
        return Step(code, title, "unknown", f"{text} {advice}")
    advice = _("The worker asks as soon as the token works; have it done now, and look again.")
    link_text = _("Exchange data with SCX now")
    return Step(code, title, "unknown", f"{text} {advice}", link_text=link_text, action=EXCHANGE)


def reached(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Whether those addresses were called and led to the portal's own pages, as `platforms.probes` found."""
    rows: dict[int, dict[str, AddressProbe]] = {}
    for row in AddressProbe.objects.filter(channel__in={channel.home.pk for channel in channels}):
        rows.setdefault(row.channel_id, {})[row.kind] = row
    return {channel.pk: _reached(channel.home, rows.get(channel.home.pk, {})) for channel in channels}


def _reached(home: Channel, rows: dict[str, AddressProbe]) -> Step:
    code, title, link_text = "addresses-reached", _("Merchants reach the portal’s pages"), _("Check the addresses")
    present = probes.addresses(home)
    checked = [row for kind, row in sorted(rows.items()) if row.url == present.get(kind)]
    for row in checked:
        if row.problem:
            text = f"{row.get_kind_display()}: {row.url} – {probes.told(row)}"
            return Step(code, title, "wrong", text, link_text=link_text, action=CHECK_ADDRESSES, since=row.at)
    if len(checked) < len(present):
        text = _("Have the portal call its own addresses, as a merchant’s browser would.")
        return Step(code, title, "todo", text, link_text=link_text, action=CHECK_ADDRESSES)
    text = _("The addresses lead to the portal’s pages.")
    return Step(code, title, "done", text, since=min(row.at for row in checked))
