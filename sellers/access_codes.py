"""Access codes: made so that nobody guesses them and anybody can type them, and checked at the same cost for all."""

import secrets
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Case, F, Value, When
from django.utils import timezone

from platforms import hiding
from sellers.models import Account

# Without letters and digits that look alike. 20 of them are 99 bits.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
GROUPS, GROUP_LENGTH = 5, 4
# Wrong codes in a row that lock an account. Guesses are throttled besides: this many take at least half an hour.
WRONG_CODES_THAT_LOCK = 20


def generate() -> str:
    """A new access code, such as "k7mp-3xwq-…"."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    code = "-".join(groups)
    hiding.remember(code)
    return code


def opens(account: Account | None, access_code: str) -> bool:
    """Whether the code is the account's, or the one before it while that still works.

    A wrong code costs two hashes whatever the account has, and also where there is none: the time taken tells nothing.
    """
    hiding.remember(access_code)
    current, previous = (_is(access_code, stored) for stored in _stored(account))
    return current or previous


def is_code_of(account: Account | None, text: str) -> bool:
    """Whether a text that was not asked for as a code is the account's, entered in the wrong field."""
    return account is not None and any(check_password(text, stored) for stored in _stored(account) if stored)


def note_wrong(channel_code: str, login: str) -> None:
    """Count one wrong code, and lock the account with the last one allowed; does as much where there is no account."""
    is_last = When(wrong_codes__gte=WRONG_CODES_THAT_LOCK - 1, then=Value(timezone.now()))
    unlocked = Account.objects.filter(channel__code=channel_code, login=login, locked_at=None)
    unlocked.update(wrong_codes=F("wrong_codes") + 1, locked_at=Case(is_last, default=F("locked_at")))


def note_right(account: Account) -> None:
    """The wrong codes before a right one were slips."""
    Account.objects.filter(pk=account.pk, locked_at=None, wrong_codes__gt=0).update(wrong_codes=0)


def _stored(account: Account | None) -> tuple[str, str]:
    if account is None:
        return "", ""
    until = account.previous_code_until
    return account.access_code_hash, account.previous_code_hash if until and until > timezone.now() else ""


def _is(access_code: str, stored: str) -> bool:
    return check_password(access_code, stored or _hash_of_nothing())


@cache
def _hash_of_nothing() -> str:
    return make_password(generate())
