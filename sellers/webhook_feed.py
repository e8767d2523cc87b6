"""The feed of sellers for endpoints: who changed, under the state that he is in by now."""

from collections.abc import Collection

from django.db.models import Prefetch, Q
from django.utils import timezone

from platforms.webhooks.messages import Message
from sellers import feed
from sellers.api_changes import SellerChangeSerializer
from sellers.models import Membership, Seller

IDS = ("seller_id", "channel", "state", "cursor")


def read(after: int, channels: Collection[int] | None, limit: int) -> tuple[list[Message], int]:
    """As `platforms.webhooks.messages.Reader`."""
    seen = Membership.objects.select_related("marketplace").order_by("pk")
    sellers = feed.changes(after)
    if channels is not None:
        seen = seen.filter(marketplace__in=channels)
        sellers = sellers.filter(Q(channel__in=channels) | Q(pk__in=seen.order_by().values("seller")))
    rows = list(
        sellers.select_related("channel", "account")
        .defer("credentials", "account__access_code_hash")
        .prefetch_related(Prefetch("memberships", seen, to_attr="seen_memberships"))
        .order_by("change__number")[:limit]
    )
    last = rows[-1].number if rows else after  # type: ignore[attr-defined]  # annotated
    return [_message(seller, channels) for seller in rows], last


def _message(seller: Seller, channels: Collection[int] | None) -> Message:
    data = SellerChangeSerializer(seller).data
    # Who may see a marketplace of the platform only is told of the seller there.
    places = [seller.channel_id, *(each.marketplace_id for each in seller.seen_memberships)]  # type: ignore[attr-defined]
    place = next((each for each in places if channels is None or each in channels), seller.channel_id)
    subject = f"seller {seller.channel_id} {seller.seller_id}"
    return Message(
        f"seller.{seller.state}", place, subject, str(data["cursor"]), timezone.now(), data, IDS, seller.seller_id
    )
