from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from platforms import moments
from platforms.jobs import nudge
from platforms.models import Channel, Event


class Command(BaseCommand):
    help = "Put inbox rows back to pending, to be applied again. At least one filter is needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--id", nargs="+", metavar="EVENT", help="SCX event ids.")
        parser.add_argument("--type", metavar="TYPE", help="For example Seller:Offer.New.")
        parser.add_argument("--state", choices=Event.State.values)
        parser.add_argument(
            "--since", metavar="TIME", help="Received since, for example 2026-01-31 or 2026-01-31T08:00+01:00."
        )
        parser.add_argument("--until", metavar="TIME", help="Received before.")
        parser.add_argument("--channel", metavar="C")

    def handle(self, *args: Any, **options: Any) -> None:
        lookups = {
            "event_id__in": options["id"],
            "type": options["type"],
            "state": options["state"],
            "received_at__gte": moments.read(options["since"]) if options["since"] else None,
            "received_at__lt": moments.read(options["until"]) if options["until"] else None,
            "channel__code": options["channel"],
        }
        given = {lookup: value for lookup, value in lookups.items() if value is not None}
        if not given:
            raise CommandError("Name the events: --id, --type, --state, --since, --until or --channel.")
        events = Event.objects.filter(type__in=settings.SCX_EVENTS, **given)
        channels = list(Channel.objects.filter(pk__in=events.order_by().values("channel").distinct()))
        number = events.replay()
        for channel in channels:
            nudge("apply", channel)
        self.stdout.write(f"{number} events are pending again.")
