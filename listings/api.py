"""REST: offers with their variations, the results of listing them, and what happened to each."""

from datetime import datetime
from typing import ClassVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from listings import api_claims, failures, resubmission, takedowns, timeline
from listings.api_claims import ClaimBody, ClaimSerializer
from listings.api_results import (
    BatchBody,
    BatchOutcome,
    FailedBody,
    InProgressBody,
    ListedBody,
    ResubmitBody,
    ResubmittedSerializer,
    TakenDownBody,
    TakenDownOutcome,
    TakenDownSerializer,
    record_batch,
    record_one,
    result_of,
)
from listings.api_shapes import OfferSerializer, TimelineSerializer, whole
from listings.handover.base import State
from listings.models import Offer, OfferQuerySet
from platforms.models import ApiKey
from platforms.rest import filters
from platforms.rest.filters import Choice, PositionOrMoment, Query, Text
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource


class OfferQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    seller = Text(help_text="A seller id.")
    state = Choice(Offer.State.choices)
    sku = Text(help_text="The SKU of the offer or of one of its variations.")
    updated_after = PositionOrMoment(
        help_text="Only what changed after this `cursor` of an offer, or after this time. Stock has a feed of its own."
    )


class OfferViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Offers whose content is known, in the order they last changed. Variations stand inside their offer."""

    family = ApiKey.Family.OFFERS
    serializer_class = OfferSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": OfferQuery}
    order_field = "number"

    def get_queryset(self) -> QuerySet[Offer]:
        """Listings in a list; by its id, a variation too."""
        found = Offer.objects.listings() if self.action == "list" else Offer.objects.visible()
        return whole(self._filtered(found.filter(self.within_channels())))

    def _filtered(self, offers: QuerySet[Offer]) -> QuerySet[Offer]:
        params = self.params
        if "seller" in params:
            offers = offers.filter(seller__seller_id=params["seller"])
        if "state" in params:
            offers = offers.filter(state=params["state"])
        if "sku" in params:
            variations = Offer.objects.visible().filter(sku=params["sku"], parent__isnull=False)
            offers = offers.filter(Q(sku=params["sku"]) | Q(pk__in=variations.values("parent")))
        if "updated_after" in params:
            since = params["updated_after"]
            lookup = "updated_at__gt" if isinstance(since, datetime) else "number__gt"
            offers = offers.filter(**{lookup: since})
        return offers

    def weights(self, offers: OfferQuerySet, limit: int) -> list[tuple[int, int]]:
        """By their texts and the number of their variations."""
        return [(key, size // 4000) for key, size in offers.sizes(limit, self.order_field)]

    @extend_schema(responses=TimelineSerializer)
    @action(detail=True)
    def timeline(self, request: Request, pk: str) -> Response:
        """What happened to the offer, oldest first: its newest content, prices and end, and its last 500 reports."""
        return Response(TimelineSerializer({"results": timeline.of(self.get_object())}).data)

    @extend_schema(request=InProgressBody, responses=OfferSerializer)
    @action(methods=["post"], detail=True, url_path="in-progress")
    def in_progress(self, request: Request, pk: str) -> Response:
        """Say that the marketplace is working on the offer."""
        return self._record("in_progress", InProgressBody)

    @extend_schema(request=ListedBody, responses=OfferSerializer)
    @action(methods=["post"], detail=True)
    def listed(self, request: Request, pk: str) -> Response:
        """Say that the offer is listed."""
        return self._record("listed", ListedBody)

    @extend_schema(request=FailedBody, responses=OfferSerializer)
    @action(methods=["post"], detail=True)
    def failed(self, request: Request, pk: str) -> Response:
        """Say that the offer cannot be listed, and why."""
        return self._record("failed", FailedBody)

    @extend_schema(request=ResubmitBody, responses=ResubmittedSerializer)
    @action(methods=["post"], detail=False)
    def resubmit(self, request: Request) -> Response:
        """Check and hand over failed offers again, with the revision they have, without waiting for JTL-Wawi."""
        values = self.body(ResubmitBody)
        channels = filters.channel_named(values["channel"], self.visible_channels)
        failed: OfferQuerySet = Offer.objects.filter(channel__in=[channel.pk for channel in channels])
        if "code" in values:
            failed = failures.of(channels, values["code"])
        if "offers" in values:
            failed = failed.filter(pk__in=values["offers"])
        done = resubmission.resubmit(failed)
        return Response(ResubmittedSerializer({"resubmitted": done.number, "more": done.has_more}).data)

    @extend_schema(request=TakenDownBody, responses=TakenDownSerializer)
    @action(methods=["post"], detail=False, url_path="taken-down")
    def taken_down(self, request: Request) -> Response:
        """Confirm that offers are off the marketplace: those that are over, and those that are withdrawn."""
        keys = self.body(TakenDownBody)["offers"]
        mine: OfferQuerySet = Offer.objects.filter(self.within_channels())
        outcomes = takedowns.confirm(keys, mine)
        told = [{"offer": key, "outcome": outcomes.get(key, takedowns.UNKNOWN)} for key in keys]
        return Response(TakenDownSerializer({"results": told}).data)

    @extend_schema(request=ClaimBody, responses=ClaimSerializer)
    @action(methods=["post"], detail=False)
    def claim(self, request: Request) -> Response:
        """Take offers to be listed, or to be taken down, that nobody has; an empty answer when there are none.

        They are held until the lease ends, and by `claims/{id}/` renewed or given back.
        """
        return api_claims.take(self)

    @extend_schema(request=None, responses=TakenDownOutcome)
    @action(methods=["post"], detail=True)
    def ended(self, request: Request, pk: str) -> Response:
        """Confirm that the offer is off the marketplace."""
        self.no_body()
        key = self.get_object().pk
        outcomes = takedowns.confirm([key], Offer.objects.all())
        return Response(TakenDownOutcome({"offer": key, "outcome": outcomes.get(key, takedowns.UNKNOWN)}).data)

    def _record(self, state: State, body: type[Strict]) -> Response:
        """The answer is the offer as it is now: a result for an older revision is reported and leaves its state."""
        values = self.body(body)
        record_one(self.get_object().pk, result_of(state, values), by=f"key:{self.key.name}")
        return Response(self.get_serializer(self.get_object()).data)


class ListingResultViewSet(Resource):
    """Results of many offers at once."""

    family = ApiKey.Family.OFFERS
    serializer_class = BatchBody

    @extend_schema(request=BatchBody, responses={200: BatchOutcome, 207: BatchOutcome})
    def create(self, request: Request) -> Response:
        """Record up to 1000 results, each by itself: 200 when all were taken, 207 when any was refused."""
        items = self.body(BatchBody)["results"]
        mine: OfferQuerySet = Offer.objects.visible().filter(self.within_channels())
        outcomes = record_batch(items, mine, by=f"key:{self.key.name}")
        refused = any(outcome["outcome"] == "error" for outcome in outcomes)
        return Response({"results": outcomes}, status=status.HTTP_207_MULTI_STATUS if refused else status.HTTP_200_OK)
