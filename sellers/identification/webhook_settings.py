"""What a channel's connector settings say about identification by webhook, under the key `identification`."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from platforms.connector_fields import AddressField, SecretField, TextField, read
from platforms.rest.serializers import Strict

KEY = "identification"
# Names that the page's own form sends.
RESERVED = {"marketplaces", "language", "csrfmiddlewaretoken"}
MOST_FIELDS = 20


class FieldSettings(Strict):
    """A field of the form. `credential`: its value is kept, encrypted; every other is forgotten once it was checked."""

    name = serializers.RegexField(r"\A[a-z][a-z0-9_]{0,49}\Z")
    label = TextField()  # type: ignore[assignment]
    help = TextField(required=False)
    type = serializers.ChoiceField(["text", "password", "email", "choice"], default="text")
    choices = serializers.DictField(child=TextField(), required=False, allow_empty=False)
    required = serializers.BooleanField(default=True)  # type: ignore[assignment]
    max_length = serializers.IntegerField(min_value=1, max_value=2000, default=200)
    credential = serializers.BooleanField(default=False)

    def validate_name(self, name: str) -> str:
        if name in RESERVED:
            raise serializers.ValidationError(_("This name is taken by the page."))
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["type"] == "choice") != ("choices" in attrs):
            raise serializers.ValidationError({"choices": _("A field of type “choice” has choices, no other has.")})
        return attrs


class WebhookSettings(Strict):
    url = AddressField()
    secret = SecretField()
    fields = serializers.ListField(child=FieldSettings(), allow_empty=False, max_length=MOST_FIELDS)  # type: ignore[assignment]

    def validate_fields(self, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [each["name"] for each in fields]
        if len(set(names)) < len(names):
            raise serializers.ValidationError(_("Two fields have the same name."))
        if naming_field(fields) is None:
            text = _("One field of type “text” or “email” must be required: tries are counted by what stands in it.")
            raise serializers.ValidationError(text)
        return fields


def naming_field(fields: list[dict[str, Any]]) -> str | None:
    """The name of the field that says who somebody is: the first one that is required and no secret."""
    return next((each["name"] for each in fields if each["required"] and each["type"] in {"text", "email"}), None)


def webhook_settings(connector_settings: dict[str, Any], *, is_saving: bool = False) -> dict[str, Any]:
    """url, secret and fields; raises ValidationError."""
    return read(WebhookSettings, connector_settings, KEY, is_saving=is_saving)
