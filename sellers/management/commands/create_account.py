from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from platforms.models import Channel
from sellers import accounts


class Command(BaseCommand):
    help = "Make an account that a merchant signs up with, on a platform or a standalone channel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("channel", metavar="CHANNEL", help="code of the platform or standalone channel")
        parser.add_argument("login", metavar="LOGIN", help="the account name that the merchant enters")
        parser.add_argument("--access-code", required=True, help="the code that proves it; kept as a hash")
        parser.add_argument("--company", default="", help="the merchant's company")
        parser.add_argument(
            "--marketplace", action="append", default=[], help="may sell there; repeatable, none means all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        channel = Channel.objects.filter(code=options["channel"]).first()
        if channel is None:
            raise CommandError(f"There is no channel {options['channel']}.")
        try:
            account, is_new = accounts.make(
                channel,
                options["login"],
                options["access_code"],
                company_name=options["company"],
                marketplaces=options["marketplace"],
            )
        except ValidationError as error:
            raise CommandError(_said(error)) from None
        said = "made" if is_new else "was there already, with the same values"
        self.stdout.write(f"Account {account.login} on {channel.code}: {said}.")


def _said(error: ValidationError) -> str:
    """The messages, each with the field it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{field}: {message}" for field, messages in error.message_dict.items() for message in messages)
