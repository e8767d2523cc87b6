"""The admin's forms of accounts and memberships."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from platforms.theme import PasswordInput
from sellers import accounts, memberships
from sellers.models import Account, Membership


class AccountForm(forms.ModelForm):
    """An account; its access code is kept as a hash, so it can be replaced but not read."""

    new_access_code = forms.CharField(
        label=_("Access code"),
        required=False,
        max_length=200,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "What the seller enters when signing up. It replaces the one that is stored, which is never shown."
        ),
    )

    class Meta:
        model = Account
        fields = ("channel", "login", "company_name", "marketplaces", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "new_access_code" in self.fields and not self.instance.pk and not cleaned.get("new_access_code"):
            self.add_error("new_access_code", _("An account needs an access code."))
        if cleaned.get("channel") and "marketplaces" in cleaned:
            try:
                accounts.check_marketplaces(Account(channel=cleaned["channel"]), cleaned["marketplaces"])
            except ValidationError as error:
                self.add_error(None, error)
        if cleaned.get("new_access_code"):
            self.instance.set_access_code(cleaned["new_access_code"])
        return cleaned


class MembershipForm(forms.ModelForm):
    """Where a seller shall sell; the rules are those of `sellers.memberships`."""

    class Meta:
        model = Membership
        fields = ("seller", "marketplace", "wanted")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seller = cleaned.get("seller") or (self.instance.seller if self.instance.pk else None)
        marketplace = cleaned.get("marketplace") or (self.instance.marketplace if self.instance.pk else None)
        if seller and marketplace and "wanted" in cleaned:
            memberships.check(seller, marketplace, cleaned["wanted"])
        return cleaned
