import argparse
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django_q.conf import Conf
from django_q.signals import post_execute, post_execute_in_worker, post_spawn, pre_execute

from platforms import batches, heartbeat, leash, memory, pulse, stopping
from platforms.watchdog import Patience, Watchdog


class Command(BaseCommand):
    help = "Run the background tasks under a watchdog that starts them again when they hang. Run as many as you like."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        usual = Patience()
        for name, seconds, meaning in (
            ("beat", usual.beat, "between two beats asked for"),
            ("heart", usual.heart, "without a beat until the tasks count as hung"),
            ("hung", usual.hung, "a hung cluster has to end by itself"),
            ("stop", usual.stop, "running tasks have to finish on SIGTERM"),
        ):
            parser.add_argument(
                f"--{name}", type=float, default=seconds, metavar="SECONDS", help=f"{meaning}; default: {seconds:g}"
            )
        parser.add_argument("--watched", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--pulse", type=int, help=argparse.SUPPRESS)

    def handle(self, *, watched: bool, **options: Any) -> None:
        if watched:
            self._work(options["pulse"], options["stop"])
            return
        patience = Patience(*(options[name] for name in ("beat", "heart", "hung", "stop")))
        command = [sys.executable, str(settings.ROOT / "manage.py"), "worker"]
        command += ["--watched", "--skip-checks", f"--stop={patience.stop}"]
        processes = Conf.WORKERS
        watchdog = Watchdog(command, patience, processes=processes)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, watchdog.stop)
        self.stdout.write(
            f"Worker with {processes} task {'process' if processes == 1 else 'processes'}. Ctrl-C ends it."
        )
        self.stdout.flush()
        watchdog.run()
        self.stdout.write("Worker ended.")

    def _work(self, pulses: int, seconds_to_drain: float) -> None:
        """Be the cluster's master; what it forks inherits all of this."""
        memory.collect_rarely()
        leash.tie(sys.stdin.fileno(), seconds_to_drain)
        pulse.start(pulses)
        stopping.prepare()
        post_spawn.connect(stopping.heed)
        post_spawn.connect(batches.nudge_left)
        pre_execute.connect(pulse.begin_task)
        post_execute_in_worker.connect(pulse.end_task)
        post_execute.connect(heartbeat.record)
        call_command("qcluster")
