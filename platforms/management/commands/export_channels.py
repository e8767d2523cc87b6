from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platforms import channel_export
from platforms.models import Channel


class Command(BaseCommand):
    help = "Write the channels to a TOML file that apply_channels reads, without secrets; without a file, to stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE.toml")
        parser.add_argument(
            "--channel",
            action="append",
            metavar="CODE",
            help="This one, a platform with its marketplaces; again: more.",
        )

    def handle(self, *args: Any, file: Path | None, channel: list[str] | None, **options: Any) -> None:
        channels = Channel.objects.select_related("platform", "stock_sync_group").with_marketplaces(channel)
        missing = set(channel or ()) - {found.code for found in channels}
        if missing:
            raise CommandError(f"There is no channel {', '.join(sorted(missing))}.")
        text = channel_export.written(channels)
        if file is None:
            self.stdout.write(text, ending="")
            return
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        number = len(channels)
        self.stdout.write(f"{'1 channel' if number == 1 else f'{number} channels'} written to {file}.")
