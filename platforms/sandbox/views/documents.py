"""The OpenAPI documents of SCX's API and of the control API."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from platforms.sandbox.control import control


@cache
def _text(name: str) -> bytes:
    content: bytes = (settings.HERE / "openapi" / f"{name}.yaml").read_bytes()
    return content


def _shower(name: str) -> Callable[[HttpRequest], HttpResponse]:
    def show(request: HttpRequest) -> HttpResponse:
        return HttpResponse(_text(name), content_type="application/yaml")

    return show


scx = require_safe(_shower("scx"))
the_control = control(GET=_shower("control"))
