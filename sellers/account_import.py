"""Many accounts at once: all of a file's, or none of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import access_codes, accounts, invitations
from sellers.account_csv import Problem, Row
from sellers.models import Account

# The file's name of what an account calls otherwise.
COLUMNS = {"company_name": "company", "access_code_expires_at": "expires", "channel": "", "__all__": ""}


class Refused(Exception):
    """Nothing was imported; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Made:
    """An account that was made; `access_code` only if the portal made the code, which is told this once."""

    login: str
    company: str
    access_code: str = field(default="", repr=False)


def check(channel: Channel, rows: Sequence[Row], *, invite: bool) -> list[Problem]:
    """What keeps the rows from becoming accounts; `invite`: who has no code in the file gets a mail."""
    seen = Counter(row.login for row in rows)
    known = set(Account.objects.filter(channel=channel).values_list("login", flat=True))
    marketplaces = set(channel.marketplaces.values_list("code", flat=True))
    return [problem for row in rows for problem in _of_row(channel, row, seen, known, marketplaces, invite=invite)]


def carry_out(channel: Channel, rows: Sequence[Row], *, invite: bool) -> list[Made]:
    """Make the accounts. Raises Refused, and then none is made."""
    problems = check(channel, rows, invite=invite)
    if problems:
        raise Refused(problems)
    named = {each.code: each for each in channel.marketplaces.all()}
    made: list[Made] = []
    prepared: list[tuple[Row, Account]] = []
    # Hashing takes its time, which no transaction should last.
    for row in rows:
        account = _account(channel, row)
        generated = "" if row.access_code or invite else access_codes.generate()
        if code := row.access_code or generated:
            account.set_access_code(code)
        prepared.append((row, account))
        made.append(Made(row.login, row.company, generated))
    with transaction.atomic():
        for row, account in prepared:
            try:
                accounts.save(account, marketplaces=[named[code] for code in row.marketplaces])
                if not account.access_code_hash:
                    invitations.invite(account)
            except ValidationError as error:
                raise Refused(list(_problems(row, error))) from None
    return made


def _account(channel: Channel, row: Row) -> Account:
    return Account(
        channel=channel,
        login=row.login,
        company_name=row.company,
        email=row.email,
        access_code_expires_at=row.expires,
    )


def _of_row(
    channel: Channel, row: Row, seen: Counter[str], known: set[str], marketplaces: set[str], *, invite: bool
) -> Iterator[Problem]:
    try:
        _account(channel, row).full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        yield from _problems(row, error)
    if row.login in known:
        yield Problem(row.line, "login", _("The channel has an account with this login already."))
    if row.login and seen[row.login] > 1:
        yield Problem(row.line, "login", _("The file has this login more than once."))
    if missing := [code[:30] for code in row.marketplaces if code not in marketplaces]:
        text = _("%(codes)s: no marketplace of %(channel)s has this code.")
        yield Problem(row.line, "marketplaces", text % {"codes": ", ".join(missing), "channel": channel.code})
    if row.expires and row.expires <= timezone.now():
        yield Problem(row.line, "expires", _("This time has passed already. Choose a later one."))
    if len(row.access_code) > accounts.LONGEST_CODE:
        yield Problem(row.line, "access_code", _("This holds a character that cannot be stored, or is too long."))
    if invite and not row.access_code and not row.email:
        yield Problem(row.line, "email", _("The account has no e-mail address to send an invitation to."))


def _problems(row: Row, error: ValidationError) -> Iterator[Problem]:
    by_field = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    for name, messages in by_field.items():
        yield Problem(row.line, COLUMNS.get(name, name), " ".join(messages))
