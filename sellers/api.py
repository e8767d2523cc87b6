"""REST: sellers, where they sell, and the accounts they sign up with."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.models import Channel
from platforms.rest.filters import Choice, Query, Text, channel_named
from platforms.rest.problems import Conflict
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource
from sellers import accounts, memberships
from sellers.models import Account, Membership, Seller


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
            "channels",
        )
        read_only_fields = fields


class WishSerializer(Strict):
    is_active = serializers.BooleanField(help_text="Whether the seller shall sell on the marketplace.")


class OneSellerQuery(Query):
    channel = Text(help_text="The channel's code; needed where two channels have a seller with this id.")


class SellerQuery(Query):
    channel = Text(help_text="A platform or standalone channel, or a marketplace: those who sell there.")
    state = Choice(Seller.State.choices)


class SellerViewSet(mixins.ListModelMixin, Resource):
    """The merchants linked to the channels this key may see."""

    serializer_class = SellerSerializer
    lookup_field = "seller_id"
    lookup_value_regex = r"\w{1,50}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": SellerQuery, "retrieve": OneSellerQuery}
    conflicts = {
        "retrieve": "More than one channel has a seller with this id; the detail names them. Say which by `channel`.",
        "marketplace": "There is nothing to choose: the detail says why.",
    }

    def get_queryset(self) -> QuerySet[Seller]:
        sellers = Seller.objects.filter(self._visible())
        if "state" in self.params:
            sellers = sellers.filter(state=self.params["state"])
        seen = Membership.objects.select_related("marketplace").filter(marketplace__in=self.visible_channels)
        only_codes = seen.only("seller", "wanted", "confirmed", "error", "marketplace__code").order_by("pk")
        return (
            sellers.select_related("channel", "account")
            .defer("credentials", "account__access_code_hash")
            .defer("channel__refresh_token", "channel__access_token", "channel__connector_settings")
            .prefetch_related(Prefetch("memberships", only_codes, to_attr="seen_memberships"))
        )

    def _visible(self) -> Q:
        """Sellers of the wanted channels, and those of a platform who are members of a wanted marketplace."""
        own = self.within_channels()
        members = self.within_channels("marketplace")
        return own | Q(pk__in=Membership.objects.filter(members).values("seller")) if own else own

    def retrieve(self, request: Request, seller_id: str) -> Response:
        """One seller."""
        found = list(self.get_queryset().filter(seller_id=seller_id)[:50])
        if not found:
            raise Http404
        if len(found) > 1:
            channels = ", ".join(sorted(seller.channel.code for seller in found))
            raise Conflict(
                _("More than one channel has a seller with this id: %(channels)s. Say which, by ?channel=…")
                % {"channels": channels},
                code="ambiguous_seller",
            )
        return Response(self.get_serializer(found[0]).data)

    @extend_schema(request=WishSerializer, responses=MembershipSerializer)
    @action(methods=["put"], detail=True, url_path="channels/(?P<code>[A-Za-z0-9_-]{2,30})")
    def marketplace(self, request: Request, seller_id: str, code: str) -> Response:
        """Say whether the seller shall sell on a marketplace of its platform; SCX is told soon after."""
        wanted = self.body(WishSerializer)["is_active"]
        marketplace = next((channel for channel in self.visible_channels if channel.code == code), None)
        if marketplace is None:
            raise Http404
        seller = (
            self.get_queryset().filter(seller_id=seller_id, channel=marketplace.platform_id or marketplace.pk).first()
        )
        if seller is None:
            raise Http404
        try:
            membership = memberships.set_wanted(seller, marketplace, wanted)
        except ValidationError as error:
            raise Conflict.of(error) from None
        return Response(MembershipSerializer(membership).data)


class AccountSerializer(serializers.ModelSerializer[Account]):
    channel = serializers.CharField(source="channel.code")
    marketplaces = serializers.SlugRelatedField[Channel](
        "code", many=True, read_only=True, help_text="Where it may sell; none means every active marketplace."
    )

    class Meta:
        model = Account
        fields = ("id", "channel", "login", "company_name", "marketplaces", "is_active", "created_at")
        read_only_fields = fields


class AccountChangeSerializer(Strict):
    login = serializers.CharField(max_length=100, required=False)
    access_code = serializers.CharField(
        max_length=200, required=False, trim_whitespace=False, write_only=True, help_text="Kept as a hash, never told."
    )
    company_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    marketplaces = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, max_length=200, help_text="Codes of channels."
    )
    is_active = serializers.BooleanField(required=False)


class NewAccountSerializer(AccountChangeSerializer):
    channel = serializers.CharField(max_length=30, help_text="The platform or standalone channel to sign up for.")
    login = serializers.CharField(max_length=100)
    access_code = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class AccountQuery(Query):
    channel = Text(help_text="The platform or standalone channel.")


class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, Resource):
    """The marketplace accounts that may sign up with their login and access code."""

    serializer_class = AccountSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": AccountQuery}
    conflicts = {"destroy": "Sellers signed up with the account. Switch it off instead."}

    def get_queryset(self) -> QuerySet[Account]:
        visible = Account.objects.filter(self.within_channels()).select_related("channel")
        return visible.prefetch_related(Prefetch("marketplaces", Channel.objects.only("code").order_by("code"))).defer(
            "channel__refresh_token", "channel__access_token", "channel__connector_settings"
        )

    @extend_schema(request=NewAccountSerializer, responses={201: AccountSerializer})
    def create(self, request: Request) -> Response:
        """Make an account."""
        values = self.body(NewAccountSerializer)
        channel = channel_named(values.pop("channel"), self.visible_channels)[0]
        account = self._save(Account(channel=channel), values)
        return Response(self._shown(account), status=status.HTTP_201_CREATED)

    @extend_schema(request=AccountChangeSerializer, responses=AccountSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is named and leave the rest."""
        return Response(self._shown(self._save(self.get_object(), self.body(AccountChangeSerializer))))

    def _save(self, account: Account, values: dict[str, Any]) -> Account:
        codes = values.pop("marketplaces", None)
        access_code = values.pop("access_code", None)
        for name, value in values.items():
            setattr(account, name, value)
        chosen = None if codes is None else [self._marketplace(code) for code in codes]
        return accounts.save(account, marketplaces=chosen, access_code=access_code)

    def _marketplace(self, code: str) -> Channel:
        found = next((channel for channel in self.visible_channels if channel.code == code), None)
        if found is None:
            message = _("There is no channel “%(code)s”, or none that this key may see.") % {"code": code}
            raise serializers.ValidationError({"marketplaces": [message]}, code="unknown_channel")
        return found

    def _shown(self, account: Account) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=account.pk)).data
