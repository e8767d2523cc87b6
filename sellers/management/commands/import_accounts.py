from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from platforms.models import Channel
from sellers import account_csv, account_import

MOST_ROWS = 20_000


class Command(BaseCommand):
    help = "Make the accounts of a CSV file, all or none. Codes that the portal makes are printed as CSV, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("channel", metavar="CHANNEL", help="code of the platform or standalone channel")
        parser.add_argument(
            "file", metavar="FILE.csv", help=f"its first line names columns: {', '.join(account_csv.COLUMNS)}"
        )
        parser.add_argument("--invite", action="store_true", help="mail a link to those who have no code in the file")

    def handle(self, *args: Any, **options: Any) -> None:
        channel = Channel.objects.filter(code=options["channel"]).first()
        if channel is None:
            raise CommandError(f"There is no channel {options['channel']}.")
        rows, problems = account_csv.read(_text(Path(options["file"])), at_most=MOST_ROWS)
        problems = problems or account_import.check(channel, rows, invite=options["invite"])
        if problems:
            raise CommandError("\n".join(["No account was made.", *(str(problem) for problem in problems)]))
        try:
            made = account_import.carry_out(channel, rows, invite=options["invite"])
        except account_import.Refused as refused:
            raise CommandError(f"No account was made. {refused}") from None
        self.stdout.write(f"{len(made)} accounts made on {channel.code}.")
        told = [[each.login, each.access_code] for each in made if each.access_code]
        if told:
            self.stdout.write(account_csv.write([["login", "access_code"], *told]), ending="")


def _text(path: Path) -> str:
    try:
        return account_csv.text_of(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
