from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from platforms import jobs, logs, moments, reconciliation, restores
from platforms.models import Channel, Discrepancy

# The worker does the rest: handing over, reports, stock.
JOBS = ("events", "apply", "sellers", "reconcile")
PATIENCE_SECONDS = 10.0


class Command(BaseCommand):
    help = (
        "Make a database that was restored from a backup fit for work again, and list what cannot be known any more. "
        "Run it before workers and web server start; run it again if SCX could not be asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--backup-of",
            required=True,
            metavar="TIME",
            help="When the backup was begun, for example 2026-01-31T08:00+01:00.",
        )

    def handle(self, *args: Any, backup_of: str, **options: Any) -> None:
        backup_at, restored_at = moments.read(backup_of), timezone.now()
        if backup_at > restored_at:
            raise CommandError(f"{backup_of} lies ahead: no backup can be of that time.")
        restores.begin(restored_at)
        channels = list(Channel.objects.callable().select_related("platform"))
        errors = [error for job in JOBS for channel in channels if (error := self._run(job, channel))]
        self._repair(channels)
        errors += [error for channel in channels if (error := self._run("apply", channel))]
        self._tell_open_points(backup_at, restored_at)
        if errors:
            raise CommandError("Not everything could be asked; run this again later:\n" + "\n".join(errors))

    def _run(self, job: str, channel: Channel) -> str:
        """Run one job; returns what kept it from its end."""
        with logs.correlation():
            run = jobs.run(job, channel, jobs.Run(ignore_backoff=True, patience=PATIENCE_SECONDS))
        if run.summary:
            self.stdout.write(f"{job:9} {channel.code}: {run.summary}")
        problem = run.error or ("waits for SCX quota" if run.waits_for is not None else "")
        return f"{job:9} {channel.code}: {problem}" if problem else ""

    def _repair(self, channels: list[Channel]) -> None:
        for channel in channels:
            repaired, refusals = reconciliation.repair_proven(channel)
            if repaired:
                self.stdout.write(f"repaired  {channel.code}: {repaired} of the differences from SCX")
            for refusal in refusals:
                self.stdout.write(f"left      {channel.code}: {refusal}")

    def _tell_open_points(self, backup_at: datetime, restored_at: datetime) -> None:
        number = restores.note_unknowns(backup_at, restored_at)
        differences = Discrepancy.objects.count()
        self.stdout.write(
            f"Open points after a restore: {number}. Differences from SCX: {differences}. "
            "The admin lists them under “Exchange with SCX”."
        )
