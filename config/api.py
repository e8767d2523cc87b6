"""The REST API: one router over all resources, its description, and the page that shows it."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from listings.api import ListingResultViewSet, OfferViewSet
from listings.api_claims import ClaimViewSet
from listings.api_prices import PriceChangeViewSet
from platforms.api import ChannelViewSet, EventViewSet
from platforms.api_webhooks import DeliveryViewSet, WebhookEndpointViewSet
from platforms.rest import problems
from platforms.rest.pages import DocsView, SchemaView
from sellers.api import SellerViewSet
from sellers.api_accounts import AccountViewSet
from sellers.api_changes import SellerChangeViewSet
from sellers.api_notifications import NotificationViewSet
from sellers.api_openings import OpeningViewSet
from stock.api import StockChangeViewSet, StockLevelViewSet

router = SimpleRouter()
router.register("channels", ChannelViewSet, "channel")
router.register("sellers", SellerViewSet, "seller")
router.register("seller-changes", SellerChangeViewSet, "seller-change")
router.register("accounts", AccountViewSet, "account")
router.register("notifications", NotificationViewSet, "notification")
router.register("openings", OpeningViewSet, "opening")
router.register("offers", OfferViewSet, "offer")
router.register("price-changes", PriceChangeViewSet, "price-change")
router.register("claims", ClaimViewSet, "claim")
router.register("listing-results", ListingResultViewSet, "listing-result")
router.register("stock-levels", StockLevelViewSet, "stock-level")
router.register("stock-changes", StockChangeViewSet, "stock-change")
router.register("events", EventViewSet, "event")
router.register("webhook-endpoints", WebhookEndpointViewSet, "webhook-endpoint")
router.register("deliveries", DeliveryViewSet, "delivery")

urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    re_path("", problems.unknown_address),
]
