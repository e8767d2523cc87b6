"""Texts ready to send to JTL for what only JTL can change at SCX: codes, names on the wire, the exact values wanted.

Each is plain text in the active language, with no secret in it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from platforms import at_scx, channel_settings, properties
from platforms.channel_settings import Marketplace, Place
from platforms.models import Channel, Discrepancy
from platforms.properties import Compared

Text = Callable[[], str]
# JTL reads German best, the sender perhaps not.
LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class Letter:
    """A text in each language, the reader's first; `is_needed` where something differs that only JTL can change."""

    title: str
    texts: dict[str, str]
    is_needed: bool


def letters(channel: Channel, rows: list[Compared], places: list[Marketplace]) -> list[Letter]:
    """What there is to ask JTL for, by what differs; then what may be asked for at any time. No text stands twice."""
    found: dict[str, Letter] = {}
    for title, text, is_needed in _occasions(channel, rows, places):
        found.setdefault(text(), Letter(title, in_each_language(text), is_needed))
    return list(found.values())


def _occasions(channel: Channel, rows: list[Compared], places: list[Marketplace]) -> Iterator[tuple[str, Text, bool]]:
    for row in properties.differing(rows):
        only_jtl = channel.kind not in row.about.by_pin
        # Both stand in one letter.
        title = _("Sign-up URL and update URL") if row.name in properties.INHERITED else capfirst(str(row.about.title))
        yield title, partial(of_property, channel, row.name), only_jtl
    for place in places:
        title = f"{place.code}: {place.state.label}"
        if place.state == Place.MISSING_AT_SCX:
            yield title, partial(add_marketplace, channel, place.code), True
        elif place.state == Place.MISSING_HERE:
            yield title, partial(remove_marketplace, channel, place.code), True
    yield _("Sign-up URL and update URL"), partial(urls, channel), False
    if not channel.is_platform:
        yield _("MFA contact"), partial(mfa_contact, channel), False


def in_each_language(text: Text) -> dict[str, str]:
    active = (translation.get_language() or "")[:2]
    texts: dict[str, str] = {}
    for language in sorted(LANGUAGES, key=lambda each: each != active):
        with translation.override(language):
            texts[language] = text()
    return texts


def urls(channel: Channel) -> str:
    """Where sellers sign up and change their connection; a marketplace has its platform's addresses."""
    home = channel.home
    addresses = f"signUpUrl: {home.effective_sign_up_url}\nupdateUrl: {home.effective_update_url}"
    wish = _("please enter these addresses for the channel %(channel)s:") % {"channel": _named(home)}
    kept = _("{SESSION} has to stay as it stands: SCX puts the session there.")
    if not home.is_platform:
        return _letter(wish, addresses, kept)
    codes = ", ".join(home.marketplaces.filter(is_active=True).order_by("code").values_list("code", flat=True))
    heirs = _("It is a platform; its marketplaces inherit the addresses: %(codes)s.") % {"codes": codes or "–"}
    return _letter(wish, addresses, kept, heirs)


def stock_sync_group(channel: Channel) -> str:
    """A marketplace's stock sync group as it is here."""
    platform = channel.platform.code if channel.platform else "–"
    values = {"channel": _named(channel), "platform": platform}
    if channel.stock_sync_group is None:
        wish = _("please take the marketplace %(channel)s of the platform %(platform)s out of its stock sync group:")
        return _letter(wish % values, f"{at_scx.GROUP}: null", _has_now(channel, "stock_sync_group"))
    wish = _("please put the marketplace %(channel)s of the platform %(platform)s into this stock sync group:")
    value = f"{at_scx.GROUP}: {channel.stock_sync_group.label}"
    return _letter(wish % values, value, _has_now(channel, "stock_sync_group"))


