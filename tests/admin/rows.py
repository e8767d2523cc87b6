"""One maker of rows a registered model, and the cast of the admin's tests."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success, Task
from django_q.signing import SignedPackage

from listings.models import Claim, ErrorText, ListingReport, ListingRule, Offer, Picture, PictureFile, Price, Revision
from platforms import api_keys
from platforms.models import (
    AddressProbe,
    ApiKey,
    Batch,
    Channel,
    ChannelAtScx,
    Discrepancy,
    Event,
    FeedCounter,
    Heartbeat,
    IdempotentCall,
    JobStatus,
    OpenPoint,
    PriceType,
    QuotaBucket,
    StaffAccess,
    StockSyncGroup,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookPosition,
)
from sellers.models import (
    Account,
    Invitation,
    LinkSession,
    Mail,
    Membership,
    Notice,
    Opening,
    PageFailure,
    Seller,
    SellerChange,
    Unlinking,
)
from stock.models import Levelling, SellerNews, StockCursor, StockDifference, StockLevel, StockMinute, StockUpdate
from tests.factories import (
    NOON,
    AccountFactory,
    ChannelFactory,
    ClaimFactory,
    ErrorTextFactory,
    EventFactory,
    ListingReportFactory,
    ListingRuleFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    OpeningFactory,
    PictureFactory,
    PictureFileFactory,
    PlatformFactory,
    PriceFactory,
    RevisionFactory,
    SellerFactory,
    StockLevelFactory,
    StockSyncGroupFactory,
    StockUpdateFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

_serial = count(1)


def user(**kwargs: Any) -> User:
    return User.objects.create(username=f"user{next(_serial)}", **kwargs)


def staff_of(*channels: Channel) -> User:
    """A superuser limited to the channels: the limit is what is tested, not Django's permissions."""
    limited = user(is_staff=True, is_superuser=True)
    StaffAccess.objects.create(user=limited).channels.set(channels)
    return limited


def event() -> Event:
    payload = {"sellerId": "S000001", "note": "</pre><script>alert(1)</script> Größe 42 😀"}
    return EventFactory(payload=payload, number=next(_serial))


def offer() -> Offer:
    row = OfferFactory(
        parent=OfferFactory(),
        description="<p>Schuh</p><script>alert(1)</script>",
        attributes=[{"id": "farbe", "value": "grün", "group": "1"}],
        errors=[{"code": "GTIN", "message": "GTIN fehlt"}],
        listing_url="javascript:alert(1)",
    )
    PriceFactory(offer=row)
    picture(row)
    StockLevelFactory(offer_row=row, number=next(_serial))
    ListingReportFactory(offer=row)
    ClaimFactory(offer=row)
    return row


def listing() -> Offer:
    row = offer()
    Offer.objects.filter(pk=row.pk).update(parent=None)
    row.refresh_from_db()
    return row


def picture(row: Offer | None = None) -> Picture:
    return PictureFactory(offer=row or OfferFactory(), content=PictureFileFactory())


def link_session() -> LinkSession:
    channel = ChannelFactory()
    return LinkSession.objects.create(
        ref=f"ref-{next(_serial)}",
        channel=channel,
        kind=LinkSession.Kind.SIGN_UP,
        session="session-of-scx",
        seller=SellerFactory(channel=channel),
    )


def page_failure() -> PageFailure:
    link = link_session()
    return PageFailure.objects.create(
        reference=f"{next(_serial):032x}", channel=link.channel, link=link, page="no-answer", status=503
    )


def invitation() -> Invitation:
    return Invitation.objects.create(
        account=AccountFactory(), purpose="invitation", token_hash=f"{next(_serial):064x}", expires_at=NOON
    )


def unlinking() -> Unlinking:
    seller = SellerFactory()
    return Unlinking.objects.create(
        seller=seller, channel=seller.channel, reason="other", text="Ende", note="<script>alert(1)</script>"
    )


def price_type() -> PriceType:
    return PriceType.objects.create(
        channel=ChannelFactory(), price_type_id="B2C", display_name="<script>alert(1)</script>"
    )


def notice() -> Notice:
    seller = SellerFactory()
    return Notice.objects.create(seller=seller, channel=seller.channel, message="<script>alert(1)</script>")


def mail() -> Mail:
    seller = SellerFactory()
    return Mail.objects.create(
        channel=seller.channel, seller=seller, kind="connected", recipient="shop@example.com", language="de"
    )


def task(*, success: bool) -> Task:
    return Task.objects.create(
        id=f"{next(_serial):032d}",
        name="apply SHOP",
        func="platforms.tasks.work",
        args=("apply", "SHOP"),
        started=NOON,
        stopped=NOON + timedelta(seconds=1),
        success=success,
        result="it went wrong",
    )


def queued_task() -> OrmQ:
    package = {"id": "1", "name": "apply", "func": "platforms.tasks.work", "args": ("apply", "SHOP"), "kwargs": {}}
    return OrmQ.objects.create(key="portal", payload=SignedPackage.dumps(package), lock=timezone.now())


def stock_level() -> StockLevel:
    return StockLevelFactory(offer_row=OfferFactory(), number=next(_serial))


