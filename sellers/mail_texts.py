"""What mails to sellers say: the portal's own texts, a channel's in their place, and the values put into them.

A text has {placeholders} and nothing else that means something: values stand in for names, whatever they hold.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from platforms import hiding
from platforms.models import Channel
from platforms.names import by_name
from sellers.branding import brand_of
from sellers.models import Account, Invitation, Mail, Seller
from sellers.sessions import digest

Kind = Mail.Kind

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
# They are answers to what somebody just did, and the only way to what they asked for.
ALWAYS_ON = frozenset({Kind.INVITATION, Kind.LOST_CODE})
OF_SELLER = ("company", "seller_id", "channel", "marketplaces", "support")
OF_ACCOUNT = ("company", "login", "channel", "link", "valid_until", "support")
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    Kind.CONNECTED: OF_SELLER,
    Kind.DISCONNECTED: (*OF_SELLER, "reason"),
    Kind.CREDENTIALS: OF_SELLER,
    Kind.INVITATION: OF_ACCOUNT,
    Kind.LOST_CODE: OF_ACCOUNT,
}
# Without it the mail would be of no use.
NEEDED: dict[str, str] = {Kind.INVITATION: "link", Kind.LOST_CODE: "link"}
MOST_SUBJECT, MOST_TEXT, MOST_VALUE = 200, 5000, 500

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Text:
    subject: str
    text: str


def is_on(home: Channel, kind: str) -> bool:
    return kind in ALWAYS_ON or _of_kind(home, kind).get("is_on") is True


@cache
def default(kind: str, language: str) -> Text:
    """The portal's own text: the first line is the subject."""
    subject, _blank, text = render_to_string(f"sellers/mail/{kind}.{language}.txt").partition("\n\n")
    return Text(subject.strip(), text.strip())


def own(home: Channel, kind: str, language: str) -> Text:
    """The channel's text as far as it has one, else the portal's."""
    given, base = _of_kind(home, kind).get(language), default(kind, language)
    if not isinstance(given, dict):
        return base
    subject, text = given.get("subject"), given.get("text")
    return Text(
        subject if isinstance(subject, str) and subject.strip() else base.subject,
        text if isinstance(text, str) and text.strip() else base.text,
    )


def unknown_placeholders(text: str, kind: str) -> list[str]:
    return [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS[kind]]


def filled(text: Text, values: dict[str, str]) -> Text:
    """The text with its values; those of the subject and each value itself fit on one line."""
    clean = {name: one_line(value) for name, value in values.items()}
    subject = _PLACEHOLDER.sub(lambda match: clean.get(match[1], match[0]), text.subject)
    body = _PLACEHOLDER.sub(lambda match: clean.get(match[1], match[0]), text.text.replace("\r\n", "\n"))
    return Text(one_line(subject, MOST_SUBJECT), body.rstrip() + "\n")


def one_line(text: str, most: int = MOST_VALUE) -> str:
    """Without line breaks and other characters that control something: none can begin a header or hide a text."""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join(visible.split())[:most]


def language_of(home: Channel, *candidates: str | None) -> str:
    """The first of the languages that mails can be written in; then the channel's, then the portal's."""
    wanted = (*candidates, *(home.languages if isinstance(home.languages, list) else ()), settings.LANGUAGE_CODE)
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def of(mail: Mail) -> Text:
    """The mail's subject and text as they leave now."""
    home = mail.channel
    with translation.override(mail.language):
        values = _values_of_seller(home, mail.seller) if mail.seller else _values_of_account(mail)
        return filled(own(home, mail.kind, mail.language), values)


def example(home: Channel, kind: str, language: str, text: Text) -> Text:
    """The text as staff see it beforehand, with made-up values."""
    with translation.override(language):
        values = {
            "company": _("Example Ltd"),
            "seller_id": "S0123456789",
            "login": "example",
            "marketplaces": _names(home.marketplaces.filter(is_active=True)) or home.display_name,
            "reason": _("no active contract or subscription"),
            "link": link(home, "…"),
            "valid_until": _moment(timezone.now()),
            **_values_of_channel(home),
        }
        return filled(text, values)


def link(home: Channel, token: str) -> str:
    """The address that an invitation's mail names. The token is in the query: no log of ours keeps one."""
    return f"{settings.PORTAL_URL}{reverse('invitation', args=[home.code])}?token={token}"


def _of_kind(home: Channel, kind: str) -> dict[str, Any]:
    given = home.mail_texts.get(kind) if isinstance(home.mail_texts, dict) else None
    return given if isinstance(given, dict) else {}


def _values_of_channel(home: Channel) -> dict[str, str]:
    support = brand_of(home).support or _("the support of %(name)s") % {"name": home.display_name}
    return {"channel": home.display_name, "support": support}


def _values_of_seller(home: Channel, seller: Seller) -> dict[str, str]:
    wanted = Channel.objects.filter(memberships__seller=seller, memberships__wanted=True)
    return {
        "company": seller.company_name or seller.seller_id,
        "seller_id": seller.seller_id,
        "marketplaces": _names(wanted) or home.display_name,
        "reason": seller.state_reason or _("no reason was given"),
        **_values_of_channel(home),
    }


def _values_of_account(mail: Mail) -> dict[str, str]:
    account, token = mail.account, mail.secret
    assert isinstance(account, Account)
    hiding.remember(token)
    invitation = Invitation.objects.filter(token_hash=digest(token)).first()
    return {
        "company": account.company_name or account.login,
        "login": account.login,
        "link": link(mail.channel, token),
        "valid_until": _moment(invitation.expires_at) if invitation else "",
        **_values_of_channel(mail.channel),
    }


def _names(channels: Iterable[Channel]) -> str:
    return ", ".join(channel.display_name for channel in by_name(channels))


def _moment(moment: Any) -> str:
    return f"{formats.localize(timezone.localtime(moment))} {timezone.localtime(moment).tzname()}"
