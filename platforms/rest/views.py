"""What all resources share."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property, partial
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from platforms import api_keys
from platforms.models import ApiKey, Channel
from platforms.rest import filters, idempotency, throttling
from platforms.rest.filters import Query
from platforms.rest.pagination import Cursor
from platforms.rest.serializers import Nothing


class Resource(GenericViewSet[Any]):
    """A resource of the API.

    `queries` names the query parameters of each action, `conflicts` says when an action answers 409, `paged` which
    actions answer in pages, and `order_field` by which unique number. `in_parts` names the actions whose work is not to
    be one transaction, as they ask another system in between or take long (`platforms.rest.idempotency`).
    `family`: what a key's scopes call it.
    """

    family: ClassVar[ApiKey.Family]
    queries: ClassVar[dict[str, type[Query]]] = {}
    conflicts: ClassVar[dict[str, str]] = {}
    paged: ClassVar[frozenset[str]] = frozenset({"list"})
    in_parts: ClassVar[frozenset[str]] = frozenset()
    order_field = "pk"
    params: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action and self.action != "metadata":
            paging = Cursor.parameters if self.action in self.paged else ()
            self.params = filters.read(self.queries.get(self.action, Query), request.query_params, also=paging)
            if key := idempotency.key_of(request):
                method = str(request.method).lower()
                setattr(self, method, partial(self._once, key, getattr(self, method)))

    def _once(self, key: str, handler: Callable[..., Response], request: Request, **kwargs: Any) -> HttpResponse:
        """What the handler answers, or answered when the same was sent before with this `Idempotency-Key`."""
        call = idempotency.claim(self.key, key, request)
        if call.status is not None:
            return idempotency.replay(call)
        with idempotency.held(call):
            try:
                with nullcontext() if self.action in self.in_parts else transaction.atomic():
                    answer = self._rendered(handler(request, **kwargs))
                    idempotency.keep(call, answer)
            except idempotency.AtWork:
                raise
            except Exception as error:
                answer = self._rendered(self.handle_exception(error))
                idempotency.keep(call, answer)
        return answer

    def _rendered(self, answer: Response) -> Response:
        return self.finalize_response(self.request, answer).render()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        throttling.tell(request, final)
        return final

    @property
    def key(self) -> ApiKey:
        assert isinstance(self.request.auth, ApiKey)
        return self.request.auth

    @cached_property
    def visible_channels(self) -> list[Channel]:
        """The channels of the key, read once per request and without their secrets."""
        return list(api_keys.channels(self.key).defer("refresh_token", "access_token", "connector_settings"))

    @property
    def wanted_channels(self) -> list[Channel]:
        """The visible channels that the query parameter `channel` stands for; without it, all of them."""
        code = self.params.get("channel")
        return self.visible_channels if code is None else filters.channel_named(code, self.visible_channels)

    def within_channels(self, lookup: str = "channel") -> Q:
        """Rows of the wanted channels, by the lookup that leads to a row's channel; no condition where all are."""
        if "channel" not in self.params and not self.key.is_bound:
            return Q()
        return Q(**{f"{lookup}__in": [channel.pk for channel in self.wanted_channels]})

    def body(self, serializer: type[serializers.Serializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """The validated body of the request."""
        read = serializer(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        read.is_valid(raise_exception=True)
        return read.validated_data

    def no_body(self) -> None:
        """Refuses JSON that says something where nothing is to be said; what a client sends for nothing may differ."""
        if self.request.content_type.startswith("application/json"):
            self.body(Nothing)
