"""`/control/`: the books, the reports, the offers and the mails."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from platforms.sandbox import books, clock, reports
from platforms.sandbox.control import control, filtered, page_of
from platforms.sandbox.models import Offer, Pin


def list_books(request: HttpRequest) -> HttpResponse:
    found = books.found({name: request.GET.get(name, "") for name in books.FILTERS})
    return JsonResponse({"books": [books.on_the_wire(book) for book in page_of(request, found, default=100)]})


def list_reports(request: HttpRequest) -> HttpResponse:
    found = reports.found({name: request.GET.get(name, "") for name in reports.FILTERS})
    return JsonResponse({"reports": [reports.on_the_wire(each) for each in page_of(request, found, default=1000)]})


def list_offers(request: HttpRequest) -> HttpResponse:
    lookups = {"channel": "channel__code", "sellerId": "seller__seller_id", "offerId": "offer_id", "state": "state"}
    reports.require_offer_id(request.GET.get("offerId", ""))
    found = filtered(request, Offer.objects.select_related("channel", "seller").defer("content"), lookups)
    return JsonResponse(
        {
            "offers": [
                {
                    "id": offer.pk,
                    "channel": offer.channel.code,
                    "sellerId": offer.seller.seller_id,
                    "offerId": offer.offer_id,
                    "parentOfferId": offer.parent_offer_id,
                    "sku": offer.sku,
                    "title": offer.title,
                    "state": offer.state,
                    "quantity": f"{offer.quantity.normalize():f}",
                    "channelOfferId": offer.channel_offer_id,
                    "listingUrl": offer.listing_url,
                    "errors": offer.errors,
                    "updatedAt": clock.wire(offer.updated_at),
                }
                for offer in page_of(request, found, default=1000)
            ]
        }
    )


def list_mails(request: HttpRequest) -> HttpResponse:
    found = filtered(request, Pin.objects.select_related("channel"), {"channel": "channel__code"})
    return JsonResponse(
        {
            "mails": [
                {"to": pin.recipient, "channel": pin.channel.code, "pin": pin.pin, "at": clock.wire(pin.sent_at)}
                for pin in page_of(request, found, default=1000)
            ]
        }
    )


the_books = control(GET=list_books)
the_reports = control(GET=list_reports)
the_offers = control(GET=list_offers)
mails = control(GET=list_mails)
