"""A write with the header `Idempotency-Key` is done once, however often it is sent: repeats get the first answer again.

A call is claimed by a row under a lease, committed before the work. Its answer is stored in the transaction of the work
itself, so that both are there or neither, and only while the lease is still its own: who overstays it is rolled back.
So a process may die at any moment, and a repeat is done anew once the lease is over.

That cannot be for the actions that a resource names as `in_parts`: they ask another system in between, or commit their
work piece by piece. If the process dies after the work and before its answer is stored, the repeat does it once more.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import Error, IntegrityError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from platforms.fields import is_unreadable
from platforms.models import ApiKey, IdempotentCall
from platforms.rest.problems import Conflict

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 255
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
RETRY_SECONDS = 2
# The same call may get another answer at another time.
NOT_KEPT = {401, 403, 429}


class Mismatch(exceptions.APIException):
    status_code = 422
    default_code = "idempotency_mismatch"
    default_detail = gettext_lazy(
        "This Idempotency-Key was used for another call: another method, address or body. Give each call its own."
    )


class AtWork(Conflict):
    default_code = "idempotency_concurrent"
    default_detail = gettext_lazy("A call with this Idempotency-Key is still at work. Send it again for its answer.")
    wait = RETRY_SECONDS


def key_of(request: Request) -> str | None:
    """The key that a write came with, if any; raises ValidationError for what cannot be one."""
    key: str | None = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS:
        return None
    if not re.fullmatch(PATTERN, key):
        message = _("An Idempotency-Key has 1 to %(most)s printable ASCII characters.") % {"most": LONGEST}
        raise exceptions.ValidationError({HEADER: [message]}, code="invalid_idempotency_key")
    return key


def claim(api_key: ApiKey, key: str, request: Request) -> IdempotentCall:
    """The call with this key: one that has its answer already, or one that is the caller's to do now.

    Raises Mismatch, or AtWork where somebody else is doing it.
    """
    now = timezone.now()
    sent = {
        "method": request.method,
        "path": request.get_full_path(),
        "body_hash": hashlib.sha256(request.body).hexdigest(),
    }
    call, is_first = _row(api_key, key, sent, now)
    if not is_first and call.created_at <= now - IdempotentCall.KEPT_FOR:
        IdempotentCall.objects.filter(pk=call.pk).delete()
        call, is_first = _row(api_key, key, sent, now)
    if is_first:
        return call
    if any(getattr(call, name) != value for name, value in sent.items()):
        raise Mismatch
    if call.status is None:
        _take_over(call, now)
    return call


def _row(api_key: ApiKey, key: str, sent: dict[str, str | None], now: datetime) -> tuple[IdempotentCall, bool]:
    first = {**sent, "created_at": now, "leased_until": now + IdempotentCall.LEASE}
    try:
        return IdempotentCall.objects.get_or_create(api_key_id=api_key.line, key=key, defaults=first)
    except IntegrityError:
        # A twin was faster, and has let go again.
        raise AtWork from None


def _take_over(call: IdempotentCall, now: datetime) -> None:
    until = now + IdempotentCall.LEASE
    is_over = call.leased_until is not None and call.leased_until <= now
    if not is_over or not _mine(call).update(leased_until=until):
        raise AtWork
    call.leased_until = until


def _mine(call: IdempotentCall) -> QuerySet[IdempotentCall]:
    """Its row, unless somebody else took it over."""
    return IdempotentCall.objects.filter(pk=call.pk, leased_until=call.leased_until)


def keep(call: IdempotentCall, answer: HttpResponse) -> None:
    """Store the rendered answer for repeats, if it is one to stay. Raises AtWork where the lease was lost."""
    if answer.status_code in NOT_KEPT or answer.status_code >= 500:
        _let_go(call)
        return
    headers = {name: value for name, value in answer.items() if not name.startswith("RateLimit-")}
    kept = _mine(call).update(
        leased_until=None,
        status=answer.status_code,
        headers={"Content-Language": get_language(), **headers},
        body=answer.content.decode(),
    )
    if not kept:
        raise AtWork


@contextmanager
def held(call: IdempotentCall) -> Iterator[None]:
    """Let go of the call if the work inside ends without an answer."""
    try:
        yield
    except BaseException:
        _let_go(call)
        raise


def _let_go(call: IdempotentCall) -> None:
    """The next who sends it does it; if the database does not take that, once the lease is over."""
    with suppress(Error):
        _mine(call).delete()


def replay(call: IdempotentCall) -> HttpResponse:
    """The stored answer, byte for byte."""
    if is_unreadable(call.body):
        raise Conflict(
            _("The call was done, but its answer cannot be read any more: it was encrypted with a key that is gone."),
            code="idempotency_unreadable",
        )
    answer = HttpResponse(call.body.encode(), status=call.status, headers={**call.headers, REPLAYED: "true"})
    if "Content-Type" not in call.headers:
        del answer["Content-Type"]
    return answer
