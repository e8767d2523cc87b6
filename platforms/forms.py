"""The admin's forms of channels and API keys: secrets go in and never come out."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from platforms import channels, storable, tokens
from platforms.branding_form import BrandingForm
from platforms.fields import is_unreadable
from platforms.models import ApiKey, Channel, StockSyncGroup, default_languages
from platforms.models.channels import MOST_HELD_BACK
from platforms.theme import (
    CheckboxInput,
    CheckboxSelectMultiple,
    NumberInput,
    PasswordInput,
    Select,
    Textarea,
    TextInput,
)

# The form's field by which a secret one of the model is entered.
SHOWN_AS = {"connector_settings": "new_connector_settings", "refresh_token": "new_refresh_token"}


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


def _pieces(name: str) -> forms.IntegerField:
    """A number of pieces of a channel, where nothing means none."""
    field = cast("Field[Any, Any]", Channel._meta.get_field(name))
    return forms.IntegerField(
        label=capfirst(field.verbose_name),
        required=False,
        initial=0,
        min_value=0,
        max_value=MOST_HELD_BACK,
        widget=NumberInput,
        help_text=field.help_text,
    )


class ChannelForm(BrandingForm):
    """A channel. Token and connector settings are write-only: what is entered replaces what is stored.

    `verdict`: what SCX said of the entered token, asked before the form, which is handled inside a transaction.
    """

    verdict: tokens.Verdict | None = None

    languages = WordsField(
        label=capfirst(_("languages")),
        required=False,
        initial=default_languages,
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
        initial=Channel._meta.get_field("connector").get_default,
        help_text=_("How sellers are identified and how offers are handed over."),
    )
    feature_flags = DataField(label=capfirst(_("feature flags")), shape=dict)
    stock_buffer = _pieces("stock_buffer")
    stock_minimum = _pieces("stock_minimum")
    unlink_rejected_after_days = forms.IntegerField(
        label=capfirst(_("disconnect after rejected credentials")),
        required=False,
        min_value=0,
        max_value=3650,
        widget=NumberInput,
        help_text=_(
            "After how many days a seller is disconnected whose credentials the marketplace rejects. Empty or 0: "
            "never by itself; staff decide."
        ),
    )
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
            "stock_buffer",
            "stock_minimum",
            "new_sellers",
            "feature_flags",
            "connector",
            "in_progress_report",
            "waiting_limit_hours",
            "retention_days",
            "several_sellers_per_account",
            "unlink_rejected_after_days",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A user who may only view the channel gets a form without fields.
        if "connector" in self.fields:
            known = sorted({*settings.CONNECTORS, *filter(None, [self.instance.connector])})
            self.fields["connector"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]
        if "platform" in self.fields:
            platforms = self.fields["platform"].queryset  # type: ignore[attr-defined]
            self.fields["platform"].queryset = platforms.filter(kind=Channel.Kind.PLATFORM)  # type: ignore[attr-defined]
        if "new_connector_settings" in self.fields and is_unreadable(self.instance.connector_settings):
            self.fields["new_connector_settings"].help_text = _(
                "Settings are stored that cannot be read with the present keys. Enter them again as a JSON object."
            )
        elif "new_connector_settings" in self.fields and self.instance.connector_settings:
            self.fields["new_connector_settings"].help_text = _(
                "Settings are stored. A JSON object entered here replaces them; they are never shown."
            )

    def clean_stock_buffer(self) -> int:
        return self.cleaned_data["stock_buffer"] or 0

    def clean_stock_minimum(self) -> int:
        return self.cleaned_data["stock_minimum"] or 0

    def clean_unlink_rejected_after_days(self) -> int | None:
        return self.cleaned_data["unlink_rejected_after_days"] or None

    def _post_clean(self) -> None:
        self._take_secrets()
        self.take_branding()
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            channels.clean(self.instance)
        except ValidationError as error:
            self._update_errors(error)

    def _take_secrets(self) -> None:
        cleaned = self.cleaned_data
        token = (cleaned.get("new_refresh_token") or "").strip()
        if token and self.verdict and not self.verdict.is_usable:
            self.add_error("new_refresh_token", self.verdict.text)
        elif token or cleaned.get("forget_refresh_token"):
            tokens.put(self.instance, token, self.verdict)
        if cleaned.get("new_connector_settings") or cleaned.get("forget_connector_settings"):
            self.instance.connector_settings = cleaned.get("new_connector_settings") or {}

    def _update_errors(self, errors: ValidationError) -> None:
        """What the model finds wrong: at the field, and what belongs to none of the form's, above it."""
        for field, problems in errors.update_error_dict({}).items():
            place = SHOWN_AS.get(field, field)
            # What was entered there is no value at all, and has been said so.
            if place not in self.errors:
                self.add_error(place if place in self.fields else None, problems)


class StockSyncGroupForm(forms.ModelForm):
    class Meta:
        model = StockSyncGroup
        fields = ("platform", "label")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            channels.clean_group(self.instance)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Also"),
        required=False,
        choices=[(scope, scope) for scope in ApiKey.all_scopes()],
        widget=CheckboxSelectMultiple,
        help_text=_("Rights of single resources beside what the scope allows everywhere; write includes read."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scope", "scopes", "channels", "expires_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") == ApiKey.Scope.NONE and not cleaned.get("scopes"):
            self.add_error("scopes", _("Choose at least one: the key could do nothing."))
        return cleaned

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at and "expires_at" in self.changed_data and expires_at <= timezone.now():
            raise ValidationError(_("Choose a time to come, or leave this empty for a key that does not expire."))
        return expires_at
