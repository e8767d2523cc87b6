"""What is wrong with accounts and mails now: accounts that guessing locked, mails that do not arrive."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import ngettext

from platforms.channel_finders import counted, counted_with_error
from platforms.display import list_url
from platforms.findings import Finding
from sellers import mails
from sellers.models import Account, Mail

MAILS_LATE_AFTER = timedelta(hours=1)
# A mail that was given up is told for as long: somebody should write to the merchant another way.
GIVEN_UP_TOLD_FOR = timedelta(days=7)


def locked_accounts() -> Iterator[Finding]:
    """Accounts that too many wrong access codes in a row have locked."""
    locked = Account.objects.exclude(locked_at=None)
    for channel, number, since in counted(locked, "channel", "locked_at"):
        text = ngettext(
            "%(number)s account of %(channel)s is locked: a wrong access code was entered too often. Unlock it or "
            "give it a new code, if the merchant asks; many at once mean that somebody guesses.",
            "%(number)s accounts of %(channel)s are locked: wrong access codes were entered too often. Unlock them or "
            "give them new codes, if the merchants ask; many at once mean that somebody guesses.",
            number,
        )
        url = list_url("sellers_account", channel__id__exact=channel.pk, access="locked")
        yield Finding("accounts-locked", text % {"number": number, "channel": channel}, False, since, channel.code, url)


def undelivered_mails() -> Iterator[Finding]:
    """Mails that have waited for more than an hour, and those that were given up lately."""
    late = mails.unsent().filter(created_at__lt=timezone.now() - MAILS_LATE_AFTER)
    for channel, number, since, error in counted_with_error(late, "channel", "created_at", "attempts"):
        text = ngettext(
            "%(number)s mail to a seller of %(channel)s cannot be sent: %(error)s It is tried again every ten minutes. "
            "Look at EMAIL_URL and at the mail server.",
            "%(number)s mails to sellers of %(channel)s cannot be sent: %(error)s They are tried again every ten "
            "minutes. Look at EMAIL_URL and at the mail server.",
            number,
        )
        names = {"number": number, "channel": channel, "error": error}
        url = list_url("sellers_mail", channel__id__exact=channel.pk)
        yield Finding("mails-late", text % names, False, since, channel.code, url)
    lately = timezone.now() - GIVEN_UP_TOLD_FOR
    given_up = Mail.objects.filter(is_refused=True, attempts__gt=0, created_at__gt=lately)
    for channel, number, since in counted(given_up, "channel", "created_at"):
        text = ngettext(
            "%(number)s mail to a seller of %(channel)s was given up. The mail says why; correct the address and "
            "send it again, or write another way.",
            "%(number)s mails to sellers of %(channel)s were given up. Each says why; correct the addresses and "
            "send them again, or write another way.",
            number,
        )
        url = list_url("sellers_mail", channel__id__exact=channel.pk, is_refused__exact=1)
        yield Finding("mails-given-up", text % {"number": number, "channel": channel}, False, since, channel.code, url)
