"""One factory a model: the least a valid row needs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from listings.models import Claim, ErrorText, ListingReport, ListingRule, Offer, Picture, PictureFile, Price, Revision
from platforms import api_keys, webhook_signatures
from platforms.models import ApiKey, Channel, Event, StockSyncGroup, WebhookDelivery, WebhookEndpoint
from sellers.models import Account, Membership, Opening, Seller
from stock.models import StockLevel, StockUpdate

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class ChannelFactory(DjangoModelFactory[Channel]):
    """A standalone channel with a token."""

    class Meta:
        model = Channel

    code = factory.Sequence(lambda n: f"SHOP{n:03}")
    kind = Channel.Kind.STANDALONE
    display_name = factory.LazyAttribute(lambda channel: channel.code.title())
    currency = "EUR"
    countries = ["DE"]
    refresh_token = "CHANNEL:a-refresh-token"


class PlatformFactory(ChannelFactory):
    code = factory.Sequence(lambda n: f"plat{n:03}")
    kind = Channel.Kind.PLATFORM
    currency = ""
    refresh_token = ""


class MarketplaceFactory(ChannelFactory):
    code = factory.Sequence(lambda n: f"market-{n:03}")
    kind = Channel.Kind.MARKETPLACE
    platform = factory.SubFactory(PlatformFactory)


class StockSyncGroupFactory(DjangoModelFactory[StockSyncGroup]):
    class Meta:
        model = StockSyncGroup

    platform = factory.SubFactory(PlatformFactory)
    label = factory.Sequence(lambda n: f"POOL-{n}")


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    channel = factory.SubFactory(ChannelFactory)
    event_id = factory.Sequence(lambda n: f"{n:024x}")
    type = "Seller:Offer.New"
    payload = factory.LazyFunction(dict)
    created_at = NOON
    not_before = NOON
    seller_id = factory.LazyAttribute(lambda event: event.payload.get("sellerId", ""))
    number = factory.Sequence(lambda n: n + 1)
    size = factory.LazyAttribute(lambda event: len(str(event.payload)))


class AccountFactory(DjangoModelFactory[Account]):
    """The access code is "open sesame" unless `access_code` names another."""

    class Meta:
        model = Account

    channel = factory.SubFactory(ChannelFactory)
    login = factory.Sequence(lambda n: f"merchant-{n}")
    company_name = "Müller & Söhne GmbH"

    @classmethod
    def _create(cls, model_class, *args, access_code="open sesame", **kwargs):
        new = model_class()
        new.set_access_code(access_code)
        return super()._create(model_class, *args, **{"access_code_hash": new.access_code_hash, **kwargs})


class SellerFactory(DjangoModelFactory[Seller]):
    """An active seller."""

    class Meta:
        model = Seller

    channel = factory.SubFactory(ChannelFactory)
    seller_id = factory.Sequence(lambda n: f"S{n:06}")
    jtl_account_id = factory.Sequence(lambda n: 1000 + n)
    company_name = "Müller & Söhne GmbH"
    state = Seller.State.ACTIVE
    linked_at = NOON


class MembershipFactory(DjangoModelFactory[Membership]):
    """A confirmed membership."""

    class Meta:
        model = Membership

    seller = factory.SubFactory(SellerFactory, channel=factory.SubFactory(PlatformFactory))
    marketplace = factory.SubFactory(MarketplaceFactory, platform=factory.SelfAttribute("..seller.channel"))
    wanted = True
    confirmed = True


class OpeningFactory(DjangoModelFactory[Opening]):
    """A finished opening that gave nobody anything."""

    class Meta:
        model = Opening

    marketplace = factory.SubFactory(MarketplaceFactory)
    finished_at = NOON


class OfferFactory(DjangoModelFactory[Offer]):
    """A pending offer with content, of an active seller of its channel."""

    class Meta:
        model = Offer

    channel = factory.SubFactory(ChannelFactory)
    seller = factory.SubFactory(SellerFactory, channel=factory.LazyAttribute(lambda s: s.factory_parent.channel.home))
    offer_id = factory.Sequence(lambda n: n + 1)
    sku = factory.Sequence(lambda n: f"SKU-{n}")
    title = "Wanderschuh „Brocken“"
    content_at = NOON
    content_event = factory.Sequence(lambda n: f"{n:024x}")
    revision = 1
    number = factory.Sequence(lambda n: n + 1)
    prices_number = factory.SelfAttribute("number")


class ClaimFactory(DjangoModelFactory[Claim]):
    class Meta:
        model = Claim

    offer = factory.SubFactory(OfferFactory)
    errand = Claim.Errand.LIST
    revision = 1
    holder = "shop system"
    leased_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))


class RevisionFactory(DjangoModelFactory[Revision]):
    class Meta:
        model = Revision

    offer = factory.SubFactory(OfferFactory)
    number = 1
    content_at = NOON
    content_event = "event"
    changes = factory.Dict({"title": "Before"})
    prices = factory.Dict({})


class PriceFactory(DjangoModelFactory[Price]):
    class Meta:
        model = Price

    offer = factory.SubFactory(OfferFactory)
    price_type = "B2C"
    quantity = Decimal(1)
    amount = Decimal("14.65")
    currency = "EUR"


class PictureFileFactory(DjangoModelFactory[PictureFile]):
    """A picture that was fetched, without its files."""

    class Meta:
        model = PictureFile

    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    format = PictureFile.Format.JPEG
    width = 800
    height = 600
    size = 40_000
    file = factory.LazyAttribute(lambda row: f"pictures/{row.sha256}.jpg")
    thumbnail = factory.LazyAttribute(lambda row: f"pictures/{row.sha256}.thumb.webp")


class PictureFactory(DjangoModelFactory[Picture]):
    """A picture to be fetched; with a `content` it is fetched."""

    class Meta:
        model = Picture

    offer = factory.SubFactory(OfferFactory)
    channel = factory.SelfAttribute("offer.channel")
    seller = factory.SelfAttribute("offer.seller")
    name = factory.Sequence(lambda n: f"{n:040x}.jpg")
    position = 0
    source = factory.LazyAttribute(lambda row: f"https://pictures.example/{row.name}")
    deadline = NOON + timedelta(days=7)
    state = factory.LazyAttribute(lambda row: "fetched" if row.content else "pending")
    content = None


class ListingRuleFactory(DjangoModelFactory[ListingRule]):
    """Asks for a title."""

    class Meta:
        model = ListingRule

    channel = factory.SubFactory(ChannelFactory)
    kind = ListingRule.Kind.REQUIRED
    field = factory.LazyAttribute(lambda rule: "title" if rule.kind == ListingRule.Kind.REQUIRED else "")


class ErrorTextFactory(DjangoModelFactory[ErrorText]):
    class Meta:
        model = ErrorText

    channel = factory.SubFactory(ChannelFactory)
    code = "GTIN_MISSING"
    language = "de"
    text = "{sku} braucht eine GTIN."
    cure = "Tragen Sie die GTIN ein."


class ListingReportFactory(DjangoModelFactory[ListingReport]):
    class Meta:
        model = ListingReport

    offer = factory.SubFactory(OfferFactory)
    channel = factory.SelfAttribute("offer.channel")
    kind = ListingReport.Kind.LISTED
    revision = factory.SelfAttribute("offer.revision")
    at = NOON
    not_before = NOON


class StockLevelFactory(DjangoModelFactory[StockLevel]):
    class Meta:
        model = StockLevel

    channel = factory.SubFactory(ChannelFactory)
    seller_id = factory.Sequence(lambda n: f"S{n:06}")
    offer_id = factory.Sequence(lambda n: n + 1)
    quantity = Decimal(5)
    version = "2026-01-01T12:00:00"
    updated_at = NOON
    source = StockLevel.Source.EVENT
    number = factory.Sequence(lambda n: n + 1)


class WebhookEndpointFactory(DjangoModelFactory[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint

    api_key = factory.LazyFunction(lambda: api_keys.make("a system", ApiKey.Scope.WRITE)[0])
    url = "https://shop.example/hooks"
    topics = factory.LazyFunction(lambda: ["*"])
    secret = factory.LazyFunction(webhook_signatures.make_secret)


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    topic = "offer.pending"
    subject = factory.Sequence(lambda n: f"offer {n + 1}")
    version = "1"
    body = '{"type": "offer.pending", "timestamp": "2026-01-01T12:00:00Z", "data": {"id": 1}}'


class StockUpdateFactory(DjangoModelFactory[StockUpdate]):
    class Meta:
        model = StockUpdate

    channel = factory.SubFactory(ChannelFactory)
    seller_id = factory.Sequence(lambda n: f"S{n:06}")
    offer_id = factory.Sequence(lambda n: n + 1)
    quantity = Decimal(5)
    version = "2026-01-01T12:00:00/0/000000/e-1"
    updated_at = NOON
    source = StockLevel.Source.EVENT
