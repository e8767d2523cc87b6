"""REST: what may be said of a channel; what the rules say of it is said by `platforms.channels`."""

from typing import Any

from rest_framework import serializers

from platforms import channel_parts
from platforms.models import Channel
from platforms.models.channels import MOST_HELD_BACK
from platforms.rest.serializers import Strict


class ClientVersionSerializer(Strict):
    type = serializers.CharField(max_length=100, help_text="SCX's name of the client, such as Wawi.")
    version = serializers.CharField(max_length=100, help_text="Four numbers, such as 1.11.0.0.")


class PriceTypeChangeSerializer(Strict):
    id = serializers.CharField(max_length=100, help_text="The `price_type` of prices, such as B2C.")
    display_name = serializers.CharField(max_length=200, help_text="What merchants read in JTL-Wawi.")
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class ChannelChangeSerializer(Strict):
    """What is left out stays as it is."""

    kind = serializers.ChoiceField(Channel.Kind.choices, required=False)
    platform = serializers.CharField(
        max_length=30, required=False, allow_null=True, help_text="The platform's code; null for none."
    )
    display_name = serializers.CharField(max_length=100, required=False)
    is_active = serializers.BooleanField(required=False)
    currency = serializers.CharField(
        max_length=3, required=False, allow_blank=True, help_text="Three capital letters, such as EUR."
    )
    languages = serializers.ListField(child=serializers.CharField(max_length=10), required=False, max_length=50)
    countries = serializers.ListField(child=serializers.CharField(max_length=10), required=False, max_length=300)
    sign_up_url = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="With {SESSION}, where SCX puts the session. Empty: the portal's own page. Not of a marketplace.",
    )
    update_url = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="As `sign_up_url`, which it follows where empty."
    )
    stock_source = serializers.ChoiceField(Channel.StockSource.choices, required=False)
    stock_sync_group = serializers.CharField(
        max_length=100,
        required=False,
        allow_null=True,
        help_text="The label of a group of the platform, made where it is missing; null leaves the group.",
    )
    stock_buffer = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_HELD_BACK, help_text="So many pieces fewer are offered."
    )
    stock_minimum = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_HELD_BACK, help_text="Of a smaller stock none are offered."
    )
    new_sellers = serializers.ChoiceField(
        Channel.NewSellers.choices, required=False, help_text="Whether new sellers of the platform sell here."
    )
    price_types = PriceTypeChangeSerializer(
        many=True, required=False, help_text="All of them; SCX is told of those it does not know."
    )
    minimum_client_versions = ClientVersionSerializer(many=True, required=False)
    feature_flags = serializers.DictField(required=False)
    connector = serializers.CharField(max_length=50, required=False)
    connector_settings = serializers.DictField(
        required=False, write_only=True, help_text="Replaces what is stored, and is never told. {} forgets it."
    )
    branding = serializers.DictField(required=False, help_text="How the pages for sellers look.")
    retention_days = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    in_progress_report = serializers.ChoiceField(
        Channel.InProgress.choices, required=False, help_text="When SCX is told by itself that an offer is worked on."
    )
    waiting_limit_hours = serializers.IntegerField(
        required=False, min_value=1, max_value=8760, help_text="After these an offer has waited too long."
    )
    several_sellers_per_account = serializers.BooleanField(required=False)
    unlink_rejected_after_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=3650, help_text="Null or 0: never by itself."
    )
    refresh_token = serializers.CharField(
        max_length=10_000,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="Replaces what is stored, and is never told. Empty text forgets it.",
    )

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **channel_parts.written_fields()}


class NewChannelSerializer(ChannelChangeSerializer):
    code = serializers.CharField(max_length=30, help_text="The channel's name in SCX.")
    kind = serializers.ChoiceField(Channel.Kind.choices)
