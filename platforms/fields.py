"""Fields whose values lie encrypted in the database, under keys of their own that can be rotated."""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from platforms import hiding


def keyring() -> MultiFernet:
    """All keys of ENCRYPTION_KEYS; the first encrypts, each may decrypt."""
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


class Unreadable(str):
    """What stands in for a value none of the keys can decrypt: empty to its readers, written back as it was."""

    ciphertext: str

    def __new__(cls, ciphertext: str) -> "Unreadable":
        value = super().__new__(cls, "")
        value.ciphertext = ciphertext
        return value


def encrypt(value: str) -> str:
    hiding.remember(value)
    return _sealed(value)


def decrypt(ciphertext: str) -> str:
    value = _opened(ciphertext)
    hiding.remember(value)
    return value


def _sealed(value: str) -> str:
    if isinstance(value, Unreadable):
        return value.ciphertext
    return keyring().encrypt(value.encode()).decode() if value else ""


def _opened(ciphertext: str) -> str:
    try:
        return keyring().decrypt(ciphertext.encode()).decode() if ciphertext else ""
    except InvalidToken:
        return Unreadable(ciphertext)


class EncryptedTextField(models.TextField):
    """Text, encrypted at rest; empty text stays empty, so that constraints can tell whether there is a value."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> str:
        return encrypt("" if value is None else value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypt(value or "")


class EncryptedBodyField(EncryptedTextField):
    """Text that may hold a secret among other things: as a whole it is none that logs are searched for."""

    def get_prep_value(self, value: Any) -> str:
        return _sealed("" if value is None else value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return _opened(value or "")


class EncryptedJSONField(EncryptedTextField):
    """A JSON object, encrypted at rest; nothing, and what no key can read, is `{}`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        # Not text, as which `full_clean` would keep it.
        return value

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, UnreadableObject) and not value:
            return value.ciphertext
        hiding.remember_data(value)
        return encrypt(json.dumps(value, cls=DjangoJSONEncoder) if value else "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = decrypt(value or "")
        if isinstance(text, Unreadable):
            return UnreadableObject(text.ciphertext)
        data = json.loads(text) if text else {}
        hiding.remember_data(data)
        return data


class UnreadableObject(dict[str, Any]):
    """`Unreadable` for a JSON object."""

    def __init__(self, ciphertext: str) -> None:
        super().__init__()
        self.ciphertext = ciphertext


def is_unreadable(value: Any) -> bool:
    """Whether something is stored that none of the keys can decrypt."""
    return isinstance(value, Unreadable) or (isinstance(value, UnreadableObject) and not value)


def encrypted_fields(model: type[models.Model]) -> list[str]:
    """The names of the model's encrypted fields."""
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def rewrite(row: models.Model, name: str) -> bool:
    """Encrypt the stored value of one field anew, with the current key; False when the row is gone."""
    with transaction.atomic():
        locked = type(row)._default_manager.select_for_update().only("pk", name).filter(pk=row.pk).first()
        if locked is None:
            return False
        type(row)._default_manager.filter(pk=row.pk).update(**{name: getattr(locked, name)})
    return True
