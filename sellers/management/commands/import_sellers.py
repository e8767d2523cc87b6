import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from platforms.models import Channel
from platforms.scx.errors import ScxError
from sellers import adoption

# Seconds a call may wait for SCX's quota: a person started this and watches.
PATIENCE = 10.0


class Command(BaseCommand):
    help = "Adopt the sellers that SCX lists and the portal does not know."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", metavar="C", help="this channel only; a platform means its marketplaces")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        results = {channel.code: _outcome(channel) for channel in _channels(options["channel"])}
        if options["json"]:
            self.stdout.write(json.dumps(results, indent=2))
        else:
            for code, result in results.items():
                self.stdout.write(f"{code}: {_sentence(result)}")
        failed = [code for code, result in results.items() if "error" in result]
        if failed:
            raise CommandError(f"Could not read the sellers of {', '.join(failed)}; the others are done.")


def _channels(code: str | None) -> list[Channel]:
    channels = Channel.objects.callable().select_related("platform")
    if code is None:
        return list(channels)
    found = list(channels.filter(code=code) | channels.filter(platform__code=code))
    if not found:
        raise CommandError(f"There is no active channel {code} with sellers to import.")
    return found


def _outcome(channel: Channel) -> dict[str, Any]:
    try:
        return asdict(adoption.adopt(channel, patience=PATIENCE))
    except ScxError as error:
        return {"error": str(error)}


def _sentence(result: dict[str, Any]) -> str:
    if "error" in result:
        return str(result["error"])
    left_out = f", {result['unusable']} left out for an unusable id" if result["unusable"] else ""
    return (
        f"{result['listed']} listed by SCX, {result['adopted']} adopted, {result['memberships']} memberships{left_out}."
    )