def platform(channel: Channel) -> str:
    """The platform that a marketplace belongs to here; that a standalone channel belongs to none."""
    if channel.platform is None:
        wish = _("please make the channel %(channel)s a channel of its own, under no platform:")
        return _letter(wish % {"channel": _named(channel)}, "platform: null", _has_now(channel, "platform"))
    wish = _("please make the channel %(channel)s a marketplace of the platform %(platform)s:")
    values = {"channel": _named(channel), "platform": _named(channel.platform)}
    return _letter(wish % values, f"platform: {channel.platform.code}", _has_now(channel, "platform"))


def add_marketplace(home: Channel, code: str) -> str:
    """A marketplace that SCX does not name under its platform."""
    wish = _("please add the channel %(code)s to the marketplaces of the platform %(platform)s in the public list.")
    return _letter(wish % {"code": code, "platform": _named(home)}, f"marketplaceChannelList: + {code}")


def remove_marketplace(home: Channel, code: str) -> str:
    """A marketplace that SCX names under a platform, and that nobody serves here."""
    wish = _(
        "please take the channel %(code)s out of the marketplaces of the platform %(platform)s: we do not serve it."
    )
    return _letter(wish % {"code": code, "platform": _named(home)}, f"marketplaceChannelList: - {code}")


def switch_on(channel: Channel) -> str:
    wish = _("the channel %(channel)s is switched off at SCX (isActive: false). Please tell us why, and switch it on.")
    return _letter(wish % {"channel": _named(channel)})


def show_in_list(channel: Channel) -> str:
    wish = _("please show the channel %(channel)s in the public channel list: sellers cannot sign up without it.")
    return _letter(wish % {"channel": _named(channel)}, "GET /v1/public/channel")


def mfa_contact(channel: Channel) -> str:
    """The address that pins are mailed to; whose it shall be, the sender writes in."""
    wish = _("please enter this e-mail address as MFA contact of the channel %(channel)s, so that we get its pins:")
    return _letter(wish % {"channel": _named(channel)}, f"mfaContact: [{_('e-mail address')}]")


def of_property(channel: Channel, name: str) -> str:
    """The property as it is wanted here, whoever could change it otherwise."""
    own = {
        "sign_up_url": urls,
        "update_url": urls,
        "stock_sync_group": stock_sync_group,
        "platform": platform,
        "inactive": switch_on,
        "listed": show_in_list,
    }
    if name in own:
        return own[name](channel)
    known = properties.BY_NAME[name]
    (value,) = properties.on_the_wire(known, channel, at_scx.of(channel)).values()
    wish = _("please enter this value for the channel %(channel)s:") % {"channel": _named(channel)}
    return _letter(wish, f"{known.wire}: {_written(value)}", _has_now(channel, name))


def property_of(row: Discrepancy) -> str:
    """What to ask JTL for so that a difference of a channel's settings is over; "" where it is of another kind."""
    if row.kind == channel_settings.MISSING_AT_SCX:
        return add_marketplace(row.channel, row.subject)
    if row.kind == channel_settings.MISSING_HERE:
        return remove_marketplace(row.channel, row.subject)
    return of_property(row.channel, row.kind) if row.kind in properties.BY_NAME else ""


def _letter(*parts: str) -> str:
    """With the SCX that is meant: its sandbox has channels of the same name."""
    where = _("This is about SCX at %(address)s.") % {"address": settings.SCX_BASE_URL}
    return "\n\n".join([_("Dear JTL team,"), *filter(None, parts), where, _("Kind regards")])


def _named(channel: Channel) -> str:
    return f"{channel.code} ({channel.display_name})"


def _has_now(channel: Channel, name: str) -> str:
    """What SCX showed last, so that JTL finds the place."""
    theirs = properties.BY_NAME[name].sides(channel, at_scx.of(channel))[1]
    return "" if theirs is None else _("SCX has now: %(value)s") % {"value": _written(theirs) or "null"}


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    is_words = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return ", ".join(value) if is_words else json.dumps(value, ensure_ascii=False)
