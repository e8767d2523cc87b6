"""The admin's forms of channels and API keys: secrets go in and never come out."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from platforms import channels, storable
from platforms.fields import is_unreadable
from platforms.models import ApiKey, Channel
from platforms.theme import CheckboxInput, PasswordInput, Select, Textarea, TextInput

Kind = Channel.Kind
NOT_FOR_KIND: dict[str, dict[str, Any]] = {
    Kind.PLATFORM: {
        "platform": _("A platform belongs to no other platform: leave this empty."),
        "stock_sync_group": _("A platform has no stock of its own: leave this empty."),
        "new_refresh_token": _(
            "A platform is virtual; SCX knows it by the tokens of its marketplaces: leave this empty."
        ),
    },
    Kind.MARKETPLACE: {
        "sign_up_url": _("A marketplace has the sign-up URL of its platform: leave this empty."),
        "update_url": _("A marketplace has the update URL of its platform: leave this empty."),
    },
    Kind.STANDALONE: {
        "platform": _("A standalone channel belongs to no platform: leave this empty."),
        "stock_sync_group": _("Only marketplaces of a platform share stock: leave this empty."),
    },
}


class WordsField(forms.CharField):
    """A list of words, written with commas between them."""

    widget = TextInput

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [word.strip() for word in (super().to_python(value) or "").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


class DataField(forms.JSONField):
    """JSON of one shape (`dict` or `list`) that a database can hold; left empty it is an empty one."""

    def __init__(self, *, shape: type, **kwargs: Any) -> None:
        super().__init__(required=False, widget=Textarea(attrs={"rows": 3, "spellcheck": "false"}), **kwargs)
        self.shape = shape

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned in (None, ""):
            return self.shape()
        if not isinstance(cleaned, self.shape):
            raise ValidationError(
                _("Write a JSON object, such as {}.") if self.shape is dict else _("Write a JSON list, such as [].")
            )
        if storable.payload({"value": cleaned}).is_changed:
            raise ValidationError(_("This holds a character that a database cannot store."))
        return cleaned


class SecretDataField(DataField):
    """What was entered is not shown again either, where the form comes back with an error elsewhere."""

    def prepare_value(self, value: Any) -> Any:
        return ""


class ChannelForm(forms.ModelForm):
    """A channel. Token and connector settings are write-only: what is entered replaces what is stored."""

    languages = WordsField(
        label=capfirst(_("languages")),
        required=False,
        help_text=_("Codes of two letters with commas between them, such as: de, en"),
        max_length=200,
    )
    countries = WordsField(
        label=capfirst(_("countries")),
        required=False,
        help_text=_("Codes of two letters with commas between them, such as: DE, AT"),
        max_length=1000,
    )
    connector = forms.ChoiceField(
        label=capfirst(_("connector")),
        widget=Select,
        help_text=_("How sellers are identified and how offers are handed over."),
    )
    minimum_client_versions = DataField(label=capfirst(_("minimum client versions")), shape=list)
    feature_flags = DataField(label=capfirst(_("feature flags")), shape=dict)
    branding = DataField(label=capfirst(_("branding")), shape=dict)
    new_refresh_token = forms.CharField(
        label=_("New refresh token"),
        required=False,
        widget=PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The token JTL gave for this channel; it replaces the one that is stored and is never shown."),
    )
    forget_refresh_token = forms.BooleanField(label=_("Forget the stored token"), required=False, widget=CheckboxInput)
    new_connector_settings = SecretDataField(
        label=_("New connector settings"),
        shape=dict,
        help_text=_("A JSON object; it replaces the settings that are stored, which are never shown."),
    )
    forget_connector_settings = forms.BooleanField(
        label=_("Forget the stored settings"), required=False, widget=CheckboxInput
    )

    class Meta:
        model = Channel
        fields = (
            "code",
            "display_name",
            "kind",
            "platform",
            "is_active",
            "currency",
            "languages",
            "countries",
            "sign_up_url",
            "update_url",
            "stock_source",
            "stock_sync_group",
            "minimum_client_versions",
            "feature_flags",
            "connector",
            "branding",
            "retention_days",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A user who may only view the channel gets a form without fields.
        if "connector" in self.fields:
            known = sorted({*settings.CONNECTORS, *filter(None, [self.instance.connector])})
            self.fields["connector"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]
        if "platform" in self.fields:
            platforms = self.fields["platform"].queryset  # type: ignore[attr-defined]
            self.fields["platform"].queryset = platforms.filter(kind=Kind.PLATFORM)  # type: ignore[attr-defined]
        if "new_connector_settings" in self.fields and is_unreadable(self.instance.connector_settings):
            self.fields["new_connector_settings"].help_text = _(
                "Settings are stored that cannot be read with the present keys. Enter them again as a JSON object."
            )
        elif "new_connector_settings" in self.fields and self.instance.connector_settings:
            self.fields["new_connector_settings"].help_text = _(
                "Settings are stored. A JSON object entered here replaces them; they are never shown."
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind") or self.instance.kind
        for field, message in NOT_FOR_KIND.get(kind, {}).items():
            if cleaned.get(field):
                self.add_error(field, message)
        if (
            kind == Kind.MARKETPLACE
            and "platform" in self.fields
            and not cleaned.get("platform")
            and "platform" not in self.errors
        ):
            self.add_error("platform", _("A marketplace belongs to a platform: choose it."))
        return cleaned

    def _post_clean(self) -> None:
        self._take_secrets()
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            channels.clean(self.instance)
        except ValidationError as error:
            self._add_errors(error)

    def _take_secrets(self) -> None:
        cleaned = self.cleaned_data
        token = (cleaned.get("new_refresh_token") or "").strip()
        if token or cleaned.get("forget_refresh_token"):
            self.instance.refresh_token = token
        if cleaned.get("new_connector_settings") or cleaned.get("forget_connector_settings"):
            self.instance.connector_settings = cleaned.get("new_connector_settings") or {}

    def _add_errors(self, error: ValidationError) -> None:
        """The errors at their fields; what belongs to a field that is not in the form, above it."""
        for field, errors in error.update_error_dict({}).items():
            self.add_error(field if field in self.fields else None, errors)


class ApiKeyForm(forms.ModelForm):
    class Meta:
        model = ApiKey
        fields = ("name", "scope", "channels", "expires_at")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and "expires_at" in self.changed_data and expires_at <= timezone.now():
            raise ValidationError(_("Choose a time to come, or leave this empty for a key that does not expire."))
        return expires_at
