"""Every hosted page with example data, for staff to look at: no session, nothing stored, nothing asked of SCX.

A new page gets a line in PREVIEWS, named as its function in `sellers.pages`; a variant of a page gets a suffix.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.models import Channel
from platforms.names import by_name
from platforms.scx.errors import ScxNoAnswer
from sellers import account_pages, form_pages, pages, sign_in_pages, update_pages
from sellers.account_forms import LostCodeForm
from sellers.facts import Item, Panel
from sellers.forms import MarketplaceForm, WhoForm, nowhere
from sellers.identification.base import Identity
from sellers.identification.registry import described, sign_in_of
from sellers.models import Account, Invitation, LinkSession, Membership, Seller
from sellers.update_forms import UpdateForm

MINUTES_LEFT = 25


@dataclass(frozen=True)
class Preview:
    """`show` renders the page for a platform or standalone channel."""

    title: Promise
    show: Callable[[HttpRequest, Channel], HttpResponse]
    of_platforms_only: bool = False


def of_channel(home: Channel) -> dict[str, Preview]:
    """The pages that a seller of the channel may meet, by name."""
    return {name: each for name, each in PREVIEWS.items() if home.is_platform or not each.of_platforms_only}


def sign_up(request: HttpRequest, home: Channel) -> HttpResponse:
    return _who(request, home)


def sign_up_with_errors(request: HttpRequest, home: Channel) -> HttpResponse:
    """What a merchant sees who sent the form empty."""
    return _who(request, home, QueryDict())


def sign_up_refused(request: HttpRequest, home: Channel) -> HttpResponse:
    return _who(request, home, notice=nowhere())


def sign_in(request: HttpRequest, home: Channel) -> HttpResponse:
    login = sign_in_of(home)
    label = login.button(described(home)) if login else _("Sign in at %(name)s") % {"name": home.display_name}
    return form_pages.sign_in(request, home, label, "", left=MINUTES_LEFT)


def marketplaces(request: HttpRequest, home: Channel) -> HttpResponse:
    return _where(request, home)


def marketplaces_with_errors(request: HttpRequest, home: Channel) -> HttpResponse:
    return _where(request, home, QueryDict())


def sign_up_without_answer(request: HttpRequest, home: Channel) -> HttpResponse:
    return _where(request, home, notice=pages.not_confirmed())


def update(request: HttpRequest, home: Channel) -> HttpResponse:
    return _update(request, home, _seller(home))


def update_with_errors(request: HttpRequest, home: Channel) -> HttpResponse:
    """What a seller sees who sent the form empty."""
    return _update(request, home, _seller(home), QueryDict())


def update_unlinked(request: HttpRequest, home: Channel) -> HttpResponse:
    seller = _seller(home, Seller.State.UNLINKED)
    seller.state_reason = _("No active subscription")
    seller.credentials_rejected_at = timezone.now()
    return _update(request, home, seller)


def updated(request: HttpRequest, home: Channel) -> HttpResponse:
    return update_pages.saved(request, home, _seller(home), _marketplaces(home))


def invitation(request: HttpRequest, home: Channel) -> HttpResponse:
    return account_pages.invitation(request, home, _invitation(home))


def access_code(request: HttpRequest, home: Channel) -> HttpResponse:
    return account_pages.new_code(request, home, _invitation(home).account, "EXAMPLE-ONLY", is_linked=False)


def sign_in_failed(request: HttpRequest, home: Channel) -> HttpResponse:
    text = _("You ended the sign-in. Nothing was changed.")
    return sign_in_pages.failed(request, LinkSession(channel=home, ref="example"), text, is_theirs=False)


def connected(request: HttpRequest, home: Channel) -> HttpResponse:
    return pages.welcome(request, home, _seller(home), _marketplaces(home))


def through_platform(request: HttpRequest, home: Channel) -> HttpResponse:
    example = Channel(kind=Channel.Kind.MARKETPLACE, platform=home, display_name=_("Example marketplace"))
    return pages.through_platform(request, next(iter(by_name(home.marketplaces.all())), example))


def _who(request: HttpRequest, home: Channel, data: QueryDict | None = None, notice: str = "") -> HttpResponse:
    if sign_in_of(home):
        return sign_in(request, home)
    form = WhoForm(home, data)
    form.fields.is_valid()
    return form_pages.who(request, home, form, left=MINUTES_LEFT, notice=notice)


def _where(request: HttpRequest, home: Channel, data: QueryDict | None = None, notice: str = "") -> HttpResponse:
    form = MarketplaceForm(data, _marketplaces(home))
    form.is_valid()
    identity = Identity(_("example-shop"), "Müller & Söhne")
    return form_pages.where(request, home, identity, form, left=MINUTES_LEFT, notice=notice)


def _update(request: HttpRequest, home: Channel, seller: Seller, data: QueryDict | None = None) -> HttpResponse:
    memberships = [
        Membership(seller=seller, marketplace=marketplace, wanted=True, confirmed=True)
        for marketplace in _marketplaces(home)
    ]
    form = UpdateForm(seller, data, memberships=memberships)
    if data is not None:
        form.change("", "")
    cure = Item(_("Hiking boot · SKU-4711"), (_("The GTIN is missing."),))
    panel = Panel(_("Offers that need a change"), _("An example of an offer that could not be listed."), (cure,))
    return form_pages.update(request, home, form, [panel], left=MINUTES_LEFT)


def _marketplaces(home: Channel) -> list[Channel]:
    return by_name(home.marketplaces.filter(is_active=True))


def _invitation(home: Channel) -> Invitation:
    account = Account(channel=home, login=_("example-shop"), company_name="Müller & Söhne")
    return Invitation(account=account, purpose=Invitation.Purpose.INVITATION)


def _seller(home: Channel, state: str = Seller.State.ACTIVE) -> Seller:
    return Seller(
        channel=home, seller_id="S1a2b3c4d5e6f708192a3b4c5d6e7f8091", company_name="Müller & Söhne", state=state
    )


PREVIEWS: dict[str, Preview] = {
    "sign-up": Preview(gettext_lazy("Sign-up"), sign_up),
    "sign-up-with-errors": Preview(gettext_lazy("Sign-up, sent empty"), sign_up_with_errors),
    "sign-up-refused": Preview(gettext_lazy("Sign-up, account refused"), sign_up_refused),
    "sign-in": Preview(gettext_lazy("Sign-up at the marketplace’s own login"), sign_in),
    "sign-in-failed": Preview(gettext_lazy("Not signed in"), sign_in_failed),
    "sign-in-over": Preview(gettext_lazy("Sign-in over"), sign_in_pages.over),
    "where": Preview(gettext_lazy("Choice of marketplaces"), marketplaces, of_platforms_only=True),
    "where-with-errors": Preview(
        gettext_lazy("Choice of marketplaces, none chosen"), marketplaces_with_errors, of_platforms_only=True
    ),
    "sign-up-without-answer": Preview(gettext_lazy("Sign-up, JTL does not confirm"), sign_up_without_answer),
    "under-way": Preview(gettext_lazy("Waiting for JTL’s confirmation"), pages.under_way),
    "connected": Preview(gettext_lazy("Connected"), connected),
    "already-linked": Preview(
        gettext_lazy("Signed up already"), lambda request, home: pages.already_linked(request, home, _seller(home))
    ),
    "already-linked-just-now": Preview(
        gettext_lazy("Signed up a moment ago"),
        lambda request, home: pages.already_linked(request, home, _seller(home, Seller.State.LINKING)),
    ),
    "ended": Preview(
        gettext_lazy("Refused by JTL"), lambda request, home: pages.ended(request, LinkSession(channel=home))
    ),
    "update": Preview(gettext_lazy("Change of a connection"), update),
    "update-with-errors": Preview(gettext_lazy("Change of a connection, sent empty"), update_with_errors),
    "update-unlinked": Preview(gettext_lazy("Change of a connection that was ended"), update_unlinked),
    "updated": Preview(gettext_lazy("Changes saved"), updated),
    "update-under-way": Preview(gettext_lazy("Changes wait for JTL’s confirmation"), update_pages.update_under_way),
    "update-ended": Preview(
        gettext_lazy("Changes refused by JTL"),
        lambda request, home: update_pages.update_ended(request, LinkSession(channel=home)),
    ),
    "cannot-update": Preview(
        gettext_lazy("Connection ended for good"),
        lambda request, home: update_pages.cannot_update(request, home, _seller(home, Seller.State.REMOVED)),
    ),
    "unknown-seller": Preview(gettext_lazy("Connection that only JTL knows"), pages.unknown_seller),
    "invitation": Preview(gettext_lazy("Invitation"), invitation),
    "access-code": Preview(gettext_lazy("New access code"), access_code),
    "dead-invitation": Preview(gettext_lazy("Invitation used or expired"), account_pages.dead_invitation),
    "lost-code": Preview(
        gettext_lazy("Access code lost"),
        lambda request, home: account_pages.lost_code(request, home, LostCodeForm()),
    ),
    "code-asked-for": Preview(gettext_lazy("Access code asked for"), account_pages.code_asked_for),
    "no-session": Preview(gettext_lazy("Opened without JTL-Wawi"), pages.no_session),
    "dead-session": Preview(gettext_lazy("Link expired or used"), pages.dead_session),
    "unreadable-session": Preview(gettext_lazy("Link lost on our side"), pages.unreadable_session),
    "other-browser": Preview(gettext_lazy("Opened in another browser"), pages.other_browser),
    "form-not-accepted": Preview(gettext_lazy("Form without cookies"), pages.form_not_accepted),
    "through-platform": Preview(gettext_lazy("Sign-up of a marketplace"), through_platform, of_platforms_only=True),
    "no-answer": Preview(
        gettext_lazy("JTL does not answer"),
        lambda request, home: pages.no_answer(request, home, ScxNoAnswer("example")),
    ),
    "interrupted": Preview(gettext_lazy("JTL does not let us in"), pages.interrupted),
    "out-of-order": Preview(gettext_lazy("Settings unreadable"), pages.out_of_order),
    "unknown-channel": Preview(gettext_lazy("Unknown channel"), lambda request, home: pages.unknown_channel(request)),
    "unavailable": Preview(
        gettext_lazy("Database does not answer"), lambda request, home: pages.show(request, "503.html", None, {})
    ),
    "crashed": Preview(
        gettext_lazy("Something went wrong"), lambda request, home: pages.show(request, "500.html", None, {})
    ),
}
