"""Faults on demand: which one strikes a request. `fault_kinds` says what there is, `misbehaving` how each plays.

A request is struck by one fault at most: the oldest that fits it and is drawn. Faults are rows, so that they survive a
restart; a request costs no query while there is none. One process serves all, so what is remembered is never stale.
"""

import hashlib
import threading
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from platforms.sandbox import clock, tokens, waiting
from platforms.sandbox.calls import AUTH, ScxRequest, refresh_token_of
from platforms.sandbox.fault_kinds import KINDS, Stage
from platforms.sandbox.models import Channel, Fault
from platforms.sandbox.problems import not_found

_lock = threading.Lock()
_memory: list[tuple[Fault, ...] | None] = [None]


def wished(wish: dict[str, Any]) -> Fault:
    """The fault that a checked CONTROL_FAULT asks for: once by default, with a `rate` until it is cleared."""
    match = wish.get("match", {})
    return Fault(
        kind=wish["fault"],
        method=match.get("method", ""),
        path=match.get("path", ""),
        channel_code=match.get("channel", ""),
        status=wish.get("status"),
        seconds=float(wish["seconds"]) if "seconds" in wish else None,
        event_type=wish.get("type", ""),
        rate=float(wish.get("rate", 1)),
        left=wish.get("count", None if "rate" in wish else 1),
    )


def add(fault: Fault) -> Fault:
    """Put a fault in force; what it does not say of status, seconds and type gets its kind's default.

    ValueError says what does not fit the kind.
    """
    _require_sensible(fault)
    kind = KINDS[fault.kind]
    fault.method = fault.method.upper()
    fault.status = fault.status or kind.default_status
    fault.seconds = kind.default_seconds if fault.seconds is None else fault.seconds
    fault.event_type = fault.event_type or kind.default_type
    fault.created_at = clock.now()
    fault.save()
    transaction.on_commit(_forget)
    return fault


def listed() -> list[dict[str, Any]]:
    """All faults, oldest first, the spent ones (`left` 0) too."""
    return [on_the_wire(fault) for fault in Fault.objects.order_by("pk")]


def clear() -> None:
    Fault.objects.all().delete()
    transaction.on_commit(_forget)
    transaction.on_commit(waiting.wake)


def remove(fault_id: int) -> None:
    """404 for a fault that is not there."""
    deleted, _models = Fault.objects.filter(pk=fault_id).delete()
    if not deleted:
        raise not_found(_("There is no fault %(id)s.") % {"id": fault_id})
    transaction.on_commit(_forget)
    transaction.on_commit(partial(waiting.wake, fault_id))


def on_the_wire(fault: Fault) -> dict[str, Any]:
    match = {"method": fault.method, "path": fault.path, "channel": fault.channel_code}
    return {
        "id": fault.pk,
        "fault": fault.kind,
        "strikes": KINDS[fault.kind].stage.value,
        "match": {name: value for name, value in match.items() if value},
        "status": fault.status,
        "seconds": fault.seconds,
        "type": fault.event_type or None,
        "rate": fault.rate,
        "left": fault.left,
        "seen": fault.seen,
        "played": fault.played,
        "createdAt": clock.wire(fault.created_at),
    }


def strike(request: ScxRequest, *stages: Stage) -> Fault | None:
    """The fault of one of these stages that strikes the request now; noted on its call. None once one has struck."""
    for fault in _in_force():
        if request.call.fault:
            return None
        if KINDS[fault.kind].stage in stages and _fits(fault, request) and _draw(fault):
            request.call.fault = fault
            return fault
    return None


def _in_force() -> tuple[Fault, ...]:
    known = _memory[0]
    if known is None:
        with _lock:
            known = _memory[0] = tuple(Fault.objects.filter(Q(left=None) | Q(left__gt=0)).order_by("pk"))
    return known


def _forget() -> None:
    with _lock:
        _memory[0] = None


def _fits(fault: Fault, request: ScxRequest) -> bool:
    return (
        fault.method in ("", request.method)
        and request.path.startswith(fault.path)
        and fault.channel_code in ("", _channel_code(request))
    )


def _channel_code(request: ScxRequest) -> str | None:
    """Of the access token; while a channel fetches one, of the refresh token."""
    channel = request.call.caller.channel
    if channel is None and request.path == AUTH:
        owner = tokens.owner_of_refresh_token(refresh_token_of(request))
        channel = owner if isinstance(owner, Channel) else None
    return channel.code if channel else None


@transaction.atomic
def _draw(fault: Fault) -> bool:
    """Count a request that fits; True when it is struck. Exact under threads: the database lets one in at a time."""
    row = Fault.objects.exclude(left=0).filter(pk=fault.pk).first()
    if row is None:
        return False
    row.seen += 1
    is_struck = _lot(row.pk, row.seen) < row.rate
    if is_struck:
        row.played += 1
        row.left = None if row.left is None else row.left - 1
    row.save(update_fields=["seen", "played", "left"])
    if row.left == 0:
        transaction.on_commit(_forget)
    return is_struck


def _lot(fault_id: int, number: int) -> float:
    """From 0 up to 1, the same for the same fault and request number, so that a run can be repeated."""
    digest = hashlib.sha256(f"{fault_id} {number}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def _require_sensible(fault: Fault) -> None:
    kind = KINDS.get(fault.kind)
    if kind is None:
        message = _("There is no fault %(kind)s. There are: %(kinds)s.")
        raise ValueError(message % {"kind": fault.kind, "kinds": ", ".join(KINDS)})
    given = {"status": fault.status, "seconds": fault.seconds, "type": fault.event_type or None}
    for name in sorted(set(given) - set(kind.fields)):
        if given[name] is not None:
            raise ValueError(_("The fault %(kind)s takes no %(field)s.") % {"kind": fault.kind, "field": name})
    # A gateway may also mean well: its maintenance page comes as a 200.
    is_page = fault.kind == "html" and fault.status == 200
    if fault.status is not None and not is_page and not 400 <= fault.status <= 599:
        raise ValueError(_("status is an HTTP status from 400 to 599."))
    if not 0 < fault.rate <= 1:
        raise ValueError(_("rate is a share of the requests: more than 0, and 1 for every one."))
    if fault.path and not fault.path.startswith("/"):
        raise ValueError(_("path is the beginning of a request's path, such as /v1/channel/event."))
    if fault.seconds is not None and kind.seconds_between:
        least, most = kind.seconds_between
        if not least <= fault.seconds <= most:
            message = _("seconds of the fault %(kind)s are from %(least)s to %(most)s.")
            raise ValueError(message % {"kind": fault.kind, "least": least, "most": most})
