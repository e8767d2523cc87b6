"""The console's events: the queues, one event, and events of a developer's own."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.sandbox import events, queues
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.console import Problems, console, done, draw, newest_first, pretty
from platforms.sandbox.control import json_of
from platforms.sandbox.models import Event


def show_all(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    sought = {name: request.GET.get(name, "") for name in ("channel", "type", "state")}
    sought["state"] = sought["state"] if sought["state"] in queues.STATES else ""
    counts = queues.counts()
    page = newest_first(request, queues.found(**sought).defer("envelope"))
    for event in page.rows:
        event.stands = queues.state_of(event)
    context = {
        "counts": counts,
        "page": page,
        "sought": sought,
        "states": queues.STATES,
        "types": queues.TYPES,
        "typed": request.POST,
        "address": request.build_absolute_uri("/control/events"),
    }
    return draw(request, "events", context, problems)


def emit(request: HttpRequest) -> HttpResponse:
    """With a type the JSON is the payload of one event; without, it is events as `POST /control/events` takes them."""
    channel, kind = request.POST.get("channel", ""), request.POST.get("type", "").strip()
    given = json_of(_text(request))
    ids = queues.emit({"type": kind, "event": given} if kind else given, channel)
    if not ids:
        raise Impossible(_("Nothing is queued: the channel is switched off, or the list is empty."))
    text = ngettext("%(count)s event is queued.", "%(count)s events are queued.", len(ids))
    return done(request, text % {"count": len(ids)}, "console-events")


def show_one(request: HttpRequest, pk: int, problems: Problems = ()) -> HttpResponse:
    events.bury_dead()
    event = get_object_or_404(Event.objects.select_related("channel"), pk=pk)
    context = {"event": event, "stands": queues.state_of(event), "envelope": pretty(event.envelope)}
    return draw(request, "event", context, problems)


def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same event once more, as a duplicate with the same id."""
    event = get_object_or_404(Event.objects.select_related("channel"), pk=pk)
    events.repeat(event)
    return done(request, _("The event is queued a second time, under the same id."), "console-events")


def _text(request: HttpRequest) -> str:
    """The uploaded file, or else what was pasted."""
    uploaded = request.FILES.get("file")
    if not isinstance(uploaded, UploadedFile):
        return request.POST.get("json", "")
    try:
        return uploaded.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Impossible(_("The file is not text in UTF-8.")) from None


the_events = console(show_all, emit=emit)
one_event = console(show_one, again=again)
