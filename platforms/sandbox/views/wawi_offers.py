"""The Wawi page of one seller: offers made, changed and ended, and what the channel reported of them."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from platforms.sandbox import catalogue, files
from platforms.sandbox import wawi as merchant
from platforms.sandbox.models import Offer, Seller
from platforms.sandbox.problems import Problem, Refusal
from platforms.sandbox.views.wawi import current_account, current_version, own_seller

SHOWN = 200


@require_safe
@csrf_protect
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, own_seller(request, pk))


@require_POST
@csrf_protect
def create(request: HttpRequest, pk: int) -> HttpResponse:
    seller = own_seller(request, pk)
    try:
        merchant.create_offers(
            seller,
            codes=request.POST.getlist("channels"),
            keys=request.POST.getlist("articles"),
            files_url=files.url(request),
            client_version=current_version(request),
        )
    except Refusal as refusal:
        return page(request, seller, refusal)
    return redirect("seller", pk=pk)


@require_POST
@csrf_protect
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """`action` is stock, price or end; the first two carry a `value`."""
    offer = get_object_or_404(
        Offer.objects.select_related("seller__account", "seller__channel", "channel__platform"),
        pk=pk,
        seller__account=current_account(request),
    )
    version = current_version(request)
    actions: dict[str, Callable[[], None]] = {
        "stock": lambda: merchant.change_stock(offer, _amount(request), version),
        "price": lambda: merchant.change_price(offer, _amount(request), version),
        "end": lambda: merchant.end_offer(offer, version),
    }
    try:
        actions.get(request.POST.get("action", ""), _unknown)()
    except Refusal as refusal:
        return page(request, offer.seller, refusal)
    return redirect("seller", pk=offer.seller_id)


def page(request: HttpRequest, seller: Seller, refusal: Refusal | None = None) -> HttpResponse:
    """The newest offers with their states."""
    newest_with_variations = (Coalesce("parent_offer_id", "offer_id").desc(), "offer_id")
    found = Offer.objects.filter(seller=seller).select_related("channel").order_by(*newest_with_variations)
    offers = list(found[:SHOWN])
    context = {
        "account": seller.account,
        "seller": seller,
        "memberships": seller.memberships.select_related("channel").order_by("channel"),
        "articles": catalogue.ARTICLES,
        "offers": _listings(offers),
        "hidden": max(0, found.count() - SHOWN),
        "problems": refusal.problems if refusal else (),
    }
    return render(request, "sandbox/seller.html", context, status=refusal.status if refusal else 200)


def _listings(offers: list[Offer]) -> list[dict[str, Any]]:
    """The rows of listings, each with those of its variations: a channel answers for the listing as a whole."""
    rows: dict[tuple[int, int | None], dict[str, Any]] = {
        (offer.channel_id, offer.offer_id): _row(offer) for offer in offers
    }
    listings: list[dict[str, Any]] = []
    for offer in offers:
        row = rows[offer.channel_id, offer.offer_id]
        parent = rows.get((offer.channel_id, offer.parent_offer_id))
        (parent["variations"] if parent else listings).append(row)
    return listings


def _row(offer: Offer) -> dict[str, Any]:
    # A channel may report anything as its listing URL; only web addresses become links.
    link = offer.listing_url or ""
    return {
        "offer": offer,
        "variations": [],
        "price": merchant.price_of(offer),
        "quantity": f"{offer.quantity.normalize():f}",
        "link": link if link.startswith(("https://", "http://")) else "",
    }


def _amount(request: HttpRequest) -> Decimal:
    try:
        amount = Decimal(request.POST.get("value", "").strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < Decimal("1e12"):
        raise Refusal(400, Problem("VAL100", _("Enter a number of zero or more.")))
    return amount


def _unknown() -> None:
    raise Refusal(400, Problem("VAL100", _("There is no such action.")))
