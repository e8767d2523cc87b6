"""Identification by an account and its access code, which the marketplace gave to the merchant."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import hiding
from sellers import access_codes
from sellers.identification import guesses
from sellers.identification.base import FieldErrors, Identity, SignUpChannel
from sellers.models import Account


class AccountForm(forms.Form):
    login = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=100,
        help_text=gettext_lazy("The account name that the marketplace gave you."),
        error_messages={"required": gettext_lazy("Enter the account name that the marketplace gave you.")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    access_code = forms.CharField(
        label=gettext_lazy("Access code"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the access code that belongs to the account.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ManualIdentification:
    is_proof = True

    def form_class(self, channel: SignUpChannel) -> type[forms.Form]:
        return AccountForm

    def identify(self, channel: SignUpChannel, answers: dict[str, Any], *, address: str) -> Identity | FieldErrors:
        """One message for all who do not know the code, and the same work: neither tells which logins exist.

        That an account is blocked or locked, or its code too old, learns only who has the right code.
        """
        login, access_code = answers["login"], answers["access_code"]
        hiding.remember(access_code)
        if guesses.are_used_up(channel.code, login, address):
            return _too_many_tries()
        account = Account.objects.filter(channel__code=channel.code, login=login).first()
        if not access_codes.opens(account, access_code) or account is None:
            access_codes.note_wrong(channel.code, login)
            return _no_match()
        guesses.forget(channel.code, login, address)
        if refusal := _refusal(account, channel):
            return refusal
        access_codes.note_right(account)
        return Identity(account.login, account.company_name, _allowed(account, channel))


def _refusal(account: Account, channel: SignUpChannel) -> FieldErrors | None:
    """Why the right code does not open the account now."""
    if not account.is_active:
        return FieldErrors({"login": _("This account is blocked. Please ask the marketplace to open it again.")})
    if account.locked_at:
        text = _(
            "This account is locked, because a wrong access code was entered too often. Please ask %(channel)s to "
            "unlock it or to give you a new access code."
        )
        return FieldErrors({"login": text % {"channel": channel.display_name}})
    if account.is_expired:
        text = _("This access code has expired. Please ask %(channel)s for a new one.")
        return FieldErrors({"access_code": text % {"channel": channel.display_name}})
    return None


def _allowed(account: Account, channel: SignUpChannel) -> tuple[str, ...]:
    """The account's marketplaces among the active ones; an account that names none may use them all."""
    named = set(account.marketplaces.values_list("code", flat=True))
    return tuple(code for code in channel.marketplaces if not named or code in named)


def _no_match() -> FieldErrors:
    return FieldErrors(
        {"access_code": _("Account and access code do not belong together. Please check both and try again.")}
    )


def _too_many_tries() -> FieldErrors:
    minutes = guesses.WINDOW_SECONDS // 60
    text = _(
        "There were too many tries with a wrong access code. Please wait %(minutes)d minutes, then send the form again."
    )
    return FieldErrors({"": text % {"minutes": minutes}}, retry_after=guesses.WINDOW_SECONDS)
