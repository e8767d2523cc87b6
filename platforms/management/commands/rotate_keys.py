from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from platforms import fields


class Command(BaseCommand):
    help = (
        "Encrypt every secret in the database with the first of ENCRYPTION_KEYS. Put the new key first, run this, "
        "then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated, unreadable = 0, []
        for model in apps.get_models():
            for name in fields.encrypted_fields(model):
                for row in model._default_manager.only("pk", name).iterator():
                    value = getattr(row, name)
                    if isinstance(value, fields.Unreadable | fields.UnreadableObject):
                        unreadable.append(f"{model._meta.label} {row.pk} {name}")
                    elif value:
                        rotated += fields.rewrite(row, name)
        self.stdout.write(f"{rotated} secrets are encrypted with the current key.")
        if unreadable:
            raise CommandError("No key decrypts these; enter them again:\n" + "\n".join(unreadable))
