"""The form of the fields that a channel declares for identification by webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from platforms.connector_fields import in_language

# What the browser may fill in by itself.
AUTOCOMPLETE = {"email": "email", "password": "current-password"}


def form_of(fields: list[dict[str, Any]]) -> type[forms.Form]:
    """A form class with a field for each of the settings, in the language at hand."""
    return type("DeclaredForm", (forms.Form,), {each["name"]: _field(each) for each in fields})


def _field(declared: dict[str, Any]) -> forms.Field:
    label = in_language(declared["label"])
    common: dict[str, Any] = {
        "label": label,
        "required": declared["required"],
        "help_text": in_language(declared["help"]) if "help" in declared else "",
        "error_messages": {"required": _("Please fill in “%(label)s”.") % {"label": label}},
    }
    if declared["type"] == "choice":
        offered = [(value, in_language(text)) for value, text in declared["choices"].items()]
        return forms.ChoiceField(choices=[("", _("Please choose")), *offered], **common)
    kind, widget = _KINDS[declared["type"]]
    attributes = {"autocomplete": AUTOCOMPLETE.get(declared["type"], "off"), "autocapitalize": "none"}
    # What belongs to a password is not for the spelling service of a browser.
    attributes["spellcheck"] = "false"
    return kind(max_length=declared["max_length"], widget=widget(attrs=attributes), **common)


_KINDS: dict[str, tuple[type[forms.CharField], type[forms.Widget]]] = {
    "text": (forms.CharField, forms.TextInput),
    "email": (forms.EmailField, forms.EmailInput),
    "password": (forms.CharField, forms.PasswordInput),
}
