"""The console's mails: the pins SCX has mailed to channels."""

from django.http import HttpRequest, HttpResponse

from platforms.sandbox import clock
from platforms.sandbox.console import Problems, console, draw, newest_first
from platforms.sandbox.models import Pin


def show(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    page = newest_first(request, Pin.objects.select_related("channel"))
    return draw(request, "mails", {"page": page, "now": clock.now()}, problems)


the_mails = console(show)
