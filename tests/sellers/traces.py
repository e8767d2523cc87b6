"""A seller who has left something in every table that knows him, and where a text still stands in the database."""

from datetime import timedelta

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from platforms.models import Channel, Discrepancy, OpenPoint
from sellers.models import LinkSession, Mail, Membership, Notice, PageFailure, Seller, SellerChange, Unlinking
from stock.models import SellerNews, StockCursor, StockDifference
from tests.factories import (
    NOON,
    AccountFactory,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PictureFactory,
    PictureFileFactory,
    PlatformFactory,
    PriceFactory,
    RevisionFactory,
    SellerFactory,
    StockLevelFactory,
    StockUpdateFactory,
    WebhookDeliveryFactory,
)

MARK = "Zacharias Mustermann"
NUMBER = 40914711
SECRET = "a-marketplace-secret"


def seller_with_traces(seller_id: str = "S1", mark: str = MARK, **values: object) -> Seller:
    """An active seller of a platform with a row of every kind, each with the mark in it."""
    platform = PlatformFactory(retention_days=30)
    market = MarketplaceFactory(platform=platform)
    seller = SellerFactory(
        channel=platform,
        seller_id=seller_id,
        company_name=mark,
        contact_name=mark,
        contact_email="zacharias@mustermann.example",
        contact_phone=mark,
        jtl_account_id=NUMBER,
        account=AccountFactory(channel=platform),
        credentials={"api_key": SECRET},
        credentials_rejection=mark,
        state_reason=mark,
        **values,
    )
    leave_traces(seller, market, mark)
    return seller


def leave_traces(seller: Seller, market: Channel, mark: str) -> None:
    membership = MembershipFactory(seller=seller, marketplace=market, error=mark, answers=[{"error": mark}])
    link = LinkSession.objects.create(
        ref=f"{seller.channel.code} {seller.pk}",
        channel=seller.channel,
        kind="update",
        seller=seller,
        outcome=mark,
        jtl_account_id=NUMBER,
    )
    PageFailure.objects.create(reference=mark, channel=seller.channel, link=link, page="form", status=500, detail=mark)
    row = {"seller": seller, "channel": market, "error": mark, "answers": [{"error": mark}]}
    Unlinking.objects.create(**row, reason="other", text=mark, note=f"note of {mark}", sent_at=NOON)
    Notice.objects.create(**row, message=mark, sent_at=NOON)
    Mail.objects.create(**row, kind="connected", recipient="zacharias@mustermann.example", language="de", sent_at=NOON)
    Discrepancy.objects.create(
        channel=market, comparison="sellers", kind="company", subject=seller.seller_id, ours=mark, theirs=mark
    )
    OpenPoint.objects.create(
        backup_at=NOON, restored_at=NOON, kind="seller", channel=seller.channel, subject=seller.seller_id
    )
    for _ in range(2):
        EventFactory(channel=market, payload={"sellerId": seller.seller_id, "contact": mark}, error=mark)
    WebhookDeliveryFactory(channel=market, seller_id=seller.seller_id, body=f'{{"data": "{mark}"}}')
    leave_offers(seller, market, mark)
    for row in (seller, membership):
        LogEntry.objects.create(
            user=User.objects.get_or_create(username="staff")[0],
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=mark,
            action_flag=CHANGE,
            change_message=mark,
        )


def leave_offers(seller: Seller, market: Channel, mark: str) -> None:
    parent = OfferFactory(channel=market, seller=seller, description=mark)
    offer = OfferFactory(channel=market, seller=seller, parent=parent, title=mark)
    PriceFactory(offer=offer)
    RevisionFactory(offer=parent, changes={"title": mark})
    ListingReportFactory(offer=offer, content={"errors": [{"message": mark}]})
    content = PictureFileFactory()
    for name in (content.file.name, content.thumbnail.name):
        default_storage.save(name, ContentFile(mark.encode()))
    PictureFactory(offer=offer, name=f"{mark}.jpg", content=content)
    StockLevelFactory(channel=market, seller_id=seller.seller_id, offer_id=offer.offer_id, offer_row=offer)
    StockLevelFactory(channel=market, seller_id=seller.seller_id, offer_id=99)
    StockUpdateFactory(channel=market, seller_id=seller.seller_id)
    SellerNews.objects.create(seller=seller, last_at=NOON)
    StockCursor.objects.create(channel=market, seller=seller, error=mark)
    of_all, _created = StockCursor.objects.get_or_create(channel=market, seller=None)
    StockDifference.objects.create(
        cursor=of_all, kind="missed", seller_id=seller.seller_id, offer_id=1, theirs=5, theirs_at=NOON
    )


def remove(seller: Seller, days_ago: float) -> None:
    """As SCX's event leaves a seller, so long ago."""
    Membership.objects.filter(seller=seller).update(confirmed=None, is_refused=True)
    since = timezone.now() - timedelta(days=days_ago)
    Seller.objects.filter(pk=seller.pk).update(state="removed", credentials={}, state_changed_at=since)


def where(text: str) -> set[str]:
    """The models with a row in which the text stands somewhere."""
    return {
        model._meta.label
        for model in apps.get_models()
        for row in model._base_manager.all()
        if any(text in str(getattr(row, field.attname)) for field in model._meta.concrete_fields)
    }


def referring() -> list[type[models.Model]]:
    """The models whose rows refer to a seller, but for the number that goes with his own."""
    related = [relation.related_model for relation in Seller._meta.related_objects]
    return [model for model in related if model is not SellerChange]
