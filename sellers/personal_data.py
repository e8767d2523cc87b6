"""What is stored of one seller in the tables of sellers and in the inbox. Secrets are named, never told."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from platforms import erasure
from platforms.models import Discrepancy, Event, OpenPoint, WebhookDelivery
from sellers.adoption import all_channels_of
from sellers.models import LinkSession, Mail, Membership, Notice, Opening, PageFailure, Seller, Unlinking

SELLER = (
    *("seller_id", "channel__code", "jtl_account_id", "company_name", "contact_name", "contact_email"),
    *("contact_phone", "language", "state", "state_reason", "state_changed_at", "credentials_rejected_at"),
    *("credentials_rejection", "client_version", "client_seen_on", "linked_at", "created_at"),
)
ACCOUNT = (*("account__login", "account__company_name", "account__email", "account__is_active", "account__created_at"),)
MEMBERSHIP = ("marketplace__code", "wanted", "confirmed", "confirmed_at", "is_refused", "error", "answers")
LINK = ("channel__code", "kind", "jtl_account_id", "state", "outcome", "created_at", "submitted_at", "ended_at")
FAILURE = ("reference", "channel__code", "page", "status", "detail", "at")
# Not the note: it is staff's, and never leaves the portal.
UNLINKING = ("channel__code", "reason", "text", "requested_at", "sent_at", "error", "answers")
NOTICE = ("channel__code", "severity", "message", "created_at", "sent_at", "error", "answers")
MAIL = ("kind", "recipient", "language", "created_at", "sent_at", "error", "answers")
EVENT = ("channel__code", "event_id", "type", "payload", "created_at", "received_at", "client_version", "state")
DELIVERY = ("channel__code", "topic", "body", "state", "created_at", "delivered_at")
DIFFERENCE = ("channel__code", "comparison", "kind", "ours", "theirs", "found_at")
BLANK = "…"
# What of the seller's own row says who he is; the row stays, so that its id is never used again.
WIPED: dict[str, Any] = {
    **dict.fromkeys(("company_name", "contact_name", "contact_email", "contact_phone", "language"), ""),
    **dict.fromkeys(("state_reason", "credentials_rejection", "client_version"), ""),
    **dict.fromkeys(("jtl_account_id", "account", "client_seen_on", "credentials_rejected_at"), None),
    "credentials": {},
}


def export(seller: Seller) -> dict[str, Iterable[dict[str, Any]]]:
    own = Seller.objects.filter(pk=seller.pk)
    return {
        "seller": ({**row, "credentials": sorted(seller.credentials)} for row in own.values(*SELLER)),
        "account": own.exclude(account=None).values(*ACCOUNT),
        "memberships": _rows(Membership.objects.filter(seller=seller), MEMBERSHIP),
        "sign_ups_and_updates": _rows(LinkSession.objects.filter(seller=seller), LINK),
        "failure_pages": _rows(PageFailure.objects.filter(link__seller=seller), FAILURE),
        "disconnections": _rows(Unlinking.objects.filter(seller=seller), UNLINKING),
        "messages": _rows(Notice.objects.filter(seller=seller), NOTICE),
        "mails": _rows(Mail.objects.filter(seller=seller), MAIL),
        "differences_from_scx": _rows(Discrepancy.objects.filter(_named(seller)), DIFFERENCE),
        "webhook_deliveries": _rows(_deliveries(seller), DELIVERY),
        "events": _rows(_events(seller), EVENT),
    }


def purge(seller: Seller) -> Counter[str]:
    """Of events the content goes; the rest of their rows keeps SCX from delivering the same once more."""
    of_seller = (
        *(PageFailure.objects.filter(link__seller=seller), LinkSession.objects.filter(seller=seller)),
        *(model.objects.filter(seller=seller) for model in (Membership, Unlinking, Notice, Mail)),
        *(model.objects.filter(_named(seller)) for model in (Discrepancy, OpenPoint)),
        _deliveries(seller),
    )
    for rows in of_seller:
        if removed := erasure.delete(rows.order_by("pk")):
            return removed
    if blanked := _blank_searches(seller):
        return Counter({"openings": blanked})
    return erasure.blank(_events(seller).exclude(payload={}), payload={}, size=0, error="", client_version="")


def _blank_searches(seller: Seller) -> int:
    """What openings looked for may be the seller's name."""
    searched = Opening.objects.filter(marketplace__platform=seller.channel_id, conditions__has_key="search")
    found = [
        opening
        for opening in searched.exclude(finished_at=None)
        if opening.conditions["search"] != BLANK
        and opening.conditions["search"].casefold() in seller.company_name.casefold()
    ]
    for opening in found:
        opening.conditions["search"] = BLANK
        opening.save(update_fields=["conditions"])
    return len(found)


def _rows(rows: QuerySet[Any], fields: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    return rows.order_by("pk").values(*fields).iterator()


def _named(seller: Seller) -> Q:
    """Rows that name the seller by id; on another channel the same id is somebody else."""
    return Q(channel__in=all_channels_of(seller), subject=seller.seller_id)


def _deliveries(seller: Seller) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(channel__in=all_channels_of(seller), seller_id=seller.seller_id)


def _events(seller: Seller) -> QuerySet[Event]:
    return Event.objects.filter(channel__in=all_channels_of(seller), seller_id=seller.seller_id)
