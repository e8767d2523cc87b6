"""Probes for load balancers and people on call: is the process alive, is the portal ready for work."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from platforms import findings, heartbeat
from platforms.models import Channel

Check = dict[str, Any]


class UnappliedMigrations(Exception):
    """Not a result to remember: `migrate` may run while this process serves."""


def answer_probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware before all others: a probe names the host it likes, and is never redirected to https."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves; asks nothing of anyone."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the portal can do its work, else 503; the checks say what is wrong.

    What staff read in the admin is told here by code and number alone: anybody may ask, and the texts name channels.
    None of it makes the answer a 503, because taking the pages and the API away would heal nothing.
    """
    checks = readiness()
    is_ready = all(check["ok"] for check in checks.values())
    told = findings.told() if "worker" in checks else []
    response = JsonResponse(
        {"status": "ok" if is_ready else "failed", "checks": checks, "findings": told}, status=200 if is_ready else 503
    )
    # A probe asks every few seconds: its answer is no error of the server, to be logged or mailed as one.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def readiness() -> dict[str, Check]:
    """Name to {"ok": …} with a "detail" that says what to do where something is wrong."""
    try:
        pending = pending_migrations()
        checks: dict[str, Check] = {"database": {"ok": True}, "migrations": _migrations(pending)}
        return checks if pending else checks | {"worker": _worker(), "scx": _scx()}
    except Error:
        return {"database": {"ok": False, "detail": "The database cannot be reached; see the log of the server."}}


def pending_migrations() -> int:
    """How many migrations `migrate` would run."""
    try:
        return _require_migrated()
    except UnappliedMigrations as unapplied:
        return int(unapplied.args[0])


@cache
def _require_migrated() -> int:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise UnappliedMigrations(len(plan))
    return 0


def _migrations(pending: int) -> Check:
    return {"ok": False, "pending": pending, "detail": "Run `manage.py migrate`."} if pending else {"ok": True}


def _worker() -> Check:
    """`seconds_since_beat`: null without any beat."""
    beat_at = heartbeat.youngest()
    seconds = None if beat_at is None else max(0, round((timezone.now() - beat_at).total_seconds()))
    if seconds is not None and seconds <= heartbeat.DEAD_AFTER.total_seconds():
        return {"ok": True, "seconds_since_beat": seconds}
    return {"ok": False, "seconds_since_beat": seconds, "detail": "No worker is alive; start `manage.py worker`."}


def _scx() -> Check:
    """A portal whose channels wait for their tokens serves well; it only has nothing to do yet."""
    is_configured = Channel.objects.callable().exclude(refresh_token="").exists()
    if is_configured:
        return {"ok": True, "configured": True}
    return {"ok": True, "configured": False, "detail": "No active channel has a refresh token."}


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/health/live": live, "/health/ready": ready}
