"""REST: the marketplace's own system says whether it accepts a seller's credentials."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.rest.problems import Conflict
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource
from sellers import rejections
from sellers.models import Seller


class RejectionBody(Strict):
    reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        help_text="For staff. The seller is told in the portal's own words, not in these.",
    )


class RejectionResource(Resource):
    """The two actions; `one_seller` is the resource's own way to a seller the key may see."""

    def one_seller(self, seller_id: str) -> Seller:
        raise NotImplementedError

    @extend_schema(request=RejectionBody)
    @action(methods=["post"], detail=True, url_path="credentials-rejected")
    def credentials_rejected(self, request: Request, seller_id: str) -> Response:
        """Say that the marketplace does not accept the seller's credentials.

        Hand-over for the seller stops; staff and the seller are told. Saying it again changes nothing but the reason.
        """
        reason = self.body(RejectionBody)["reason"]
        seller = self.one_seller(seller_id)
        try:
            rejections.reject(seller, reason)
        except ValidationError as error:
            raise Conflict.of(error) from None
        return self._seller(seller_id)

    @extend_schema(request=None)
    @action(methods=["post"], detail=True, url_path="credentials-accepted")
    def credentials_accepted(self, request: Request, seller_id: str) -> Response:
        """Say that the marketplace accepts them again; what waits is handed over."""
        self.no_body()
        rejections.accept(self.one_seller(seller_id))
        return self._seller(seller_id)

    def _seller(self, seller_id: str) -> Response:
        answer: dict[str, Any] = self.get_serializer(self.one_seller(seller_id)).data
        return Response(answer)
