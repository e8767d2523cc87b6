"""The hosted forms as pages: who it is, where to sell, and what a seller may change."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import failures, help_links, pages
from sellers.facts import Panel
from sellers.forms import MarketplaceForm, WhoForm
from sellers.identification.base import Identity
from sellers.identification.registry import described
from sellers.linking_rules import AccountGone, AccountTaken, AlreadyLinked
from sellers.update_forms import UpdateForm


def who(
    request: HttpRequest, home: Channel, form: WhoForm, *, left: int | None = None, notice: str = "", status: int = 200
) -> HttpResponse:
    """The connector's form. `left`: minutes for which the link is likely to work."""
    context = {"who": form.fields, "help": help_links.help_of(home), "minutes_left": left, "notice": notice}
    response = pages.show(request, "sellers/sign_up.html", home, context, max(status, form.status))
    if form.retry_after:
        response["Retry-After"] = str(form.retry_after)
    return _kept(response, home, "sign-up-form", notice, form.fields.non_field_errors())


def sign_in(
    request: HttpRequest,
    home: Channel,
    label: str,
    url: str,
    *,
    left: int | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The way to the marketplace's own login; `label` is what the link to it says."""
    context = {
        "label": label,
        "sign_in_url": url,
        "help": help_links.help_of(home),
        "minutes_left": left,
        "notice": notice,
    }
    response = pages.show(request, "sellers/sign_up_sign_in.html", home, context, status)
    return _kept(response, home, "sign-up-form", notice)


def where(
    request: HttpRequest,
    home: Channel,
    identity: Identity,
    form: MarketplaceForm,
    *,
    left: int | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The marketplaces to choose from; without a question the last look before connecting."""
    context = {"identity": identity, "where": form, "minutes_left": left, "notice": notice}
    response = pages.show(request, "sellers/sign_up_marketplaces.html", home, context, status)
    return _kept(response, home, "sign-up-form", notice)


def update(
    request: HttpRequest,
    home: Channel,
    form: UpdateForm,
    panels: Sequence[Panel],
    *,
    sign_in_url: str = "",
    left: int | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """What a seller sees and may change of himself."""
    context: dict[str, Any] = {
        "form": form,
        "seller": form.seller,
        "who": form.who.fields if form.who else None,
        "sign_in_url": sign_in_url,
        "sign_in_label": form.sign_in.button(described(home)) if form.sign_in else "",
        "panels": panels,
        "minutes_left": left,
        "notice": notice,
    }
    response = pages.show(
        request, "sellers/update.html", home, context, max(status, form.who.status if form.who else 0)
    )
    if form.who and form.who.retry_after:
        response["Retry-After"] = str(form.who.retry_after)
    refusals = form.who.fields.non_field_errors() if form.who else []
    return _kept(response, home, "update-form", notice, [*form.form.non_field_errors(), *refusals])


def not_updated() -> str:
    return _(
        "JTL cannot confirm your changes at the moment. Nothing was changed yet; what you entered is kept. "
        "Please save again in a minute."
    )


def said(refusal: Exception) -> str:
    """A refusal of `linking_rules` in the merchant's words, for a notice above a form."""
    texts = {
        AccountTaken: _(
            "This account is linked to another JTL account. One account can be linked once: use another one, "
            "or disconnect it there first."
        ),
        AccountGone: _("This account has been closed in the meantime. Use another one, or ask the marketplace."),
        AlreadyLinked: _("This account belongs to another connection of yours. Use another one."),
    }
    return texts[type(refusal)]


def _kept(
    response: HttpResponse, home: Channel, page: str, notice: str, refusals: Sequence[object] = ()
) -> HttpResponse:
    """A form that shows a reference is found by it."""
    detail = " ".join(filter(None, [notice, *map(str, refusals)]))
    return failures.mark(response, failures.Failure(page, home, detail)) if detail else response
