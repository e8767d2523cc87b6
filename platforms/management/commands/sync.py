import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from platforms import clock, gateway, jobs, logs
from platforms.models import Channel

PATIENCE_SECONDS = 10.0
NOTES_SHOWN = 50


class Command(BaseCommand):
    help = "Run jobs now, in this process, in their fixed order. Ignores backoff, respects quota and parking."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"Any of {' '.join(jobs.names())}; none means all.")
        parser.add_argument("--channel", metavar="C", help="Only this channel; a platform means its marketplaces.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = self._jobs(options["jobs"])
        channels = self._channels(options["channel"])
        gateway.ask_again(Channel.objects.filter(pk__in=[channel.pk for channel in channels]))
        clock.follow()
        errors = 0
        for job in wanted:
            for channel in channels:
                run = self._run(job, channel)
                errors += bool(run.error)
                self._tell(job, channel, run, as_json=options["json"])
        if errors:
            raise CommandError(f"{errors} of {len(wanted) * len(channels)} runs ended in an error.", returncode=1)

    def _run(self, job: str, channel: Channel) -> jobs.Run:
        run = jobs.Run(ignore_backoff=True, patience=PATIENCE_SECONDS)
        try:
            with logs.correlation():
                return jobs.run(job, channel, run)
        except (OperationalError, InterfaceError) as error:
            # Not even the job's own row can be written.
            why = f"{job} {channel.code}: the database cannot be reached or takes no data: {error}"
            raise CommandError(why, returncode=1) from error

    def _jobs(self, named: list[str]) -> list[str]:
        unknown = sorted(set(named) - set(jobs.names()))
        if unknown:
            raise CommandError(f"There is no job {', '.join(unknown)}. Known: {' '.join(jobs.names())}.")
        return [job for job in jobs.names() if not named or job in named]

    def _channels(self, code: str | None) -> list[Channel]:
        callable_ = Channel.objects.callable().select_related("platform")
        if code is None:
            return list(callable_)
        channel = Channel.objects.filter(code=code).first()
        if channel is None:
            raise CommandError(f"There is no channel {code}.")
        found = callable_.filter(platform=channel) if channel.is_platform else callable_.filter(pk=channel.pk)
        return list(found)

    def _tell(self, job: str, channel: Channel, run: jobs.Run, *, as_json: bool) -> None:
        if as_json:
            line = {"job": job, "channel": channel.code, **run.counts, "waits_for": run.waits_for, "error": run.error}
            self.stdout.write(json.dumps({**line, "notes": run.notes} if run.notes else line))
            return
        if run.error:
            self.stdout.write(self.style.ERROR(f"{job:9} {channel.code}: {run.error}"))
        else:
            self.stdout.write(f"{job:9} {channel.code}: {run.summary or 'nothing to do'}")
        for note in run.notes[:NOTES_SHOWN]:
            self.stdout.write(f"{'':9} {note}")
        if len(run.notes) > NOTES_SHOWN:
            self.stdout.write(f"{'':9} … and {len(run.notes) - NOTES_SHOWN} more; the admin lists all.")
