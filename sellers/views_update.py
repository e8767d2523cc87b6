"""The update page: what a seller sees and changes of himself, and what became of it."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from platforms.language import switchable
from sellers import facts, form_pages, identities, open_sessions, pages, update, update_pages, visits
from sellers.linking_rules import REFUSALS
from sellers.models import LinkSession
from sellers.update_forms import UpdateForm

State = LinkSession.State


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def change(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """The seller's settings, and in the end what became of the change."""
    link = open_sessions.of_page(request, code, ref, LinkSession.Kind.UPDATE, _outcome)
    if isinstance(link, HttpResponse):
        return link
    if link.seller is None or not update.can_update(link.seller):
        return update_pages.cannot_update(request, link.channel, link.seller)
    link.seller.channel = link.channel
    if request.method == "POST":
        return _send(request, link)
    # Sent before, and found out not to have happened: who comes back is told so.
    return _show(request, link, _form(link), notice=form_pages.not_updated() if link.outcome else "")


def _send(request: HttpRequest, link: LinkSession) -> HttpResponse:
    assert link.seller is not None
    form = UpdateForm(link.seller, request.POST, signed_in=identities.stored(link))
    wish = form.change(request.META.get("REMOTE_ADDR", ""), (get_language() or "")[:2])
    if wish is None:
        return _show(request, link, form)
    try:
        outcome = update.submit(link, wish)
    except update.CannotUpdate as refusal:
        return update_pages.cannot_update(request, link.channel, refusal.seller)
    except REFUSALS as refusal:
        return _show(request, link, form, notice=form_pages.said(refusal))
    if outcome.state == State.DONE:
        # A page that may be reloaded without sending the form again.
        return redirect(request.path)
    return _outcome(request, outcome)


def _form(link: LinkSession) -> UpdateForm:
    assert link.seller is not None
    sent = update.Change.of(cast(dict[str, Any], link.intent)) if link.intent else None
    return UpdateForm(link.seller, sent=sent, signed_in=identities.stored(link))


def _outcome(request: HttpRequest, link: LinkSession) -> HttpResponse:
    if link.state == State.DONE:
        return update_pages.updated(request, link)
    if link.state == State.FAILED:
        return update_pages.update_ended(request, link)
    if link.state == State.SUBMITTED:
        return update_pages.update_under_way(request, link.channel)
    response = _show(request, link, _form(link), notice=form_pages.not_updated(), status=503)
    response["Retry-After"] = str(pages.RETRY_SECONDS)
    return response


def _show(
    request: HttpRequest, link: LinkSession, form: UpdateForm, *, notice: str = "", status: int = 200
) -> HttpResponse:
    url = reverse("sign-in", args=[link.channel.code, link.ref]) if form.sign_in else ""
    panels = list(facts.panels(form.seller))
    left = visits.minutes_left(link.expires_at)
    return form_pages.update(
        request, link.channel, form, panels, sign_in_url=url, left=left, notice=notice, status=status
    )
