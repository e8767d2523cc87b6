"""The emulator's own database file."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command


def prepare() -> None:
    """Make the file with its tables, or bring an older one up to date."""
    Path(str(settings.DATABASES["default"]["NAME"])).parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
