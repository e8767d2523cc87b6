"""The frame of the console: pages through which a developer does by hand what the control API does for programs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.locality import is_local
from platforms.sandbox.pages import number
from platforms.sandbox.problems import Problem, Refusal

PAGE = 50
# Which entry of the menu a page belongs to.
TABS = {
    "overview": "console",
    "channels": "console-channels",
    "channel": "console-channels",
    "faults": "console-faults",
    "settings": "console-settings",
    "events": "console-events",
    "event": "console-events",
    "books": "console-books",
    "book": "console-books",
    "reports": "console-books",
    "mails": "console-mails",
}

View = Callable[..., HttpResponse]
Problems = Sequence[Problem]


def console(show: View, **actions: View) -> View:
    """A page for this machine only: `show(request, …, problems=())` draws it, a POST names one of the `actions`.

    An action answers with a redirect (see `done`). One that is refused leaves everything as it was, and the page is
    drawn again with the problems.
    """

    @csrf_protect
    def guarded(request: HttpRequest, **captured: Any) -> HttpResponse:
        if request.method != "POST":
            return show(request, **captured)
        try:
            with transaction.atomic():
                return actions.get(request.POST.get("action", ""), _unknown)(request, **captured)
        except Impossible as error:
            problems: Problems = [Problem("", str(error))]
        except Refusal as refusal:
            problems = refusal.problems
        return show(request, **captured, problems=problems)

    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        if not is_local(request):
            return render(request, "sandbox/console/refused.html", status=403)
        return guarded(request, **captured)

    return view


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], problems: Problems = (), *, refused: bool = False
) -> HttpResponse:
    """A page of the console; 400 with problems above it, or with a form that was `refused`."""
    status = 400 if problems or refused else 200
    return render(
        request,
        f"sandbox/console/{template}.html",
        {**context, "problems": problems, "is_console": True, "tab": TABS[template]},
        status=status,
    )


def done(request: HttpRequest, text: str, name: str, **captured: Any) -> HttpResponse:
    """Go to the named page, which shows the text once."""
    messages.success(request, text)
    return redirect(name, **captured)


@dataclass(frozen=True)
class Page:
    """Some rows, newest first; `older` and `newest` are the queries of the links to the others, if there are any."""

    rows: list[Any]
    older: str = ""
    newest: str = ""


def newest_first(request: HttpRequest, rows: QuerySet[Any]) -> Page:
    """At most PAGE rows before the key `?before=`, with the other filters of the query kept in the links."""
    query = request.GET.copy()
    before = number(query.pop("before", [""])[-1])
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    newest = f"?{query.urlencode()}" if before else ""
    if len(found) <= PAGE:
        return Page(found, newest=newest)
    query["before"] = str(found[PAGE - 1].pk)
    return Page(found[:PAGE], older=f"?{query.urlencode()}", newest=newest)


def pretty(text: str) -> str:
    """JSON set out in lines; other text as it is."""
    try:
        lines = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    # Half a surrogate pair is legal in JSON, but no page can carry it.
    return lines.encode(errors="backslashreplace").decode()


def _unknown(request: HttpRequest, **captured: Any) -> HttpResponse:
    raise Impossible(_("There is no such action."))
