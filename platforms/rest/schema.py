"""The OpenAPI description: what drf-spectacular cannot read from the views by itself."""

from typing import Any, Literal, cast

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

from platforms.rest import idempotency, throttling
from platforms.rest.problems import MEDIA_TYPE, TITLES
from platforms.rest.serializers import ProblemSerializer, Strict
from platforms.rest.views import Resource

IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    {"type": "string", "pattern": idempotency.PATTERN, "example": "8e03978e-40d5-43dd-bc93-6894a57f9324"},
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters, such as a UUID. For 24 hours the same call with the same key is "
    "not done again, but answered as the first was.",
)
AT_WORK = "A call with the same `Idempotency-Key` is still at work."
ANOTHER_CALL = "The `Idempotency-Key` was used for another method, address or body."
SECONDS = {"type": "integer", "minimum": 0}
HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    throttling.HEADERS[0]: ({"type": "integer"}, "How many calls a key has in a minute."),
    throttling.HEADERS[1]: (SECONDS, "How many of them are left now."),
    throttling.HEADERS[2]: (SECONDS, "Seconds until the minute is over; with none left, until the next call."),
    "Retry-After": (SECONDS, "Seconds after which to send it again."),
    idempotency.REPLAYED: ({"type": "string", "enum": ["true"]}, "This is the stored answer of the first such call."),
}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "platforms.rest.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made by staff or `manage.py create_api_key`."}


class PortalSchema(AutoSchema):
    """Adds each action's query parameters, the problems it may answer with, and what headers tell."""

    def get_override_parameters(self) -> list[Any]:
        query = getattr(self.view, "queries", {}).get(getattr(self.view, "action", None))
        return [*([query] if query else []), *([IDEMPOTENCY_KEY] if self._is_write else [])]

    def get_examples(self) -> list[OpenApiExample]:
        bodies = settings.PORTAL_API_EXAMPLES.get(f"{self.method} {self.path}", {})
        return [OpenApiExample(name, value=body, request_only=True) for name, body in bodies.items()]

    @property
    def _is_write(self) -> bool:
        return self.method not in SAFE_METHODS

    def get_description(self) -> str:  # type: ignore[override]  # a text that the stubs take for something else
        scope = f"{cast(Resource, self.view).family}:{'write' if self._is_write else 'read'}"
        return f"{super().get_description()}\n\nScope: `{scope}`.".strip()

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _map_basic_serializer(self, serializer: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        return {**schema, "additionalProperties": False} if isinstance(serializer, Strict) else schema

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        answers = {**super()._get_response_bodies(direction), **self._problems()}
        return {status: {**answer, "headers": self._headers(status)} for status, answer in answers.items()}

    def _headers(self, status: str) -> dict[str, Any]:
        names = [] if status == "401" else [*throttling.HEADERS]
        if status == "429" or (status == "409" and self._is_write):
            names.append("Retry-After")
        if self._is_write and int(status) not in {*idempotency.NOT_KEPT, 413, 422}:
            names.append(idempotency.REPLAYED)
        return {name: self._header(name) for name in names}

    def _header(self, name: str) -> dict[str, str]:
        schema, description = HEADERS[name]
        component = ResolvedComponent(
            name, ResolvedComponent.HEADER, {"schema": schema, "description": description}, object=name
        )
        self.registry.register_on_missing(component)
        return component.ref

    def _problems(self) -> dict[str, Any]:
        reference = self.resolve_serializer(ProblemSerializer, "response").ref
        conflict = getattr(self.view, "conflicts", {}).get(getattr(self.view, "action", None))
        told = {409: " ".join(filter(None, [conflict, AT_WORK if self._is_write else ""])), 422: ANOTHER_CALL}
        return {
            str(status): {
                "description": told.get(status) or str(TITLES[status]),
                "content": {MEDIA_TYPE: {"schema": reference}},
            }
            for status in self._problem_statuses(bool(conflict))
        }

    def _problem_statuses(self, conflict: bool) -> list[int]:
        statuses = [400, 401, 403]
        if "{" in self.path:
            statuses.append(404)
        if conflict or self._is_write:
            statuses.append(409)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses.append(413)
            if self.get_request_serializer() is not None:
                statuses.append(415)
        if self._is_write:
            statuses.append(422)
        return [*statuses, 429]
