from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platforms import api_keys
from platforms.models import ApiKey, Channel


class Command(BaseCommand):
    help = "Make a key of the REST API and print it once, alone on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="What uses the key, for staff to recognise it by.")
        parser.add_argument(
            "--scope",
            action="append",
            choices=[ApiKey.Scope.READ, ApiKey.Scope.WRITE, *ApiKey.all_scopes()],
            metavar="S",
            dest="scopes",
            help="read (the default), write, or of single resources, as offers:write; repeatable; write includes read.",
        )
        parser.add_argument(
            "--channel",
            action="append",
            default=[],
            metavar="C",
            dest="channels",
            help="Only this channel; repeatable, a platform means its marketplaces. None means all.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not 0 < len(name) <= 100:
            raise CommandError("The name of a key has 1 to 100 characters.")
        channels = list(Channel.objects.filter(code__in=options["channels"]))
        unknown = sorted(set(options["channels"]) - {channel.code for channel in channels})
        if unknown:
            raise CommandError(f"There is no channel {', '.join(unknown)}.")
        general, single = _split(options["scopes"] or [ApiKey.Scope.READ])
        key, text = api_keys.make(name, general, channels, scopes=single)
        where = ", ".join(channel.code for channel in channels) or "all channels"
        self.stdout.write(f"Key “{key.name}” ({key.rights}) for {where}. It is shown this once:")
        self.stdout.write(text)


def _split(scopes: list[str]) -> tuple[str, list[str]]:
    """What the key may do everywhere, and what of single resources besides."""
    general = [scope for scope in (ApiKey.Scope.WRITE, ApiKey.Scope.READ) if scope in scopes]
    return general[0] if general else ApiKey.Scope.NONE, sorted(set(scopes) & set(ApiKey.all_scopes()))
