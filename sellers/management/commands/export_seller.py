from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sellers import exporting


class Command(BaseCommand):
    help = "Print all that is stored of one seller as JSON. Credentials are named, not told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("seller_id", metavar="SELLER_ID", help="the seller's id, as SCX has it")
        parser.add_argument("--channel", metavar="C", default="", help="the platform or standalone channel")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seller = exporting.find(options["seller_id"], options["channel"])
        except ValidationError as error:
            hint = " Name it by --channel." if error.code == "ambiguous" else ""
            raise CommandError(" ".join(error.messages) + hint) from None
        for line in exporting.lines(seller):
            self.stdout.write(line, ending="")
