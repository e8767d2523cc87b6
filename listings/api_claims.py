"""REST: offers that a system takes for itself for a while, so that no other worker gets them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from listings import claims
from listings.api_shapes import OfferSerializer, whole
from listings.models import Claim, Offer
from platforms.models import ApiKey
from platforms.rest import filters
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource

CLAIM = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
SHORTEST_LEASE, LONGEST_LEASE = 30, 86_400


class LeaseBody(Strict):
    """For how long from now the offers are held."""

    lease_seconds = serializers.IntegerField(min_value=SHORTEST_LEASE, max_value=LONGEST_LEASE, default=600)


class ClaimBody(LeaseBody):
    """What a worker can take."""

    channel = serializers.CharField(
        max_length=30, required=False, help_text="A channel's code; a platform means its marketplaces. Else all."
    )
    seller = serializers.CharField(max_length=50, required=False, help_text="A seller id. Else of all sellers.")
    errand = serializers.ChoiceField(Claim.Errand.choices, default=Claim.Errand.LIST.value)
    limit = serializers.IntegerField(min_value=1, max_value=claims.MOST_AT_ONCE, default=100)


class ClaimSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="Null when there was nothing to take.")
    leased_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then nobody else gets the offers; whoever needs longer renews the claim."
    )
    results = OfferSerializer(many=True, help_text="The offers held, those that wait longest first.")


class ClaimViewSet(Resource):
    """Offers held by a worker. An answer for good, or the confirmed removal, ends the hold on an offer by itself."""

    family = ApiKey.Family.OFFERS
    serializer_class = ClaimSerializer
    lookup_field = "id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Claim]:
        return Claim.objects.filter(self.within_channels("offer__channel")).order_by("pk")

    @extend_schema(parameters=[CLAIM], responses=ClaimSerializer)
    def retrieve(self, request: Request, id: UUID) -> Response:
        """What is still held: offers that were answered, or taken by others after the lease, are gone from it."""
        return self._held(self._claims(id))

    @extend_schema(parameters=[CLAIM], request=LeaseBody, responses=ClaimSerializer)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Renew the lease of what is still held."""
        held = self._claims(id)
        claims.renew(held, timedelta(seconds=self.body(LeaseBody)["lease_seconds"]))
        return self._held(self._claims(id))

    @extend_schema(parameters=[CLAIM], responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """Give back what is still held: the next who asks gets it at once."""
        claims.let_go(self._claims(id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _claims(self, token: UUID) -> list[Claim]:
        found = list(self.get_queryset().filter(token=token))
        if not found:
            raise NotFound
        return found

    def _held(self, held: Sequence[Claim]) -> Response:
        return told(held[0].token, held[0].leased_until, [claim.offer_id for claim in held])


def take(resource: Resource) -> Response:
    """What the body of the resource's request asks for, taken for its key."""
    values = resource.body(ClaimBody)
    code = values.get("channel")
    taken = claims.take(
        resource.visible_channels if code is None else filters.channel_named(code, resource.visible_channels),
        values["errand"],
        resource.key.name,
        most=values["limit"],
        lease=timedelta(seconds=values["lease_seconds"]),
        seller=values.get("seller", ""),
    )
    return told(taken.token, taken.leased_until, taken.keys)


def told(token: UUID | None, until: datetime | None, keys: Sequence[int]) -> Response:
    """The claim with the offers of these keys that are still there."""
    offers = whole(Offer.objects.filter(pk__in=keys)).in_bulk()
    held = [offers[key] for key in keys if key in offers]
    return Response(ClaimSerializer({"id": token, "leased_until": until, "results": held}).data)
