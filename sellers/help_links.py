"""The links beside the fields of the sign-up form, as the channel's branding has them: a lost code, no account yet.

`lost_code` and `no_account` are each nothing, an https address, a mail address or a text, or one of these by language;
`lost_code` may also be "mail": the portal mails a link to who asks for one.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from platforms.branding import TEXT_CHARACTERS
from platforms.models import Channel
from sellers import branding

BY_MAIL = "mail"


@dataclass(frozen=True)
class HelpLink:
    """`url` is where it leads; without one the text itself says what to do, and with one it may be empty."""

    url: str = ""
    text: str = ""


@dataclass(frozen=True)
class Help:
    lost_code: HelpLink | None = None
    no_account: HelpLink | None = None


def help_of(home: Channel) -> Help:
    """What the form offers, in the reader's language."""
    lost_code, no_account = _given(home, "lost_code"), _given(home, "no_account")
    return Help(
        HelpLink(reverse("lost-code", args=[home.code])) if lost_code == BY_MAIL else _link(lost_code),
        _link(no_account),
    )


def sends_codes(home: Channel) -> bool:
    """Whether who lost the access code can have a link mailed."""
    return BY_MAIL in _values(home.branding.get("lost_code"))


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else [value]


def _given(home: Channel, key: str) -> str:
    return branding.said(home.branding.get(key))[:TEXT_CHARACTERS]


def _link(value: str) -> HelpLink | None:
    if not value:
        return None
    url = branding.link_of(value)
    return HelpLink(url, "" if url == value else value)
