from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platforms import channel_file


class Command(BaseCommand):
    help = "Create or update channels from a TOML file, all or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.toml")
        parser.add_argument("--dry-run", action="store_true", help="Show the difference and change nothing.")
        parser.add_argument("--prune", action="store_true", help="Deactivate the channels the file does not name.")

        parser.add_argument(
            "--no-token-test", action="store_true", help="Store tokens without asking SCX whose they are."
        )

    def handle(self, *args: Any, file: Path, dry_run: bool, prune: bool, no_token_test: bool, **options: Any) -> None:
        try:
            outcome = channel_file.apply(file, dry_run=dry_run, prune=prune, test_tokens=not no_token_test)
        except channel_file.FileError as error:
            raise CommandError(str(error)) from error
        for warning in outcome.warnings:
            self.stderr.write(self.style.WARNING(warning))
        for change in outcome.changes:
            self.stdout.write(f"{change.action} {change.code}")
            for field, (before, after) in change.fields.items():
                self.stdout.write(f"    {field}: {before} → {after}")
        number = len(outcome.changes)
        channels = "1 channel" if number == 1 else f"{number} channels"
        self.stdout.write(f"{channels} would change." if dry_run else f"{channels} changed.")
