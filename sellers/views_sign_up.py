"""The sign-up behind the entrance: who it is, where to sell, and what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from platforms.language import switchable
from sellers import form_pages, identities, offering, open_sessions, outcomes, pages, sign_up, visits
from sellers.forms import MarketplaceForm, WhoForm, nowhere
from sellers.identification.base import Identity
from sellers.identification.registry import described, sign_in_of
from sellers.linking_rules import AccountGone, AccountTaken, AlreadyLinked
from sellers.models import LinkSession

State = LinkSession.State

# What the form that was sent asked for, in its hidden field `step`; the first one has none.
CONNECT, OTHER_ACCOUNT = "connect", "other-account"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def fill_in(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """The form that is next, and in the end what became of it."""
    link = open_sessions.of_page(request, code, ref, LinkSession.Kind.SIGN_UP, _outcome)
    if isinstance(link, HttpResponse):
        return link
    if request.method == "POST":
        return _send(request, link)
    # Sent before, and found out not to have happened: who comes back is told so.
    return _next(request, link, notice=pages.not_confirmed() if link.outcome else "")


def _next(request: HttpRequest, link: LinkSession, *, status: int = 200, notice: str = "") -> HttpResponse:
    """The question that is open: who it is, else where to sell."""
    identity = identities.stored(link)
    if identity is None:
        return _ask_who(request, link, status=status, notice=notice)
    where = MarketplaceForm(None, offering.at_sign_up(link.channel, identity))
    if link.channel.is_platform and not where.offered:
        return _nowhere(request, link)
    left = visits.minutes_left(link.expires_at)
    return form_pages.where(request, link.channel, identity, where, left=left, notice=notice, status=status)


def _nowhere(request: HttpRequest, link: LinkSession) -> HttpResponse:
    """What the account could get was switched off, or is given by staff only."""
    identities.forget(link)
    return _ask_who(request, link, notice=nowhere())


def _ask_who(request: HttpRequest, link: LinkSession, *, status: int = 200, notice: str = "") -> HttpResponse:
    """By the connector's form, or by the way to the marketplace's own login."""
    home, left = link.channel, visits.minutes_left(link.expires_at)
    if login := sign_in_of(home):
        url = reverse("sign-in", args=[home.code, link.ref])
        label = login.button(described(home))
        return form_pages.sign_in(request, home, label, url, left=left, notice=notice, status=status)
    return form_pages.who(request, home, WhoForm(home), left=left, notice=notice, status=status)


def _send(request: HttpRequest, link: LinkSession) -> HttpResponse:
    step = request.POST.get("step")
    if step == OTHER_ACCOUNT:
        identities.forget(link)
        return redirect(request.path)
    identity = identities.stored(link)
    if step == CONNECT:
        # Forgotten meanwhile, in another tab: the first question is open again.
        return _connect(request, link, identity) if identity else redirect(request.path)
    return _identify(request, link)


def _identify(request: HttpRequest, link: LinkSession) -> HttpResponse:
    """Who it is; and all in one where the marketplaces came along, or there is nothing to choose."""
    if sign_in_of(link.channel):
        return redirect(request.path)
    who = WhoForm(link.channel, request.POST)
    identity = who.identity(request.META.get("REMOTE_ADDR", ""))
    if identity is None:
        return form_pages.who(request, link.channel, who, left=visits.minutes_left(link.expires_at))
    if not identities.store(link, identity):
        # Another tab has sent the session meanwhile.
        return _outcome(request, outcomes.outcome_of(link))
    where = MarketplaceForm(None, offering.at_sign_up(link.channel, identity))
    if where.is_question and "marketplaces" not in request.POST:
        return redirect(request.path)
    return _connect(request, link, identity)


def _connect(request: HttpRequest, link: LinkSession, identity: Identity) -> HttpResponse:
    where = MarketplaceForm(request.POST, offering.at_sign_up(link.channel, identity))
    if link.channel.is_platform and not where.offered:
        return _nowhere(request, link)
    if not where.is_valid():
        left = visits.minutes_left(link.expires_at)
        return form_pages.where(request, link.channel, identity, where, left=left)
    try:
        outcome = sign_up.submit(link, sign_up.Application(identity, where.chosen, (get_language() or "")[:2]))
    except AlreadyLinked as refusal:
        identities.forget(link)
        return pages.already_linked(request, link.channel, refusal.seller)
    except (AccountTaken, AccountGone) as refusal:
        identities.forget(link)
        return _ask_who(request, link, notice=form_pages.said(refusal))
    if outcome.state == State.DONE:
        # A page that may be reloaded without sending the form again.
        return redirect(request.path)
    return _outcome(request, outcome)


def _outcome(request: HttpRequest, link: LinkSession) -> HttpResponse:
    if link.state == State.DONE:
        return pages.connected(request, link)
    if link.state == State.FAILED:
        return pages.ended(request, link)
    if link.state == State.SUBMITTED:
        return pages.under_way(request, link.channel)
    response = _next(request, link, status=503, notice=pages.not_confirmed())
    response["Retry-After"] = str(pages.RETRY_SECONDS)
    return response
