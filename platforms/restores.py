"""After a restore from a backup: the old world is forgotten, numbers go on, and what is lost is listed for staff."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_q.models import OrmQ

from platforms import numbering
from platforms.findings import Finding
from platforms.models import Batch, Channel, Discrepancy, Heartbeat, JobStatus, OpenPoint, OutboxRow, QuotaBucket

Kind = OpenPoint.Kind


@dataclass(frozen=True)
class Unknown:
    """Something that happened after the backup, or may have, and that nobody can ask for."""

    kind: str
    channel: Channel | None = None
    subject: str = ""


Witness = Callable[[datetime], Iterable[Unknown]]
"""What cannot be known any more of the time since the backup; named in `settings.PORTAL_WITNESSES`."""


def begin(restored_at: datetime) -> None:
    """Forget what was true of the processes and tokens of then, and go on with numbers nobody has seen. Repeatable."""
    with transaction.atomic():
        for model in apps.get_models():
            if issubclass(model, OutboxRow):
                model._default_manager.update(leased_until=None)
        Channel.objects.exclude(access_token="").update(access_token="", access_token_expires_at=None)
        Channel.objects.update(token_lease_until=None, reconciled_at=None, **Channel.TOKEN_ACCEPTED)
        # Those who had begun these were not killed by them.
        Batch.objects.filter(deaths=0).delete()
        Batch.objects.exclude(began_at=None).update(began_at=None)
        # What differed then; where SCX does not answer now, nothing is done about it.
        Discrepancy.objects.all().delete()
        QuotaBucket.objects.all().delete()
        OrmQ.objects.all().delete()
        JobStatus.objects.update(queued_at=None, seat_until=None, second_seat_until=None)
        Heartbeat.objects.all().delete()
        # A session that was ended since would be open again.
        Session.objects.all().delete()
        numbering.advance(numbering.floor(restored_at))
    cache.clear()


def note_unknowns(backup_at: datetime, restored_at: datetime) -> int:
    """List what cannot be known; what was listed before stays as it is. Returns how many points are open."""
    witnesses: list[Witness] = [import_string(name) for name in settings.PORTAL_WITNESSES]
    OpenPoint.objects.bulk_create(
        (
            OpenPoint(
                backup_at=backup_at,
                restored_at=restored_at,
                kind=unknown.kind,
                channel=unknown.channel,
                subject=unknown.subject,
            )
            for witness in witnesses
            for unknown in witness(backup_at)
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return OpenPoint.objects.filter(backup_at=backup_at, settled_at=None).count()


def what_every_restore_loses(backup_at: datetime) -> Iterable[Unknown]:
    """SCX sends an acknowledged event once, and nobody but the portal kept what people set and systems answered."""
    yield Unknown(Kind.ACCESS)
    for channel in Channel.objects.callable():
        yield Unknown(Kind.OFFERS, channel)
        yield Unknown(Kind.RESULTS, channel)


def meaning(point: OpenPoint) -> str:
    """What is lost and what to do, for staff."""
    texts = {
        Kind.ACCESS: _(
            "API keys, accounts, staff logins and settings are again as they were at %(backup)s. Revoke once more "
            "what was revoked since, and make once more what was made since."
        ),
        Kind.OFFERS: _(
            "Offers, prices and stock that sellers sent between %(backup)s and %(restored)s are lost where the portal "
            "had confirmed them: SCX does not send them again. Ask the sellers to send what they changed in that time "
            "again from JTL-Wawi."
        ),
        Kind.RESULTS: _(
            "Results given between %(backup)s and %(restored)s are not known here: offers stand as pending that may "
            "be listed. Give those results again. Systems that read the feeds go on where they were; to see what "
            "changed back, they read once more from the beginning."
        ),
        Kind.SELLER: _(
            "Seller %(subject)s signed up after the backup. Only what SCX lists is known: no account, no credentials, "
            "no offer sent before %(restored)s. Ask the seller to send all offers again from JTL-Wawi and, where you "
            "need account or credentials, to disconnect there and sign up again."
        ),
    }
    return texts[Kind(point.kind)] % {
        "backup": _moment(point.backup_at),
        "restored": _moment(point.restored_at),
        "subject": point.subject,
    }


def _moment(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def open_points() -> Iterable[Finding]:
    """What a restore left unknown and nobody has marked as settled."""
    rows = OpenPoint.objects.filter(settled_at=None)
    number = rows.count()
    if number:
        text = ngettext(
            "A database restore left %(number)s point that nobody but people can put right. The list says which, and "
            "what to do; mark what is settled.",
            "A database restore left %(number)s points that nobody but people can put right. The list says which, and "
            "what to do; mark what is settled.",
            number,
        )
        yield Finding(
            code="restore-points-open",
            text=text % {"number": number},
            since=rows.aggregate(since=Min("restored_at"))["since"],
            url=f"{reverse('admin:platforms_openpoint_changelist')}?settled=no",
        )