def staff_access() -> StaffAccess:
    access = StaffAccess.objects.create(user=user())
    access.channels.add(ChannelFactory())
    return access


def stock_cursor() -> StockCursor:
    seller = SellerFactory()
    return StockCursor.objects.create(channel=seller.channel, seller=seller)


def discrepancy() -> Discrepancy:
    return Discrepancy.objects.create(
        channel=ChannelFactory(), comparison="settings", kind="currency", ours="EUR", theirs="<script>alert(1)"
    )


def open_point() -> OpenPoint:
    channel = ChannelFactory()
    return OpenPoint.objects.create(
        backup_at=NOON, restored_at=NOON, kind="seller", channel=channel, subject="<script>alert(1)"
    )


def address_probe() -> AddressProbe:
    url = "javascript:alert(1){SESSION}"
    return AddressProbe.objects.create(
        channel=ChannelFactory(), kind="sign-up", url=url, problem="other-page", detail="shop.example: 404"
    )


MAKERS: dict[type[Model], Callable[[], Model]] = {
    Channel: MarketplaceFactory,
    StockSyncGroup: StockSyncGroupFactory,
    StaffAccess: staff_access,
    Event: event,
    QuotaBucket: lambda: QuotaBucket.objects.create(channel=ChannelFactory(), group="offer", limit=5, interval=60),
    Discrepancy: discrepancy,
    ChannelAtScx: lambda: ChannelAtScx.objects.create(
        channel=ChannelFactory(), settings={"displayName": "<script>alert(1)"}, settings_at=NOON
    ),
    OpenPoint: open_point,
    AddressProbe: address_probe,
    Batch: lambda: Batch.objects.create(job="apply", channel=ChannelFactory(), keys=[1, 2], deaths=1),
    JobStatus: lambda: JobStatus.objects.create(job="apply", channel=ChannelFactory()),
    Heartbeat: lambda: Heartbeat.objects.create(cluster=f"cluster-{next(_serial)}", beat_at=timezone.now()),
    SellerChange: lambda: SellerChange.objects.get_or_create(seller=SellerFactory(), defaults={"number": 1})[0],
    FeedCounter: lambda: FeedCounter.objects.create(name=f"feed-{next(_serial)}"),
    ApiKey: lambda: api_keys.make(f"key-{next(_serial)}", channels=[ChannelFactory()])[0],
    WebhookEndpoint: lambda: WebhookEndpointFactory(description="<script>alert(1)"),
    WebhookDelivery: lambda: WebhookDeliveryFactory(
        answers=[
            {
                "at": NOON.isoformat(),
                "headers": {"webhook-id": "msg_1"},
                "status": 500,
                "answer": "<script>alert(1)",
                "error": "It answered with status 500.",
                "milliseconds": 12,
            }
        ],
        attempts=1,
    ),
    WebhookPosition: lambda: WebhookPosition.objects.create(endpoint=WebhookEndpointFactory(), feed="events", number=1),
    IdempotentCall: lambda: IdempotentCall.objects.create(
        api_key=api_keys.make("shop")[0],
        key="<script>alert(1)</script>",
        method="POST",
        path="/api/v1/accounts/",
        status=201,
    ),
    Account: AccountFactory,
    Seller: lambda: MembershipFactory(seller__channel=PlatformFactory()).seller,
    Membership: lambda: MembershipFactory(seller__channel=PlatformFactory()),
    Opening: lambda: (
        MembershipFactory(
            seller__channel=PlatformFactory(),
            opening=OpeningFactory(conditions={"search": "Müller"}, left_out={"has": 2}),
        ).opening
    ),
    LinkSession: link_session,
    Invitation: invitation,
    PageFailure: page_failure,
    Unlinking: unlinking,
    Notice: notice,
    Mail: mail,
    Offer: listing,
    Price: PriceFactory,
    Claim: ClaimFactory,
    Revision: RevisionFactory,
    PriceType: price_type,
    Picture: picture,
    PictureFile: PictureFileFactory,
    ListingReport: ListingReportFactory,
    ListingRule: ListingRuleFactory,
    ErrorText: lambda: ErrorTextFactory(text="<script>alert(1)</script>"),
    StockLevel: stock_level,
    StockCursor: stock_cursor,
    StockDifference: lambda: StockDifference.objects.create(
        cursor=stock_cursor(), kind="missed", seller_id="S1", offer_id=1, theirs=5, theirs_at=NOON
    ),
    StockUpdate: lambda: StockUpdateFactory(),
    StockMinute: lambda: StockMinute.objects.create(
        channel=ChannelFactory(), at=timezone.now().replace(second=0, microsecond=0), counted=2, delays=[2] + [0] * 12
    ),
    SellerNews: lambda: SellerNews.objects.create(seller=SellerFactory(), last_at=NOON, expected_by=NOON),
    Levelling: lambda: Levelling.objects.create(channel=ChannelFactory(), label="<script>alert(1)"),
    User: user,
    Group: lambda: Group.objects.create(name=f"group-{next(_serial)}"),
    Schedule: lambda: Schedule.objects.create(name=f"sweep-{next(_serial)}", func="platforms.tasks.sweep"),
    Success: lambda: task(success=True),
    Failure: lambda: task(success=False),
    OrmQ: queued_task,
}
