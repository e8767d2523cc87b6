import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.test import override_settings

from platforms import benchmarks, memory
from platforms.benchmarks import Figure, Setting

NUMBER = 20_000


class Command(BaseCommand):
    help = (
        "Measure what the portal does in a second, each against a bare program that writes the same rows in the same "
        "run. Works in a database of its own beside the portal's, which it makes and removes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = " ".join(benchmarks.names())
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {known}; none means all")
        parser.add_argument("--number", type=int, default=NUMBER, help=f"how many are measured (default {NUMBER})")
        parser.add_argument("--rows", type=int, default=0, help="measure again in tables of so many offers")
        parser.add_argument("--json", action="store_true", help="one JSON object a figure")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = sorted(set(options["names"]) - set(benchmarks.names()))
        if unknown:
            known = " ".join(benchmarks.names())
            raise CommandError(f"There is no benchmark {', '.join(unknown)}. Known: {known}.")
        if options["number"] < 1 or options["rows"] < 0:
            raise CommandError("--number is at least 1, and --rows is no negative number.")
        # As the worker does.
        memory.collect_rarely()
        names = options["names"] or benchmarks.names()
        first: dict[str, Figure] = {}
        for rows in dict.fromkeys((0, options["rows"])):
            for name in names:
                for figure in self._measured(name, Setting(options["number"], rows)):
                    self._tell(figure, first.setdefault(figure.name, figure), as_json=options["json"])

    def _measured(self, name: str, setting: Setting) -> list[Figure]:
        try:
            # With DEBUG, Django keeps a list of all statements: that would be measured too.
            with override_settings(DEBUG=False), benchmarks.own_database():
                if not setting.rows:
                    self.stderr.write(benchmarks.machine())
                return list(benchmarks.figures(name, setting))
        except DatabaseError as error:
            raise CommandError(f"No database of its own can be made or used: {error}") from error

    def _tell(self, figure: Figure, first: Figure, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(figure), "ratio": figure.ratio}))
            return
        line = f"{figure.name:<28}{figure.per_second:>10,.0f}/s   raw {figure.raw_per_second:>10,.0f}/s"
        line += f"   ratio {figure.ratio:.2f}   {figure.memory_mb} MB"
        if figure.rows:
            slower = first.per_second / figure.per_second if figure.per_second else 0
            line += f"   among {figure.rows:,} offers: {slower:.2f} times the cost"
        self.stdout.write(line)
