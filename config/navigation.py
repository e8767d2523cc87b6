"""The admin's sidebar: the models by what people want with them."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Groups of (title, icon, model), with the name of a page's address where it is not the model's list.
MENU: list[dict[str, Any]] = [
    {
        "title": _("Selling"),
        "items": [
            (_("Offers"), "sell", "listings.offer"),
            (_("Workbench"), "checklist", "listings.offer", "admin:listings_workbench"),
            (_("Failed offers by error"), "report", "listings.offer", "admin:listings_failures"),
            (_("Listing rules"), "rule", "listings.listingrule"),
            (_("Error texts"), "translate", "listings.errortext"),
            (_("Listing reports"), "outgoing_mail", "listings.listingreport"),
            (_("Revisions"), "difference", "listings.revision"),
            (_("Claims"), "front_hand", "listings.claim"),
            (_("Prices"), "payments", "listings.price"),
            (_("Pictures"), "image", "listings.picture"),
            (_("Picture files"), "photo_library", "listings.picturefile"),
            (_("Stock levels"), "inventory_2", "stock.stocklevel"),
            (_("Stock updates"), "update", "stock.stockupdate"),
            (_("Stock updates by minute"), "bar_chart", "stock.stockminute"),
            (_("Stock news of sellers"), "voice_over_off", "stock.sellernews"),
        ],
    },
    {
        "title": _("Sellers"),
        "items": [
            (_("Sellers"), "storefront", "sellers.seller"),
            (_("Changes of sellers"), "tag", "sellers.sellerchange"),
            (_("Memberships"), "handshake", "sellers.membership"),
            (_("Sellers and marketplaces"), "grid_on", "sellers.membership", "admin:sellers_membership_matrix"),
            (_("Openings"), "add_business", "sellers.opening"),
            (_("Accounts"), "badge", "sellers.account"),
            (_("Invitations"), "forward_to_inbox", "sellers.invitation"),
            (_("Link sessions"), "link", "sellers.linksession"),
            (_("Failure pages"), "error_outline", "sellers.pagefailure"),
            (_("Disconnections"), "link_off", "sellers.unlinking"),
            (_("Messages in JTL-Wawi"), "chat", "sellers.notice"),
            (_("Mails"), "mail", "sellers.mail"),
        ],
    },
    {
        "title": _("Exchange with SCX"),
        "items": [
            (_("Platforms and marketplaces"), "account_tree", "platforms.channel", "overview"),
            (_("Channels"), "hub", "platforms.channel"),
            (_("Price types"), "request_quote", "platforms.pricetype"),
            (_("Stock sync groups"), "sync", "platforms.stocksyncgroup"),
            (_("Events"), "inbox", "platforms.event"),
            (_("Differences from SCX"), "difference", "platforms.discrepancy"),
            (_("Address checks"), "travel_explore", "platforms.addressprobe"),
            (_("Channels at SCX"), "cloud_sync", "platforms.channelatscx"),
            (_("Open points after a restore"), "history", "platforms.openpoint"),
            (_("Job statuses"), "task_alt", "platforms.jobstatus"),
            (_("Stock cursors"), "bookmark", "stock.stockcursor"),
            (_("Stock differences"), "compare_arrows", "stock.stockdifference"),
            (_("Stock levellings"), "join", "stock.levelling"),
            (_("Quota buckets"), "speed", "platforms.quotabucket"),
        ],
    },
    {
        "title": _("Access"),
        "collapsible": True,
        "items": [
            (_("API keys"), "key", "platforms.apikey"),
            (_("Webhook endpoints"), "webhook", "platforms.webhookendpoint"),
            (_("Webhook deliveries"), "send", "platforms.webhookdelivery"),
            (_("Webhook positions"), "bookmark", "platforms.webhookposition"),
            (_("Repeatable calls"), "replay", "platforms.idempotentcall"),
            (_("Staff access"), "lock_person", "platforms.staffaccess"),
            (_("Users"), "person", "auth.user"),
            (_("Groups"), "group", "auth.group"),
        ],
    },
    {
        "title": _("Worker"),
        "collapsible": True,
        "items": [
            (_("Batches"), "stacks", "platforms.batch"),
            (_("Heartbeats"), "monitor_heart", "platforms.heartbeat"),
            (_("Schedules"), "schedule", "django_q.schedule"),
            (_("Queued tasks"), "queue", "django_q.ormq"),
            (_("Failed tasks"), "error", "django_q.failure"),
            (_("Successful tasks"), "check_circle", "django_q.success"),
            (_("Feed counters"), "tag", "platforms.feedcounter"),
        ],
    },
]


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar as the theme takes it: the models the user may see, groups with none left out."""
    shown = []
    for group in MENU:
        items = [
            {"title": title, "icon": icon, "link": reverse(*page or [f"admin:{model.replace('.', '_')}_changelist"])}
            for title, icon, model, *page in group["items"]
            if _may_view(model, request)
        ]
        if items:
            shown.append({**group, "items": items})
    _mark_current([item for group in shown for item in group["items"]], request.path)
    return shown


def _mark_current(items: list[dict[str, Any]], path: str) -> None:
    """One page lies below another's address: the one that is open is the most exact."""
    current = max((item["link"] for item in items if path.startswith(item["link"])), key=len, default="")
    for item in items:
        item["active"] = item["link"] == current


def _may_view(model: str, request: HttpRequest) -> bool:
    model_admin = admin.site._registry.get(apps.get_model(model))
    return bool(model_admin and any(model_admin.get_model_perms(request).values()))
