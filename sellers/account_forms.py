"""The form of the hosted page for lost access codes."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LostCodeForm(forms.Form):
    login = forms.CharField(
        label=_("Account"),
        max_length=100,
        help_text=_("The account name that the marketplace gave you."),
        error_messages={"required": _("Enter the account name that the marketplace gave you.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
