"""The pages about the API: its description, and the page that shows it. Both are public."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


@cache
def _rendered(renderer: Callable[[], BaseRenderer]) -> Any:
    """The description, the same for everyone and as long as the process lives: making it takes a second."""
    with translation.override("en"):
        description = SchemaGenerator().get_schema(request=None, public=True)
        return renderer().render(description, renderer_context={})


class SchemaView(SpectacularAPIView):
    """The description of the API, in YAML or JSON as `Accept` or `?format=` says."""

    content_negotiation_class = DefaultContentNegotiation

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        body = _rendered(type(renderer))  # type: ignore[arg-type]  # a class is hashable
        return HttpResponse(body, content_type=renderer.media_type)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from the package's own files, without anything the content security policy forbids."""

    content_negotiation_class = DefaultContentNegotiation
    template_name = "api/docs.html"
    url_name = "schema"
