"""Identification of the demo marketplace: any merchant is welcome."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from sellers.identification.base import FieldErrors, Identity, SignUpChannel


class CompanyForm(forms.Form):
    company_name = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the name of your company.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class DemoIdentification:
    is_proof = False

    def form_class(self, channel: SignUpChannel) -> type[forms.Form]:
        return CompanyForm

    def identify(self, channel: SignUpChannel, answers: dict[str, Any], *, address: str) -> Identity | FieldErrors:
        return Identity(None, answers["company_name"], channel.marketplaces)
