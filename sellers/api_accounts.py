"""REST: the accounts that merchants sign up with, their access codes and invitations."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.models import ApiKey, Channel
from platforms.rest.filters import Query, Text, channel_named
from platforms.rest.problems import Conflict
from platforms.rest.serializers import MomentField, Strict
from platforms.rest.views import Resource
from sellers import account_rules, accounts, invitations
from sellers.models import Account


class AccountSerializer(serializers.ModelSerializer[Account]):
    channel = serializers.CharField(source="channel.code")
    marketplaces = serializers.SlugRelatedField[Channel](
        "code", many=True, read_only=True, help_text="Where it may sell; none means every active marketplace."
    )

    has_access_code = serializers.SerializerMethodField(help_text="False until an invitation was followed.")
    access_code_expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")
    old_access_code_until = serializers.DateTimeField(
        source="previous_code_until", allow_null=True, help_text="Until when the code before the last rotation works."
    )
    locked_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when too many wrong codes lock it; null: it is not locked."
    )

    class Meta:
        model = Account
        fields = (
            "id",
            "channel",
            "login",
            "company_name",
            "email",
            "marketplaces",
            "is_active",
            "has_access_code",
            "access_code_expires_at",
            "old_access_code_until",
            "locked_at",
            "created_at",
        )
        read_only_fields = fields

    # Empty where none is known, which no format of an address allows.
    email = serializers.CharField(read_only=True, help_text="Where mails go; empty where no address is known.")

    def get_has_access_code(self, account: Account) -> bool:
        return bool(account.access_code_hash)


class AccountChangeSerializer(Strict):
    login = serializers.CharField(max_length=100, required=False)
    access_code = serializers.CharField(
        max_length=200, required=False, trim_whitespace=False, write_only=True, help_text="Kept as a hash, never told."
    )
    company_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    marketplaces = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, max_length=200, help_text="Codes of channels."
    )
    email = serializers.EmailField(
        required=False, allow_blank=True, help_text="Where invitations and links for lost access codes are sent."
    )
    is_active = serializers.BooleanField(required=False)
    access_code_expires_at = MomentField(required=False, allow_null=True, help_text="Null: it does not expire.")


class NewAccountSerializer(AccountChangeSerializer):
    channel = serializers.CharField(max_length=30, help_text="The platform or standalone channel to sign up for.")
    login = serializers.CharField(max_length=100)
    access_code = serializers.CharField(
        max_length=200,
        required=False,
        trim_whitespace=False,
        write_only=True,
        help_text="Kept as a hash, never told. Leave it out with `invite`.",
    )
    invite = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Mail a link to `email`, by which the merchant makes the access code.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["invite"] and "access_code" not in attrs:
            field = self.fields["access_code"]
            raise serializers.ValidationError({"access_code": field.error_messages["required"]}, code="required")
        return attrs


class CodeSerializer(Strict):
    old_works_until = MomentField(
        required=False,
        help_text="Until when the code so far works as well. Left out, it ends now.",
    )


class NewCodeSerializer(serializers.Serializer[Any]):
    access_code = serializers.CharField(help_text="The new access code; it is told this once.")


class AccountQuery(Query):
    channel = Text(help_text="The platform or standalone channel.")


class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, Resource):
    """The marketplace accounts that may sign up with their login and access code."""

    family = ApiKey.Family.SELLERS
    serializer_class = AccountSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": AccountQuery}
    conflicts = {
        "destroy": "A seller belongs to the account; the detail names it.",
        "partial_update": "The account is to be blocked and a seller is connected with it; the detail names it.",
        "invite": "Nobody can be invited to the account; the detail says why.",
        "reset_code": "The account has no access code yet that could go on working.",
    }

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
        invite = values.pop("invite")
        with transaction.atomic():
            account = self._save(Account(channel=channel), values)
            if invite:
                invitations.invite(account)
        return Response(self._shown(account), status=status.HTTP_201_CREATED)

    @extend_schema(request=AccountChangeSerializer, responses=AccountSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is named and leave the rest."""
        return Response(self._shown(self._save(self.get_object(), self.body(AccountChangeSerializer))))

    @extend_schema(request=None, responses={202: AccountSerializer})
    @action(methods=["post"], detail=True)
    def invite(self, request: Request, pk: str) -> Response:
        """Mail a link to the account's address, by which the merchant makes the access code; it works for 7 days."""
        self.no_body()
        account = self.get_object()
        try:
            invitations.invite(account)
        except ValidationError as error:
            raise Conflict.of(error) from None
        return Response(self._shown(account), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=CodeSerializer, responses=NewCodeSerializer)
    @action(methods=["post"], detail=True, url_path="reset-code", url_name="reset-code")
    def reset_code(self, request: Request, pk: str) -> Response:
        """Give the account a new access code, and unlock it. The answer is the only place that tells the code."""
        until = self.body(CodeSerializer).get("old_works_until")
        account = self.get_object()
        try:
            code = accounts.rotate_code(account, old_works_until=until) if until else accounts.reset_code(account)
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                raise
            raise Conflict.of(error) from None
        return Response({"access_code": code}, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses=AccountSerializer)
    @action(methods=["post"], detail=True)
    def unlock(self, request: Request, pk: str) -> Response:
        """Let the access code open the account again after too many wrong ones."""
        self.no_body()
        account = self.get_object()
        accounts.unlock(account)
        return Response(self._shown(account))

    def perform_destroy(self, instance: Account) -> None:
        try:
            account_rules.check_delete(instance)
        except account_rules.InUse as error:
            raise Conflict(" ".join(error.messages), code="in_use") from None
        instance.delete()

    def _save(self, account: Account, values: dict[str, Any]) -> Account:
        codes = values.pop("marketplaces", None)
        access_code = values.pop("access_code", None)
        for name, value in values.items():
            setattr(account, name, value)
        chosen = None if codes is None else [self._marketplace(code) for code in codes]
        try:
            return accounts.save(account, marketplaces=chosen, access_code=access_code)
        except account_rules.InUse as error:
            raise Conflict.of(error) from None

    def _marketplace(self, code: str) -> Channel:
        found = next((channel for channel in self.visible_channels if channel.code == code), None)
        if found is None:
            message = _("There is no channel “%(code)s”, or none that this key may see.") % {"code": code}
            raise serializers.ValidationError({"marketplaces": [message]}, code="unknown_channel")
        return found

    def _shown(self, account: Account) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=account.pk)).data
