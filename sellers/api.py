"""REST: sellers, and where they sell."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.models import ApiKey
from platforms.rest.filters import Choice, Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource
from sellers import memberships, unlinking
from sellers.api_rejections import RejectionResource
from sellers.models import Membership, Seller, Unlinking


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    channel = serializers.CharField(source="marketplace.code")
    wanted = serializers.BooleanField(help_text="Whether the seller shall sell there.")
    confirmed = serializers.BooleanField(allow_null=True, help_text="What SCX confirmed last; null before it did.")
    error = serializers.CharField(help_text="Why SCX has not followed the wish; empty when nothing is wrong.")

    class Meta:
        model = Membership
        fields = ("channel", "wanted", "confirmed", "error")
        read_only_fields = fields


class SellerSerializer(serializers.ModelSerializer[Seller]):
    channel = serializers.CharField(source="channel.code", help_text="The platform, or the standalone channel.")
    account = serializers.CharField(
        source="account.login", default=None, allow_null=True, read_only=True, help_text="The login of its account."
    )
    channels = MembershipSerializer(source="seen_memberships", many=True, help_text="The marketplaces of a platform.")

    class Meta:
        model = Seller
        fields = (
            "seller_id",
            "channel",
            "jtl_account_id",
            "company_name",
            "account",
            "state",
            "state_reason",
            "state_changed_at",
            "linked_at",
            "created_at",
            "credentials_rejected_at",
            "credentials_rejection",
            "channels",
        )
        read_only_fields = fields
        extra_kwargs = {
            "credentials_rejected_at": {
                "help_text": "Since when the marketplace does not accept the stored credentials, or null; nothing is "
                "handed over meanwhile."
            },
            "credentials_rejection": {"help_text": "Why, in the words of who said so."},
        }


def seen_by(resource: Resource, sellers: QuerySet[Seller]) -> QuerySet[Seller]:
    """Those among the sellers that the request may see and wants, with what their serializer tells.

    Sellers of the wanted channels, and those of a platform who are members of a wanted marketplace.
    """
    own, members = resource.within_channels(), resource.within_channels("marketplace")
    wanted = own | Q(pk__in=Membership.objects.filter(members).values("seller")) if own else own
    seen = Membership.objects.select_related("marketplace").filter(marketplace__in=resource.visible_channels)
    only_codes = seen.only("seller", "wanted", "confirmed", "error", "marketplace__code").order_by("pk")
    return (
        sellers.filter(wanted)
        .select_related("channel", "account")
        .defer("credentials", "account__access_code_hash")
        .defer("channel__refresh_token", "channel__access_token", "channel__connector_settings")
        .prefetch_related(Prefetch("memberships", only_codes, to_attr="seen_memberships"))
    )


class WishSerializer(Strict):
    is_active = serializers.BooleanField(help_text="Whether the seller shall sell on the marketplace.")


class UnlinkSerializer(Strict):
    reason = serializers.ChoiceField(Unlinking.Reason.choices)
    text = serializers.CharField(
        max_length=500, default="", allow_blank=True, help_text="Needed for `other`: what SCX and the seller are told."
    )
    note = serializers.CharField(
        max_length=2000, default="", allow_blank=True, help_text="For staff only; it never leaves the portal."
    )


class OneSellerQuery(Query):
    channel = Text(help_text="The channel's code; needed where two channels have a seller with this id.")


class SellerQuery(Query):
    channel = Text(help_text="A platform or standalone channel, or a marketplace: those who sell there.")
    state = Choice(Seller.State.choices)


AMBIGUOUS = "More than one channel has a seller with this id; the detail names them. Say which by `channel`."


class SellerViewSet(mixins.ListModelMixin, RejectionResource):
    """The merchants linked to the channels this key may see."""

    family = ApiKey.Family.SELLERS
    serializer_class = SellerSerializer
    lookup_field = "seller_id"
    # As SCX has them: adopted ids need not be as ours are.
    lookup_value_regex = r"[^/\x00-\x1f]{1,50}"
    queries: ClassVar[dict[str, type[Query]]] = {
        "list": SellerQuery,
        **dict.fromkeys(("retrieve", "unlink", "credentials_rejected", "credentials_accepted"), OneSellerQuery),
    }
    conflicts = {
        "retrieve": AMBIGUOUS,
        "credentials_rejected": f"The seller is not connected yet, or was removed. {AMBIGUOUS}",
        "credentials_accepted": AMBIGUOUS,
        "marketplace": "There is nothing to choose: the detail says why.",
        "unlink": "The seller is not connected, or is being disconnected already; or more than one channel has the id.",
    }

    def get_queryset(self) -> QuerySet[Seller]:
        sellers = Seller.objects.all()
        if "state" in self.params:
            sellers = sellers.filter(state=self.params["state"])
        return seen_by(self, sellers)

    def retrieve(self, request: Request, seller_id: str) -> Response:
        """One seller."""
        return Response(self.get_serializer(self.one_seller(seller_id)).data)

    def one_seller(self, seller_id: str) -> Seller:
        """The seller with this id; raises Http404, or Conflict where several channels have one."""
        found: list[Seller] = list(self.get_queryset().filter(seller_id=seller_id)[:50])
        if not found:
            raise Http404
        if len(found) > 1:
            channels = ", ".join(sorted(seller.channel.code for seller in found))
            raise Conflict(
                _("More than one channel has a seller with this id: %(channels)s. Say which, by ?channel=…")
                % {"channels": channels},
                code="ambiguous_seller",
            )
        return found[0]

    @extend_schema(request=UnlinkSerializer, responses={202: SellerSerializer})
    @action(methods=["post"], detail=True)
    def unlink(self, request: Request, seller_id: str) -> Response:
        """Disconnect the seller: SCX is told soon after, on each marketplace, and the seller ends with its answer."""
        wish = self.body(UnlinkSerializer)
        seller = self.one_seller(seller_id)
        if not unlinking.concerned(seller) <= {channel.pk for channel in self.visible_channels}:
            raise PermissionDenied(_("The seller sells on marketplaces that this key may not see."))
        unlinking.check_text(seller, wish["reason"], wish["text"])
        try:
            unlinking.request(seller, **wish, by=self.key.name)
        except ValidationError as error:
            raise Conflict.of(error) from None
        return Response(self.get_serializer(self.one_seller(seller_id)).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=WishSerializer, responses=MembershipSerializer)
    @action(methods=["put"], detail=True, url_path="channels/(?P<code>[A-Za-z0-9_-]{2,30})")
    def marketplace(self, request: Request, seller_id: str, code: str) -> Response:
        """Say whether the seller shall sell on a marketplace of its platform; SCX is told soon after."""
        wanted = self.body(WishSerializer)["is_active"]
        marketplace = next((channel for channel in self.visible_channels if channel.code == code), None)
        if marketplace is None:
            raise Http404
        home = marketplace.platform_id or marketplace.pk
        # One whose channel it is not has nothing to choose there, and is told so.
        seller = self.get_queryset().filter(seller_id=seller_id, channel=home).first() or self.one_seller(seller_id)
        try:
            membership = memberships.set_wanted(seller, marketplace, wanted)
        except ValidationError as error:
            raise Conflict.of(error) from None
        return Response(MembershipSerializer(membership).data)
