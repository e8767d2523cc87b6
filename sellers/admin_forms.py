"""The admin's form of memberships."""

from typing import Any

from django import forms

from sellers import memberships
from sellers.models import Membership


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
