import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from listings.handover import kit


class Command(BaseCommand):
    help = (
        "Put a connector to the checks of the test kit, with invented offers of a channel KITSHOP. They reach whatever "
        "the settings name: use a marketplace that may be played with."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connector", metavar="CONNECTOR", help="a name of settings.CONNECTORS")
        parser.add_argument("--settings-file", metavar="FILE.json", help="the connector settings, as of a channel")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = settings.CONNECTORS.get(options["connector"])
        if pair is None:
            known = ", ".join(sorted(settings.CONNECTORS))
            raise CommandError(f"There is no connector {options['connector']}. Known: {known}.")
        connector_settings = _read(options["settings_file"]) if options["settings_file"] else {}
        number = 0
        for check, error in kit.verdicts(import_string(pair[1])(), connector_settings):
            what = (check.__doc__ or check.__name__).partition("\n")[0]
            if error is None:
                self.stdout.write(f"passed  {check.__name__}")
                continue
            number += 1
            said = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
            self.stdout.write(f"FAILED  {check.__name__}: {what}\n        {said}")
        if number:
            raise CommandError(f"{number} of {len(kit.CHECKS)} checks failed.")
        self.stdout.write(f"All {len(kit.CHECKS)} checks passed.")


def _read(path: str) -> dict[str, Any]:
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"{path} is no JSON.") from None
    if not isinstance(value, dict):
        raise CommandError(f"{path} is no JSON object.")
    return value
