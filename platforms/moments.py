"""Times as an operator writes them on the command line."""

from datetime import datetime

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime


def read(text: str) -> datetime:
    """An aware time from a date or a time, of the portal's time zone where it names none. Raises CommandError."""
    try:
        day = parse_date(text)
        moment = datetime.combine(day, datetime.min.time()) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"“{text}” is not a date or time such as 2026-01-31 or 2026-01-31T08:00+01:00.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
