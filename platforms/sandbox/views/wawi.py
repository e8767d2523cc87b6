"""The Wawi page: merchants, languages, connecting and disconnecting. It works without script."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from platforms.sandbox import arrangement, sellers, sessions, wawi_list
from platforms.sandbox import wawi as merchant
from platforms.sandbox.models import Account, Channel, Membership, Seller
from platforms.sandbox.pages import number
from platforms.sandbox.problems import Problem, Refusal

ACCOUNT_COOKIE = "sandbox_account"
VERSION_COOKIE = "sandbox_wawi"
YEAR = 365 * 24 * 3600


@require_safe
@csrf_protect
def home(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    """The start page, if need be with what was refused."""
    account = current_account(request)
    connected = (
        Seller.objects.filter(account=account).select_related("channel").prefetch_related("memberships__channel")
    )
    active = Channel.objects.filter(is_active=True).order_by("display_name")
    version = current_version(request)
    context = {
        "account": account,
        "accounts": Account.objects.order_by("pk"),
        # As in Wawi, a marketplace of a platform is not offered for sign-up.
        "channels": active.filter(platform=None),
        "marketplaces": active.exclude(platform=None).select_related("platform"),
        "sellers": connected.order_by("pk") if account else [],
        "inbox": wawi_list.inbox(account) if account else [],
        "versions": sorted({*merchant.VERSIONS, version}, key=sessions.parts),
        "version": version,
        "chosen_channel": request.POST.get("channel", ""),
        "other_version": _unlisted(request.POST.get("other_version", "").strip(), version),
        "problems": refusal.problems if refusal else (),
    }
    return render(request, "sandbox/home.html", context, status=refusal.status if refusal else 200)


def _unlisted(typed: str, version: str) -> str:
    """What was typed, unless the list shows it: typed it would go before another choice from the list."""
    return "" if typed == version else typed


@require_POST
@csrf_protect
def choose_account(request: HttpRequest) -> HttpResponse:
    """An account of the list, or a new one of the name given."""
    account = Account.objects.filter(pk=number(request.POST.get("account"))).first()
    if account is None:
        name = request.POST.get("company_name", "").strip()[:200]
        account, _is_new = arrangement.set_account({"companyName": name} if name else {})
    response = redirect("home")
    response.set_signed_cookie(ACCOUNT_COOKIE, str(account.pk), max_age=YEAR, httponly=True, samesite="Lax")
    return response


@require_POST
@csrf_protect
def choose_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    response = redirect(way_back(request, "home"))
    if language in dict(settings.LANGUAGES):
        response.set_cookie("sandbox_language", language, max_age=YEAR, samesite="Lax")
    return response


@require_POST
@csrf_protect
def connect(request: HttpRequest) -> HttpResponse:
    """Open a sign-up session and go to the channel's own page. A typed version counts before the chosen one."""
    account = current_account(request)
    channel = get_object_or_404(Channel.objects.select_related("platform"), code=request.POST.get("channel", ""))
    version = request.POST.get("other_version", "").strip() or request.POST.get("version") or current_version(request)
    if account is None:
        return redirect("home")
    if not merchant.VERSION.fullmatch(version):
        message = _("Enter the Wawi version as numbers with dots, such as 1.11.0.6.")
        return page(request, Refusal(400, Problem("VAL100", message)))
    request.COOKIES[VERSION_COOKIE] = version
    try:
        response = _to_channel(sessions.open_sign_up(account, channel, merchant.user_agent(version)))
    except Refusal as refusal:
        response = page(request, refusal)
    response.set_cookie(VERSION_COOKIE, version, max_age=YEAR, samesite="Lax")
    return response


@require_POST
@csrf_protect
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """Open an update session and go to the channel's own page."""
    seller = own_seller(request, pk)
    try:
        opened, _seller = sessions.open_update(seller.account, seller.channel, seller.seller_id)
        return _to_channel(opened)
    except Refusal as refusal:
        return page(request, refusal)


@require_POST
@csrf_protect
@transaction.atomic
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    seller = own_seller(request, pk)
    linked = Membership.objects.linked().filter(seller=seller).order_by("channel")
    told = list(linked.values_list("channel__code", flat=True))
    sellers.unlink_by_seller(seller.account, seller.channel, seller.seller_id)
    if told:
        confirm_sent(request, "Seller:Channel.Unlinked", told)
    return redirect("home")


def confirm_sent(request: HttpRequest, event: str, codes: list[str], count: int = 1) -> None:
    """Tell the merchant on the next page which event went to which channels, and how often to each."""
    times = f"{count} × " if count != 1 else ""
    text = _("%(event)s sent to %(channels)s.") % {"event": f"{times}{event}", "channels": ", ".join(codes)}
    messages.success(request, text)


def way_back(request: HttpRequest, fallback: str) -> str:
    """The page that a form was on, as it says in `back`; never another site."""
    back = request.POST.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else fallback


def _to_channel(opened: sessions.Opened) -> HttpResponse:
    """To the channel's own page, if its URL leads to one."""
    if not wawi_list.web_address(opened.url):
        message = _("The channel's sign-up or update URL is no web address: %(url)s")
        raise Refusal(400, Problem("", message % {"url": opened.url}))
    return HttpResponseRedirect(opened.url)


def current_account(request: HttpRequest) -> Account | None:
    """The merchant this browser acts for: the chosen one, else the only one there is."""
    chosen = Account.objects.filter(pk=number(request.get_signed_cookie(ACCOUNT_COOKIE, default=""))).first()
    if chosen or Account.objects.count() != 1:
        return chosen
    return Account.objects.first()


def current_version(request: HttpRequest) -> str:
    version = request.COOKIES.get(VERSION_COOKIE, "")
    return version if merchant.VERSION.fullmatch(version) else merchant.DEFAULT_VERSION


def own_seller(request: HttpRequest, pk: int) -> Seller:
    """404 for a seller of another merchant."""
    return get_object_or_404(
        Seller.objects.select_related("channel", "account"), pk=pk, account=current_account(request)
    )
