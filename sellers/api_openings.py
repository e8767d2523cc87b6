"""REST: a marketplace given to many sellers of its platform at once."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.models import ApiKey, Channel
from platforms.rest.filters import Choice, Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource
from sellers import opening_results, openings
from sellers.models import Membership, Opening, Seller
from sellers.opening_conditions import MOST_IDS, Conditions, LeftOut
from sellers.opening_results import Result

Done = TypeVar("Done")


class ConditionsSerializer(Strict):
    seller_ids = serializers.ListField(
        child=serializers.CharField(max_length=50), required=False, max_length=MOST_IDS, help_text="Only these sellers."
    )
    search = serializers.CharField(max_length=100, required=False, help_text="A part of the seller id or company.")
    active_on = serializers.CharField(
        max_length=30, required=False, help_text="The code of a marketplace of the platform where they sell now."
    )
    linked_since = serializers.DateField(required=False, help_text="Connected on this day or later.")
    linked_before = serializers.DateField(required=False, help_text="Connected before this day.")
    jtl_account_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
    with_declined = serializers.BooleanField(
        required=False, help_text="Also those who decided against the marketplace, or for whom it was switched off."
    )
    with_forbidden = serializers.BooleanField(
        required=False, help_text="Also those whose account does not allow the marketplace."
    )


class NewOpeningSerializer(ConditionsSerializer):
    marketplace = serializers.CharField(max_length=30, help_text="The code of the marketplace.")
    dry_run = serializers.BooleanField(default=False, help_text="Only tell what it would do.")


class NamedSerializer(serializers.ModelSerializer[Seller]):
    class Meta:
        model = Seller
        fields = ("seller_id", "company_name")
        read_only_fields = fields


class PreviewSerializer(serializers.Serializer[openings.Preview]):
    marketplace = serializers.CharField(source="marketplace.code")
    given = serializers.IntegerField(help_text="How many sellers would get it.")
    paused = serializers.IntegerField(help_text="How many of them are connected there only when they resume.")
    first = NamedSerializer(many=True, help_text="The first of them.")
    left_out = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"How many would not: {', '.join(LeftOut.values)}."
    )
    unknown_seller_ids = serializers.ListField(
        source="unknown_ids", child=serializers.CharField(), help_text="Of `seller_ids`: those nobody has."
    )


class OpeningSerializer(serializers.ModelSerializer[Opening]):
    marketplace = serializers.CharField(source="marketplace.code")
    conditions = serializers.SerializerMethodField(help_text="As they were asked for.")
    given = serializers.IntegerField(help_text="How many sellers were given it.")
    left_out = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"How many were not: {', '.join(LeftOut.values)}."
    )
    finished_at = serializers.DateTimeField(allow_null=True, help_text="Null while sellers are still being given it.")

    class Meta:
        model = Opening
        fields = (
            *("id", "marketplace", "requested_at", "requested_by", "conditions", "given", "left_out"),
            "finished_at",
        )
        read_only_fields = fields

    def get_conditions(self, opening: Opening) -> dict[str, Any]:
        # Not the limits of who asked: another key's channels are nobody's business.
        return {name: value for name, value in opening.conditions.items() if name != "channels"}


class OneOpeningSerializer(OpeningSerializer):
    results = serializers.SerializerMethodField(help_text=f"How many have which result: {', '.join(Result.values)}.")

    class Meta:
        model = Opening
        fields = (*OpeningSerializer.Meta.fields, "results")
        read_only_fields = fields

    def get_results(self, opening: Opening) -> dict[str, int]:
        return opening_results.counts(opening)


class ResultSerializer(serializers.ModelSerializer[Membership]):
    seller_id = serializers.CharField(source="seller.seller_id")
    company_name = serializers.CharField(source="seller.company_name")
    state = serializers.ChoiceField(Result.choices, source="result")
    error = serializers.CharField(help_text="What SCX said, where it did not follow; else empty.")

    class Meta:
        model = Membership
        fields = ("seller_id", "company_name", "state", "confirmed_at", "error")
        read_only_fields = fields


class RetriedSerializer(serializers.Serializer[Any]):
    retried = serializers.IntegerField(help_text="Of how many sellers SCX is told again.")


class OpeningQuery(Query):
    channel = Text(help_text="A marketplace, or a platform: those of its marketplaces.")


class ResultQuery(Query):
    state = Choice(Result.choices)


class OpeningViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Marketplaces given to many sellers of their platform at once, without a sign-up session."""

    family = ApiKey.Family.SELLERS
    serializer_class = OpeningSerializer
    lookup_value_regex = "[0-9]{1,18}"
    paged = frozenset({"list", "sellers"})
    # Thousands of sellers are not locked at once.
    in_parts = frozenset({"create", "retry"})
    queries: ClassVar[dict[str, type[Query]]] = {"list": OpeningQuery, "sellers": ResultQuery}
    conflicts = {
        "create": "Nobody can be given the marketplace: the detail says why.",
        "retry": "Nobody can be given the marketplace: the detail says why.",
    }

    def get_queryset(self) -> QuerySet[Opening]:
        visible = Opening.objects.filter(self.within_channels("marketplace")).select_related("marketplace")
        return visible.defer(
            *("marketplace__refresh_token", "marketplace__access_token", "marketplace__connector_settings")
        )

    @extend_schema(responses=OneOpeningSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One opening, with how many sellers have which result."""
        return Response(OneOpeningSerializer(self.get_object()).data)

    @extend_schema(request=NewOpeningSerializer, responses={200: PreviewSerializer, 202: OneOpeningSerializer})
    def create(self, request: Request) -> Response:
        """Give a marketplace to all sellers of its platform who meet the conditions; SCX is told of each soon after.

        With `dry_run`, only tell whom. Sent again, it is given to those who meet the conditions and lack it then.
        """
        values = self.body(NewOpeningSerializer)
        marketplace = self._channel("marketplace", values.pop("marketplace"))
        is_dry = values.pop("dry_run")
        if "active_on" in values:
            self._check_sibling(self._channel("active_on", values["active_on"]), marketplace)
        conditions = Conditions(**{**values, "seller_ids": tuple(values.get("seller_ids", ()))}, channels=self._limits)
        if is_dry:
            found = _unless_impossible(lambda: openings.preview(marketplace, conditions))
            return Response(PreviewSerializer(found).data)
        opening = _unless_impossible(lambda: openings.give(marketplace, conditions, self.key.name))
        return Response(OneOpeningSerializer(opening).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=ResultSerializer(many=True))
    @action(methods=["get"], detail=True)
    def sellers(self, request: Request, pk: str) -> Response:
        """The sellers the opening gave the marketplace to, each with what became of it."""
        rows = opening_results.of(self.get_object()).select_related("seller").defer("seller__credentials")
        if "state" in self.params:
            rows = rows.filter(result=self.params["state"])
        return self.get_paginated_response(ResultSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=None, responses={202: RetriedSerializer})
    @action(methods=["post"], detail=True)
    def retry(self, request: Request, pk: str) -> Response:
        """Tell SCX again of the sellers whom it refused."""
        self.no_body()
        opening = self.get_object()
        number = _unless_impossible(lambda: openings.retry(opening))
        return Response({"retried": number}, status=status.HTTP_202_ACCEPTED)

    @property
    def _limits(self) -> tuple[str, ...] | None:
        return tuple(sorted(channel.code for channel in self.visible_channels)) if self.key.is_bound else None

    def _channel(self, field: str, code: str) -> Channel:
        found = next((channel for channel in self.visible_channels if channel.code == code), None)
        if found is None:
            message = _("There is no channel “%(code)s”, or none that this key may see.") % {"code": code}
            raise serializers.ValidationError({field: [message]}, code="unknown_channel")
        return found

    def _check_sibling(self, channel: Channel, marketplace: Channel) -> None:
        if channel.platform_id is None or channel.platform_id != marketplace.platform_id:
            raise serializers.ValidationError({"active_on": [_("Choose a marketplace of the same platform.")]})


def _unless_impossible(call: Callable[[], Done]) -> Done:
    """What the call returns; Conflict where a rule forbids it."""
    try:
        return call()
    except ValidationError as error:
        raise Conflict.of(error) from None
