"""The status page at `/`: what this is, where to go, and whether it runs. Nothing of anybody's business."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from platforms import health
from platforms.language import switchable


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def status(request: HttpRequest) -> HttpResponse:
    checks = health.readiness()
    parts = {name: checks[name]["ok"] if name in checks else None for name in ("database", "migrations", "worker")}
    is_running = all(check["ok"] for check in checks.values())
    return render(request, "platforms/status.html", {"parts": parts, "is_running": is_running})
