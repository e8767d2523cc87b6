"""Personal data of removed sellers goes after their channel's retention time, and it is said what went."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from platforms import erasure, logs, sharing, storable
from platforms.jobs import Run
from sellers.models import Seller, Unlinking
from sellers.personal_data import WIPED
from sellers.unlinking import OPEN

logger = logging.getLogger(__name__)

# Days. Longer is for ever, and beyond what a date can hold.
LONGEST_RETENTION = 36_500
# What else the job does for sellers does not wait longer; the next run goes on.
SECONDS_A_RUN = 10.0


def purge(run: Run) -> None:
    """Purge whose time has come, on all channels: those of channels that are switched off have no job of their own.

    One whose data cannot be removed now keeps neither the others nor the rest of the job.
    """
    until = float("inf") if run.ignore_backoff else time.monotonic() + SECONDS_A_RUN
    for key in _due():
        seller = Seller.objects.select_related("channel").get(pk=key)
        try:
            has_time = _purge_one(seller, run, until)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("Personal data of removed seller %s cannot be purged", seller.seller_id)
            reason = storable.text(logs.described(error), 1000)
            run.error = f"Personal data of removed seller {seller.seller_id} cannot be purged: {reason}"
            continue
        if not has_time:
            return


def _due() -> list[int]:
    """The keys of removed sellers whose time has come, the longest removed first."""
    now = timezone.now()
    # SCX is still to be told that it shall forget them elsewhere too.
    to_tell = Unlinking.objects.filter(OPEN, seller=OuterRef("pk"), channel__is_active=True)
    removed = Seller.objects.filter(~Exists(to_tell), state=Seller.State.REMOVED, purged_at=None)
    times = removed.order_by("state_changed_at").values_list("pk", "state_changed_at", "channel__retention_days")
    return [key for key, at, days in times if at <= now - timedelta(days=min(days, LONGEST_RETENTION))]


def _purge_one(seller: Seller, run: Run, until: float) -> bool:
    """Whether there is time for another; what a run has no time for, or a kill leaves, the next one removes."""
    breath = sharing.Breath()
    for _export, name in settings.PORTAL_PERSONAL_DATA.values():
        remove: Callable[[Seller], Counter[str]] = import_string(name)
        while removed := remove(seller):
            _add_up(seller, removed)
            run.counts.update({f"{what} purged": number for what, number in removed.items()})
            if run.expired or time.monotonic() > until:
                return False
            breath.take()
    run.count("sellers purged", _wipe(seller))
    return True


def _add_up(seller: Seller, removed: Counter[str]) -> None:
    with transaction.atomic():
        locked = Seller.objects.select_for_update(of=("self",)).only("purged").get(pk=seller.pk)
        locked.purged = dict(Counter(locked.purged or {}) + removed)
        locked.save(update_fields=["purged"])


def _wipe(seller: Seller) -> bool:
    """Empty the seller's own row; not of one who has come back meanwhile."""
    with transaction.atomic():
        mine = Seller.objects.select_for_update(of=("self",)).filter(
            pk=seller.pk, state=Seller.State.REMOVED, purged_at=None
        )
        locked = mine.first()
        if locked is None:
            return False
        locked.purged = dict(Counter(locked.purged or {}) + Counter(erasure.forget_history(Seller, [locked.pk])))
        locked.purged_at = timezone.now()
        for field, value in WIPED.items():
            setattr(locked, field, value)
        locked.save(update_fields=[*WIPED, "purged", "purged_at"])
    said = ", ".join(f"{number} {what}" for what, number in locked.purged.items()) or "nothing but its own row"
    logger.info("Personal data of removed seller %s on %s is purged: %s", seller.seller_id, seller.channel.code, said)
    return True
