"""What the settings of several connectors are made of, and how they are read and checked."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from platforms import outside, webhook_signatures
from platforms.rest import problems
from platforms.rest.serializers import Strict

Text = str | dict[str, str]


class TextField(serializers.Field[Text, Any, Text, Any]):
    """A text in one language for all, or {language code: text}."""

    default_error_messages = {
        "invalid": gettext_lazy("Give a text, or an object with a text for each language: “de” and “en”.")
    }

    def to_internal_value(self, data: Any) -> Text:
        texts = data if isinstance(data, dict) else {settings.LANGUAGE_CODE: data}
        if not texts or not set(texts) <= set(dict(settings.LANGUAGES)):
            self.fail("invalid")
        if not all(isinstance(text, str) and text.strip() and len(text) <= 500 for text in texts.values()):
            self.fail("invalid")
        return data


class AddressField(serializers.CharField):
    """An address that the portal calls; whether it may be reached shows when it is."""

    default_error_messages = {
        "address": gettext_lazy("Give a whole address that begins with https://, without user, password or fragment."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=500, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        address: str = super().to_internal_value(data)
        # Without TLS only to networks that the operator names; he may name others once it is saved.
        is_plain = not address.startswith("https://") and not settings.WEBHOOK_ALLOWED_NETWORKS
        if outside.address_problem(address) or (is_plain and self.context.get("is_saving")):
            self.fail("address")
        return address


class SecretField(serializers.CharField):
    """What calls are signed with (`platforms.webhook_signatures`)."""

    default_error_messages = {
        "secret": gettext_lazy("A signing secret is “whsec_” followed by 24 to 64 random bytes in base64."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        secret: str = super().to_internal_value(data)
        try:
            webhook_signatures.key_of(secret)
        except ValueError:
            self.fail("secret")
        return secret


def in_language(text: Text) -> str:
    """The text in the language at hand, or in the first that it has."""
    if isinstance(text, str):
        return text
    language = (translation.get_language() or settings.LANGUAGE_CODE)[:2]
    return text.get(language) or next(iter(text.values()))


def read(
    kind: type[Strict], connector_settings: dict[str, Any], key: str, *, is_saving: bool = False
) -> dict[str, Any]:
    """The settings under the key, with their defaults; raises ValidationError that names each wrong one by its path."""
    given = connector_settings.get(key)
    if not isinstance(given, dict):
        raise ValidationError(
            _("The connector needs the object “%(key)s” in its settings.") % {"key": key}, code="required"
        )
    serializer = kind(data=given, context={"is_saving": is_saving})
    try:
        serializer.is_valid(raise_exception=True)
    except serializers.ValidationError as error:
        wrong = problems.errors_of(error)
        raise ValidationError(
            [ValidationError(f"{key}.{each['field']}: {each['message']}", code=each["code"]) for each in wrong]
        ) from None
    return dict(serializer.validated_data)
