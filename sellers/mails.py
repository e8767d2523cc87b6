"""Mails to sellers and to the people behind accounts: a row in the transaction that causes one, sent by the job."""

import logging
import smtplib
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.utils import timezone

from platforms import jobs, outbox, retry
from platforms.fields import is_unreadable
from platforms.jobs import Run
from platforms.models import Channel
from sellers import mail_texts
from sellers.branding import brand_of
from sellers.models import Account, Invitation, Mail, Seller
from sellers.sessions import digest

logger = logging.getLogger(__name__)

Kind = Mail.Kind

GIVEN_UP_AFTER = timedelta(days=3)
# How long rows stay that are sent or given up: they hold addresses of people.
KEPT_FOR = timedelta(days=90)


def queue(
    kind: str,
    *,
    channel: Channel,
    seller: Seller | None = None,
    account: Account | None = None,
    recipient: str | None = None,
    language: str | None = None,
    secret: str = "",
) -> Mail | None:
    """Note a mail, in the caller's transaction; None where its kind is off for the channel, or there is no address.

    `secret`: the token of the link in it.
    """
    home = channel.home
    if not mail_texts.is_on(home, kind):
        return None
    to = recipient or _address_of(seller, account)
    if not to:
        return None
    mail = Mail.objects.create(
        channel=home,
        seller=seller,
        account=account,
        kind=kind,
        recipient=to,
        language=mail_texts.language_of(home, language, seller.language if seller else None),
        secret=secret,
    )
    for each in home.marketplaces.filter(is_active=True)[:1] if home.is_platform else [home]:
        jobs.nudge("sellers", each)
    return mail


def _address_of(seller: Seller | None, account: Account | None) -> str:
    account = account or (seller.account if seller else None)
    return (seller.contact_email if seller else "") or (account.email if account else "")


def unsent() -> QuerySet[Mail]:
    return Mail.objects.filter(sent_at=None, is_refused=False)


def send(channel: Channel, run: Run) -> None:
    """Send what is due for the channel's sellers; a platform's mails leave with the run of any of its marketplaces."""
    tried: set[int] = set()
    while not run.expired:
        free = outbox.free(timezone.now(), ignore_backoff=run.ignore_backoff)
        due = unsent().filter(free, channel=channel.home).exclude(pk__in=tried).order_by("not_before", "pk")
        claimed = outbox.claim(due.select_related("seller", "account", "channel"), 1)
        if not claimed:
            return
        tried.add(claimed[0].pk)
        if not _send_one(claimed[0], run):
            # The others would only wait for the same server.
            return


def send_again(mails: QuerySet[Mail]) -> int:
    """Make mails due once more that were given up; one whose link is wiped cannot be. Returns how many."""
    kinds = [kind for kind in Kind.values if kind not in mail_texts.ALWAYS_ON]
    refused = mails.filter(is_refused=True, sent_at=None, kind__in=kinds)
    now = timezone.now()
    return refused.update(is_refused=False, attempts=0, error="", not_before=now, created_at=now)


def forget_old(home: Channel) -> int:
    """Delete the rows of mails that were sent or given up long ago; returns how many."""
    old = Mail.objects.filter(channel=home, created_at__lt=timezone.now() - KEPT_FOR)
    return old.exclude(sent_at=None, is_refused=False).delete()[0]


def _send_one(mail: Mail, run: Run) -> bool:
    """Send it or note why not; False where the mail server as a whole cannot be used."""
    now = timezone.now()
    over = _why_over(mail, now)
    if over:
        _refuse(mail, over, now)
        run.count("mails given up")
        return True
    try:
        with outbox.kept([mail]):
            _message(mail).send()
    # A mail backend raises what it likes, and one mail must not keep the others.
    except Exception as error:
        logger.warning("Mail %s of %s was not sent: %s", mail.pk, mail.channel.code, error)
        if _is_for_good(error):
            _refuse(mail, str(error), now)
            run.count("mails given up")
        else:
            _postpone(mail, error, now)
            run.count("mails failed")
        return not _is_servers(error)
    mail.sent_at, mail.secret = timezone.now(), ""
    outbox.note(mail, now=now, status=None)
    _record(mail)
    run.count("mails sent")
    return True


def _why_over(mail: Mail, now: datetime) -> str:
    """Why the mail shall not leave any more, or nothing: what it tells has to be so when it arrives."""
    seller = mail.seller
    if mail.kind in mail_texts.ALWAYS_ON:
        if is_unreadable(mail.secret):
            return "The link cannot be read with the present keys. Send another invitation."
        if not Invitation.objects.open(now).filter(token_hash=digest(mail.secret)).exists():
            return "The link in it does not work any more."
    elif seller is None or (
        (mail.kind == Kind.CONNECTED and not seller.is_linked)
        or (mail.kind == Kind.DISCONNECTED and seller.state not in {Seller.State.UNLINKED, Seller.State.REMOVED})
        or (mail.kind == Kind.CREDENTIALS and seller.credentials_rejected_at is None)
    ):
        return "What it tells is over."
    return "" if mail.created_at > now - GIVEN_UP_AFTER else "It could not be sent for three days."


def _message(mail: Mail) -> EmailMessage:
    text, brand = mail_texts.of(mail), brand_of(mail.channel)
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    # The same however often it is sent: a mail server that sees one twice may know it again.
    message_id = f"<mail.{mail.pk}.{mail.created_at:%Y%m%d%H%M%S%f}@{address.rpartition('@')[2]}>"
    return EmailMessage(
        text.subject,
        text.text,
        formataddr((mail_texts.one_line(mail.channel.display_name), address)),
        [mail.recipient],
        reply_to=[brand.support] if brand.support_link.startswith("mailto:") else None,
        headers={"Auto-Submitted": "auto-generated", "Message-ID": message_id},
    )


def _is_for_good(error: Exception) -> bool:
    """Whether the very mail is what cannot be sent, now and later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError | ValueError)


def _is_servers(error: Exception) -> bool:
    """Whether the mail server is away or refuses us, whatever the mail."""
    ours = smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPNotSupportedError
    return isinstance(error, OSError) and not isinstance(error, ours)


def _refuse(mail: Mail, why: str, now: datetime) -> None:
    mail.is_refused, mail.secret = True, ""
    outbox.note(mail, now=now, status=None, error=why)
    _record(mail)


def _postpone(mail: Mail, error: Exception, now: datetime) -> None:
    outbox.note(mail, now=now, status=getattr(error, "smtp_code", None), error=f"{type(error).__name__}: {error}")
    mail.not_before = retry.next_attempt(now, mail.attempts, at_most=outbox.LONGEST_WAIT_SECONDS)
    _record(mail)


def _record(mail: Mail) -> None:
    fields = ("sent_at", "is_refused", "secret", "not_before", "leased_until", "attempts", "error", "answers")
    values = {name: getattr(mail, name) for name in fields}
    # By its key: with an account its mails may be gone.
    outbox.persist(lambda: Mail.objects.filter(pk=mail.pk).update(**values))
