"""The OpenAPI description: what drf-spectacular cannot read from the views by itself."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from platforms.rest.problems import MEDIA_TYPE, TITLES
from platforms.rest.serializers import ProblemSerializer, Strict


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "platforms.rest.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made by staff or `manage.py create_api_key`."}


class PortalSchema(AutoSchema):
    """Adds each action's query parameters and the problems it may answer with."""

    def get_override_parameters(self) -> list[Any]:
        query = getattr(self.view, "queries", {}).get(getattr(self.view, "action", None))
        return [query] if query else []

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _map_basic_serializer(self, serializer: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        return {**schema, "additionalProperties": False} if isinstance(serializer, Strict) else schema

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        return {**super()._get_response_bodies(direction), **self._problems()}

    def _problems(self) -> dict[str, Any]:
        reference = self.resolve_serializer(ProblemSerializer, "response").ref
        conflict = getattr(self.view, "conflicts", {}).get(getattr(self.view, "action", None))
        return {
            str(status): {
                "description": conflict if status == 409 else str(TITLES[status]),
                "content": {MEDIA_TYPE: {"schema": reference}},
            }
            for status in self._problem_statuses(bool(conflict))
        }

    def _problem_statuses(self, conflict: bool) -> list[int]:
        statuses = [400, 401]
        if self.method not in SAFE_METHODS:
            statuses.append(403)
        if "{" in self.path:
            statuses.append(404)
        if conflict:
            statuses.append(409)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses.append(413)
            if self.get_request_serializer() is not None:
                statuses.append(415)
        return [*statuses, 429]
