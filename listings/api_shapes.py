"""How offers look to the marketplace's systems."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from listings import timeline
from listings.models import ListingReport, Offer, Picture, Price
from platforms.fields import encrypted_fields
from platforms.models import Channel
from platforms.rest.serializers import PlainDecimalField, plain
from sellers.models import Seller

# Decrypting them for every row would cost more than the rest of the page.
SECRETS = (
    *(f"channel__{name}" for name in encrypted_fields(Channel)),
    *(f"seller__{name}" for name in encrypted_fields(Seller)),
)


class PriceSerializer(serializers.ModelSerializer[Price]):
    quantity = PlainDecimalField(help_text="From this quantity on.")
    amount = PlainDecimalField(help_text="For one unit.")

    class Meta:
        model = Price
        fields = ("price_type", "quantity", "amount", "currency")
        read_only_fields = fields


class PictureSerializer(serializers.ModelSerializer[Picture]):
    url = serializers.SerializerMethodField(
        help_text="The portal's own copy, which stays as long as an offer has the picture; null while there is none."
    )
    width = serializers.IntegerField(source="content.width", allow_null=True, default=None, help_text="In pixels.")
    height = serializers.IntegerField(source="content.height", allow_null=True, default=None, help_text="In pixels.")

    class Meta:
        model = Picture
        fields = ("url", "source", "state", "position", "deadline", "name", "width", "height")
        read_only_fields = fields
        extra_kwargs = {
            "source": {"help_text": "SCX's link, which lives until the deadline."},
            "name": {"help_text": "The file name at SCX: pictures of a seller with the same name are the same."},
        }

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, picture: Picture) -> str | None:
        return picture.content.url if picture.content else None


class AttributeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    group = serializers.CharField(allow_null=True)


class MoneySerializer(serializers.Serializer[Any]):
    amount = serializers.CharField()
    currency = serializers.CharField()


class NamedValueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)


class ListingErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    long_message = serializers.CharField()
    attribute_id = serializers.CharField()
    recommended_value = serializers.CharField()


class VariationSerializer(serializers.ModelSerializer[Offer]):
    channel = serializers.CharField(source="channel.code")
    seller = serializers.CharField(source="seller.seller_id", help_text="The seller id.")
    offer_id = serializers.IntegerField(help_text="SCX's id, unique for the seller on the channel.")
    parent_offer_id = serializers.IntegerField(allow_null=True)
    tax_percent = PlainDecimalField(allow_null=True)
    recommended_price = MoneySerializer(allow_null=True)
    quantity = serializers.SerializerMethodField(help_text="The stock; null while nothing is known of it.")
    attributes = AttributeSerializer(many=True)
    product_attributes = NamedValueSerializer(many=True)
    dimensions = AttributeSerializer(many=True, help_text="What sets a variation apart.")
    prices = PriceSerializer(many=True)
    pictures = PictureSerializer(many=True)
    errors = ListingErrorSerializer(  # type: ignore[assignment]
        many=True, help_text="Why the last listing failed."
    )
    take_down_since = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when the offer is to be taken off the marketplace, which is to be confirmed; else null.",
    )
    cursor = serializers.IntegerField(source="number", help_text="Give the last one you have seen as `updated_after`.")

    class Meta:
        model = Offer
        fields: tuple[str, ...] = (
            "id",
            "channel",
            "seller",
            "offer_id",
            "parent_offer_id",
            "channel_offer_id",
            "revision",
            "state",
            "state_changed_at",
            "withdrawn_at",
            "take_down_since",
            "sku",
            "gtin",
            "mpn",
            "isbn",
            "brand",
            "title",
            "sub_title",
            "description",
            "category",
            "tax_percent",
            "recommended_price",
            "quantity",
            "prices",
            "attributes",
            "product_attributes",
            "dimensions",
            "pictures",
            "listing_url",
            "errors",
            "created_at",
            "updated_at",
            "cursor",
        )
        read_only_fields = fields
        extra_kwargs = {
            "withdrawn_at": {
                "help_text": "Since when the offer must be off the marketplace, as its seller does not sell there; "
                "null while it may be there."
            }
        }

    @extend_schema_field({"type": "string", "nullable": True, "pattern": r"^-?\d+(\.\d+)?$", "example": "5"})
    def get_quantity(self, offer: Offer) -> str | None:
        # The reverse side of a one-to-one that has no row raises an AttributeError.
        level = getattr(offer, "stock_level", None)
        return None if level is None else plain(offer.channel.sellable(level.quantity))


class OfferSerializer(VariationSerializer):
    variations = VariationSerializer(many=True)

    class Meta(VariationSerializer.Meta):
        fields = (*VariationSerializer.Meta.fields, "variations")
        read_only_fields = fields


class ReportSerializer(serializers.ModelSerializer[ListingReport]):
    class Meta:
        model = ListingReport
        fields = ("state", "sent_at", "attempts", "error")
        read_only_fields = fields


class MomentSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.ChoiceField(list(timeline.WHAT))
    revision = serializers.IntegerField(allow_null=True, help_text="The revision a result was for.")
    by = serializers.CharField(
        help_text="Who: `staff:` and the user, `key:` and the API key, `connector:` and its name, or a part of ours."
    )
    event = serializers.CharField(help_text="SCX's id of the event it came by.")
    detail = serializers.CharField(help_text="The codes of a failure; what SCX answered to a report.")
    report = ReportSerializer(allow_null=True, help_text="How the report of a result to SCX went.")


class TimelineSerializer(serializers.Serializer[Any]):
    results = MomentSerializer(many=True)


def whole(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """With all that their answer shows, in a number of queries that does not grow with the page."""
    return _with_parts(offers).prefetch_related(
        Prefetch("variations", _with_parts(Offer.objects.visible()).order_by("pk"))
    )


def _with_parts(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    related = offers.select_related("channel", "seller", "stock_level").defer(*SECRETS)
    return related.prefetch_related("prices", "pictures__content")
