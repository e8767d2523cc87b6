"""The Seller API: what a merchant's client (JTL-Wawi) calls."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import files, offers, sellers, sessions, shapes, stock, tokens
from platforms.sandbox.endpoints import account_of, answer, checked, checked_body, empty, endpoint
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import Channel
from platforms.sandbox.problems import error_body, invalid, not_found


def list_own(request: ScxRequest) -> HttpResponse:
    return answer(200, {"sellerList": sellers.listed_for_account(account_of(request))})


def log_in(request: ScxRequest) -> HttpResponse:
    return answer(200, {"refreshToken": tokens.log_in(account_of(request))})


def start_sign_up(request: ScxRequest, channel: str) -> HttpResponse:
    user_agent = request.headers.get("User-Agent")
    if not user_agent:
        raise invalid("User-Agent", _("is required"))
    opened = sessions.open_sign_up(account_of(request), _channel(request, channel), user_agent)
    return answer(201, {"signUpUrl": opened.url, "expiresAt": opened.expires_at})


def start_update(request: ScxRequest, channel: str) -> HttpResponse:
    opened, seller = sessions.open_update(account_of(request), _channel(request, channel), request.GET.get("sellerId"))
    return answer(200, {"updateUrl": opened.url, "sellerId": seller.seller_id, "expiresAt": opened.expires_at})


def unlink(request: ScxRequest, channel: str, seller_id: str) -> HttpResponse:
    sellers.unlink_by_seller(account_of(request), _channel(request, channel), seller_id)
    return empty(202)


def create_offers(request: ScxRequest) -> HttpResponse:
    return _send(request, "New")


def update_offers(request: ScxRequest) -> HttpResponse:
    return _send(request, "Update")


def end_offers(request: ScxRequest) -> HttpResponse:
    items = checked_body(request, shapes.END_OFFERS)["offerList"]
    warnings = offers.end(account_of(request), items, client_version=client_version(request))
    return answer(200, error_body(warnings))


def change_stock(request: ScxRequest) -> HttpResponse:
    items = checked_body(request, shapes.STOCK_CHANGES)["offerList"]
    stock.change(account_of(request), items, client_version=client_version(request))
    return empty(201)


def change_prices(request: ScxRequest) -> HttpResponse:
    items = checked_body(request, shapes.PRICE_CHANGES)["offerList"]
    offers.change_prices(account_of(request), items, client_version=client_version(request))
    return empty(201)


def upload(request: ScxRequest) -> HttpResponse:
    uploaded, expires_at = files.keep(request.body, request.content_type or "")
    return answer(200, {"remoteFile": uploaded, "expiresAt": expires_at})


def client_version(request: HttpRequest) -> str | None:
    """The version in a Wawi User-Agent travels with the events it causes."""
    found = sessions.VERSION.search(request.headers.get("User-Agent", ""))
    return found[1] if found else None


def _send(request: ScxRequest, kind: str) -> HttpResponse:
    offers.send(
        account_of(request),
        checked_body(request, shapes.SELLER_OFFERS),
        kind=kind,
        files_url=files.url(request),
        client_version=client_version(request),
    )
    return empty(201)


def _channel(request: ScxRequest, code: str) -> Channel:
    checked(request, shapes.channel_name, code, "channel")
    channel = Channel.objects.select_related("platform").filter(code=code, is_active=True).first()
    if channel is None:
        raise not_found(_("There is no channel %(channel)s.") % {"channel": code})
    return channel


own = endpoint("SELLER", GET=list_own)
login = endpoint("SELLER", POST=log_in)
sign_up = endpoint("SELLER", POST=start_sign_up, PATCH=start_update)
own_seller = endpoint("SELLER", DELETE=unlink)
own_offers = endpoint("SELLER", POST=create_offers, PUT=update_offers)
ended = endpoint("SELLER", DELETE=end_offers)
own_stock = endpoint("SELLER", PUT=change_stock)
own_prices = endpoint("SELLER", PUT=change_prices)
file = endpoint("SELLER", POST=upload)
