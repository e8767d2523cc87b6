"""The hosted pages of an account: its invitation, its new access code, and the question for a lost one."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import help_links, pages
from sellers.account_forms import LostCodeForm
from sellers.identification import guesses
from sellers.models import Account, Invitation, Seller


def invitation(request: HttpRequest, home: Channel, found: Invitation) -> HttpResponse:
    context = {"account": found.account, "is_lost": found.purpose == Invitation.Purpose.LOST_CODE}
    return pages.show(request, "sellers/invitation.html", home, context)


def access_code(request: HttpRequest, home: Channel, found: Invitation, code: str) -> HttpResponse:
    is_linked = Seller.objects.filter(account=found.account).exclude(state=Seller.State.REMOVED).exists()
    return new_code(request, home, found.account, code, is_linked=is_linked)


def new_code(request: HttpRequest, home: Channel, account: Account, code: str, *, is_linked: bool) -> HttpResponse:
    """The only page that ever shows the code."""
    context = {"account": account, "access_code": code, "is_linked": is_linked}
    return pages.show(request, "sellers/access_code.html", home, context)


def dead_invitation(request: HttpRequest, home: Channel) -> HttpResponse:
    steps = [_("If you have got a newer mail from %(name)s, open the link in that one.") % {"name": home.display_name}]
    if help_links.sends_codes(home):
        address = reverse("lost-code", args=[home.code])
        steps.append(format_html('<a href="{}">{}</a>', address, _("Have a new link sent to you.")))
    steps.append(_("Otherwise ask %(name)s for another invitation.") % {"name": home.display_name})
    return pages.failure(
        request,
        home,
        410,
        _("This link no longer works"),
        _("It has been used before, has expired, or was replaced by another one. Nothing was changed."),
        steps,
        page="dead-invitation",
    )


def lost_code(request: HttpRequest, home: Channel, form: LostCodeForm, *, are_used_up: bool = False) -> HttpResponse:
    """The form; `are_used_up`: this browser asked so often that nothing is sent for a while."""
    notice = ""
    if are_used_up:
        minutes = guesses.WINDOW_SECONDS // 60
        notice = _("That was asked for very often. Please wait %(minutes)d minutes, then try again.")
        notice %= {"minutes": minutes}
    context = {"form": form, "notice": notice}
    response = pages.show(request, "sellers/lost_code.html", home, context, 429 if are_used_up else 200)
    if are_used_up:
        response["Retry-After"] = str(guesses.WINDOW_SECONDS)
    return response


def code_asked_for(request: HttpRequest, home: Channel) -> HttpResponse:
    """The same for everybody who asked, whether there is such an account or not."""
    return pages.show(request, "sellers/lost_code_sent.html", home, {})
