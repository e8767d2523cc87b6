"""The Wawi page of one seller: its offers, searched and filtered, and the creation of more."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from platforms.sandbox import catalogue, files, pricing, wawi_list
from platforms.sandbox import wawi as merchant
from platforms.sandbox.models import Offer, Seller
from platforms.sandbox.problems import Problem, Refusal
from platforms.sandbox.views.wawi import confirm_sent, current_version, own_seller
from platforms.sandbox.wawi_list import Wish

# A refused batch has one for each offer; the first ones tell enough.
PROBLEMS = 10


@require_safe
@csrf_protect
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, own_seller(request, pk), request.GET)


@require_POST
@csrf_protect
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Without a `count` each chosen article is offered once."""
    seller = own_seller(request, pk)
    try:
        created = merchant.create_offers(
            seller,
            codes=request.POST.getlist("channels"),
            keys=request.POST.getlist("articles"),
            files_url=files.url(request),
            client_version=current_version(request),
            count=_count(request.POST.get("count", "").strip()),
        )
    except Refusal as refusal:
        return page(request, seller, QueryDict(), refusal, wanted=request.POST)
    number = next(iter(created.values()))
    confirm_sent(request, "Seller:Offer.New", list(created), number)
    return redirect("seller", pk=pk)


@require_POST
@csrf_protect
def change_all(request: HttpRequest, pk: int) -> HttpResponse:
    """End or relist the listings of the query that came with the form, the newest so many."""
    seller = own_seller(request, pk)
    query = QueryDict(request.POST.get("query", ""))
    is_relisting = request.POST.get("action") == "relist"
    found = wawi_list.all_of(seller, Wish.of(query), merchant.MOST, ended=is_relisting)
    version = current_version(request)
    try:
        if is_relisting:
            merchant.relist(seller, found, files_url=files.url(request), client_version=version)
        else:
            merchant.end(seller, found, version)
    except Refusal as refusal:
        return page(request, seller, query, refusal)
    event = "Seller:Offer.New" if is_relisting else "Seller:Offer.End"
    for code, number in Counter(offer.channel.code for offer in found).items():
        confirm_sent(request, event, [code], number)
    if not found:
        messages.info(request, _("No offer matches, so nothing was sent."))
    return redirect(f"{reverse('seller', args=[pk])}?{query.urlencode()}")


def page(
    request: HttpRequest,
    seller: Seller,
    query: QueryDict,
    refusal: Refusal | None = None,
    wanted: QueryDict | None = None,
) -> HttpResponse:
    """The listings that the query asks for; `wanted` is the form of a creation that was refused."""
    wish = Wish.of(query)
    counts = wawi_list.counts(seller, wish.channel)
    total = sum(counts.values())
    memberships = seller.memberships.select_related("channel").order_by("channel")
    context = {
        "account": seller.account,
        "seller": seller,
        "memberships": memberships,
        "closed": pricing.closed([each.channel for each in memberships]),
        "inbox": wawi_list.inbox(seller.account, seller),
        "articles": _articles(wanted),
        "wanted": wanted,
        "chosen_channels": wanted.getlist("channels") if wanted else None,
        "most": merchant.MOST,
        "wish": wish,
        "query": query,
        "here": f"{reverse('seller', args=[seller.pk])}?{query.urlencode()}",
        "total": total,
        "states": [(state, counts.get(state, 0)) for state in Offer.State.values],
        "found": wawi_list.page(seller, wish),
        "problems": refusal.problems[:PROBLEMS] if refusal else (),
    }
    return render(request, "sandbox/seller.html", context, status=refusal.status if refusal else 200)


def _articles(wanted: QueryDict | None) -> list[dict[str, Any]]:
    """The catalogue to choose from; the first article is chosen already."""
    chosen = wanted.getlist("articles") if wanted else [catalogue.ARTICLES[0].key]
    return [
        {
            "article": article,
            "thumbnail": wawi_list.thumbnail(next(iter(catalogue.picture_names(article)), "")),
            "variations": len(catalogue.variations(article)),
            "is_chosen": article.key in chosen,
        }
        for article in catalogue.ARTICLES
    ]


def _count(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= merchant.MOST):
        message = _("Enter a number of offers from 1 to %(most)s.") % {"most": merchant.MOST}
        raise Refusal(400, Problem("VAL100", message))
    return int(text)
