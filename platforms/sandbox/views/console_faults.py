"""The console's faults: what is in force, and one more."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import faults, shapes
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.console import Problems, console, done, draw
from platforms.sandbox.fault_kinds import KINDS
from platforms.sandbox.models import Channel
from platforms.sandbox.pages import number
from platforms.sandbox.validation import validated

NUMBERS = ("count", "rate", "status", "seconds")
MATCH = ("method", "path", "channel")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def show(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    context = {
        "faults": faults.listed(),
        "kinds": KINDS,
        "chosen": request.POST.get("fault") or next(iter(KINDS)),
        "typed": request.POST,
        "methods": METHODS,
        "channels": Channel.objects.filter(is_platform=False).order_by("code"),
        "address": request.build_absolute_uri("/control/faults"),
    }
    return draw(request, "faults", context, problems)


def add(request: HttpRequest) -> HttpResponse:
    given: dict[str, Any] = {name: request.POST.get(name, "").strip() or None for name in ("fault", "type")}
    given |= {name: request.POST.get(name, "").strip().replace(",", ".") or None for name in NUMBERS}
    match = {name: request.POST.get(name, "").strip() for name in MATCH}
    wish = validated(shapes.CONTROL_FAULT, {**given, "match": match})
    try:
        fault = faults.add(faults.wished(wish))
    except ValueError as error:
        raise Impossible(str(error)) from None
    return done(request, _("The fault %(kind)s is in force.") % {"kind": fault.kind}, "console-faults")


def remove(request: HttpRequest) -> HttpResponse:
    faults.remove(number(request.POST.get("id")))
    return done(request, _("The fault is cleared."), "console-faults")


def clear(request: HttpRequest) -> HttpResponse:
    faults.clear()
    return done(request, _("All faults are cleared."), "console-faults")


the_faults = console(show, add=add, remove=remove, clear=clear)
