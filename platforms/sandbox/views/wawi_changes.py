"""The Wawi page of one offer, and what the merchant changes: stock, prices, texts, end and relist."""

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from platforms.sandbox import files, wawi_list
from platforms.sandbox import wawi as merchant
from platforms.sandbox.models import Offer
from platforms.sandbox.problems import Problem, Refusal
from platforms.sandbox.views import wawi_offers
from platforms.sandbox.views.wawi import confirm_sent, current_account, current_version, way_back

PRICE_FIELD = "price:"
TEXTS = ("title", "subTitle", "description")
# As many decimals as the emulator keeps of a stock.
AMOUNT = re.compile(r"\d{1,12}([.,]\d{1,4})?", re.ASCII)


@require_safe
@csrf_protect
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, _own_offer(request, pk))


@require_POST
@csrf_protect
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """`action` says what: stock and price carry a `value` (or `price:<price type>` each), texts their fields."""
    offer = _own_offer(request, pk)
    seller_page = reverse("seller", args=[offer.seller_id])
    back = way_back(request, seller_page)
    try:
        ACTIONS.get(request.POST.get("action", ""), _unknown)(request, offer)
    except Refusal as refusal:
        if urlsplit(back).path == seller_page:
            return wawi_offers.page(request, offer.seller, QueryDict(urlsplit(back).query), refusal)
        return page(request, offer, refusal)
    return HttpResponseRedirect(f"{back}#offer-{pk}")


def page(request: HttpRequest, offer: Offer, refusal: Refusal | None = None) -> HttpResponse:
    """A variation is shown with its listing."""
    if offer.parent_offer_id:
        offer = merchant.listing_of(offer)
    row = wawi_list.rows(offer.seller, [offer])[0]
    sent = {**offer.content.get("product", {}), **offer.content.get("offer", {})}
    context = {
        "account": offer.seller.account,
        "seller": offer.seller,
        "row": row,
        "texts": {name: request.POST.get(name, sent.get(name, "")) for name in TEXTS},
        "pictures": [wawi_list.thumbnail(name) for name in sent.get("pictureList", [])],
        "history": wawi_list.history(offer),
        "here": reverse("offer", args=[offer.pk]),
        "problems": refusal.problems if refusal else (),
    }
    return render(request, "sandbox/offer.html", context, status=refusal.status if refusal else 200)


def _change_stock(request: HttpRequest, offer: Offer) -> None:
    told = merchant.change_stock(offer, _amount(request.POST.get("value", "")), current_version(request))
    if told.pulls_stock:
        text = _("The stock is stored. %(channel)s fetches it from the stock-updates routes, so SCX sends it no event.")
        messages.success(request, text % {"channel": told.code})
    else:
        confirm_sent(request, "Seller:Offer.StockUpdate", [told.code])
    if told.stock_sync_group:
        text = _(
            "The channels of the stock sync group %(group)s share one stock, so Wawi tells only one of them: "
            "the first on which this SKU is offered and the seller is active."
        )
        messages.info(request, text % {"group": told.stock_sync_group})


def _change_prices(request: HttpRequest, offer: Offer) -> None:
    """One `value` is the price of every price type."""
    named = {
        name.removeprefix(PRICE_FIELD): _amount(request.POST.get(name, ""))
        for name in request.POST
        if name.startswith(PRICE_FIELD)
    }
    amounts = named or dict.fromkeys(merchant.price_types(offer), _amount(request.POST.get("value", "")))
    merchant.change_prices(offer, amounts, current_version(request))
    confirm_sent(request, "Seller:Offer.PriceUpdate", [offer.channel.code])


def _change_texts(request: HttpRequest, offer: Offer) -> None:
    texts = {name: request.POST[name].replace("\r\n", "\n") for name in TEXTS if name in request.POST}
    _require_listing(offer)
    merchant.change_texts(offer, texts, files_url=files.url(request), client_version=current_version(request))
    confirm_sent(request, "Seller:Offer.Update", [offer.channel.code])


def _relist(request: HttpRequest, offer: Offer) -> None:
    _require_listing(offer)
    merchant.relist(offer.seller, [offer], files_url=files.url(request), client_version=current_version(request))
    confirm_sent(request, "Seller:Offer.New", [offer.channel.code])


def _end(request: HttpRequest, offer: Offer) -> None:
    merchant.end(offer.seller, [offer], current_version(request))
    confirm_sent(request, "Seller:Offer.End", [offer.channel.code])


def _unknown(request: HttpRequest, offer: Offer) -> None:
    raise Refusal(400, Problem("VAL100", _("There is no such action.")))


ACTIONS: dict[str, Callable[[HttpRequest, Offer], None]] = {
    "stock": _change_stock,
    "price": _change_prices,
    "texts": _change_texts,
    "end": _end,
    "relist": _relist,
}


def _own_offer(request: HttpRequest, pk: int) -> Offer:
    """404 for an offer of another merchant."""
    return get_object_or_404(
        Offer.objects.select_related("seller__account", "seller__channel", "channel__platform"),
        pk=pk,
        seller__account=current_account(request),
    )


def _require_listing(offer: Offer) -> None:
    if "offer" not in offer.content or "product" not in offer.content:
        raise Refusal(400, Problem("VAL100", _("A variation is sent with its listing; change the listing.")))


def _amount(text: str) -> Decimal:
    if not AMOUNT.fullmatch(text.strip()):
        raise Refusal(400, Problem("VAL100", _("Enter a number of zero or more.")))
    return Decimal(text.strip().replace(",", "."))
