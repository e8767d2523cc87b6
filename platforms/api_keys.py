"""Keys of the REST API: made, recognised, rotated and revoked; the key itself is told once and never stored."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from platforms import hiding
from platforms.models import ApiKey, Channel

MARK = "scxp"
OVERLAP = timedelta(days=1)
LAST_USED_EVERY = timedelta(minutes=1)


def make(
    name: str,
    scope: str = ApiKey.Scope.READ,
    channels: Iterable[Channel] = (),
    *,
    expires_at: datetime | None = None,
    scopes: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """Make a key and return its row and the key itself, which cannot be told again; no channel means all.

    `scopes`: what it may beside `scope`, such as "offers:write".
    """
    prefix = secrets.token_hex(4)
    text = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    hiding.remember(text)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name, prefix=prefix, hash=_hash(text), scope=scope, scopes=list(scopes), expires_at=expires_at
        )
        bind(key, channels)
    return key, text


def recognise(text: str) -> ApiKey | None:
    """The usable key with this text, its last use noted; None for one that is unknown, expired or revoked."""
    hiding.remember(text)
    mark, _, rest = text.partition("_")
    prefix, _, _ = rest.partition("_")
    now = timezone.now()
    usable = ApiKey.objects.usable(now).prefetch_related(Prefetch("channels", Channel.objects.only("pk")))
    key = usable.filter(prefix=prefix).first() if mark == MARK and prefix.isalnum() else None
    if key is None or not secrets.compare_digest(key.hash, _hash(text)):
        return None
    _note_use(key, now)
    return key


def rotate(key: ApiKey, *, overlap: timedelta = timedelta(0)) -> tuple[ApiKey, str]:
    """A new key like this one; the old one works until the overlap is over. Each repeats what the other sent."""
    end = timezone.now() + overlap
    with transaction.atomic():
        successor, text = make(key.name, key.scope, key.channels.all(), expires_at=key.expires_at, scopes=key.scopes)
        # What a system is told does not end with the key it was asked for by.
        key.webhook_endpoints.update(api_key=successor)
        # One whose channels are gone sees nothing, and so does the next.
        successor.origin_id, successor.is_bound = key.line, key.is_bound
        successor.save(update_fields=["origin", "is_bound"])
        ApiKey.objects.filter(pk=key.pk).filter(Q(expires_at=None) | Q(expires_at__gt=end)).update(expires_at=end)
    return successor, text


def revoke(keys: QuerySet[ApiKey]) -> int:
    """End the keys now; returns how many were not revoked already."""
    return keys.filter(revoked_at=None).update(revoked_at=timezone.now())


def bind(key: ApiKey, to: Iterable[Channel]) -> None:
    """Make the key one for these channels only, a platform with its marketplaces; none means all."""
    key.channels.set(to)
    key.is_bound = key.channels.exists()
    key.save(update_fields=["is_bound"])


def channels(key: ApiKey) -> QuerySet[Channel]:
    """The channels the key may see: those it is bound to, a platform with its marketplaces; bound to none, all."""
    if not key.is_bound:
        return Channel.objects.all()
    bound = [channel.pk for channel in key.channels.all()]
    return Channel.objects.filter(Q(pk__in=bound) | Q(platform__in=bound))


def _hash(text: str) -> str:
    """A plain hash is enough: what it hides is 32 random bytes, not a password."""
    return hashlib.sha256(text.encode()).hexdigest()


def _note_use(key: ApiKey, now: datetime) -> None:
    """At most one write a minute, however busy the key is."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
