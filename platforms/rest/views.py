"""What all resources share."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from platforms import api_keys
from platforms.models import ApiKey, Channel
from platforms.rest import filters
from platforms.rest.filters import Query
from platforms.rest.pagination import Cursor
from platforms.rest.serializers import Nothing


class Resource(GenericViewSet[Any]):
    """A resource of the API.

    `queries` names the query parameters of each action, `conflicts` says when an action answers 409, `paged` which
    actions answer in pages, and `order_field` by which unique number.
    """

    queries: ClassVar[dict[str, type[Query]]] = {}
    conflicts: ClassVar[dict[str, str]] = {}
    paged: ClassVar[frozenset[str]] = frozenset({"list"})
    order_field = "pk"
    params: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action and self.action != "metadata":
            paging = Cursor.parameters if self.action in self.paged else ()
            self.params = filters.read(self.queries.get(self.action, Query), request.query_params, also=paging)

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
