"""Accounts in a CSV file, as spreadsheets write them: read with all that is wrong in it, and written safe to open."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from platforms.storable import UNSTORABLE

COLUMNS = ("login", "access_code", "company", "email", "marketplaces", "expires")
MOST_BYTES = 2 * 1024 * 1024
LONGEST_CELL = 5000

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line of the file, the header being line 1. `column` is empty for the line as a whole."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"{self.line}, {self.column}" if self.column else str(self.line)
        return _("Line %(where)s: %(message)s") % {"where": where, "message": self.message}


@dataclass(frozen=True)
class Row:
    line: int
    login: str
    access_code: str = field(default="", repr=False)
    company: str = ""
    email: str = ""
    marketplaces: tuple[str, ...] = ()
    expires: datetime | None = None


def text_of(data: bytes) -> str:
    """The file's text: UTF-8 with or without a mark, or what German spreadsheets write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(text: str, *, at_most: int) -> tuple[list[Row], list[Problem]]:
    """The rows, and what is wrong with the file itself or with cells that cannot be read."""
    if len(text) > MOST_BYTES:
        return [], [Problem(1, "", _("The file is too large. Import it in parts."))]
    header, _rest = text.lstrip().partition("\n")[::2]
    delimiter = max(",;\t", key=header.count)
    # Excel's own first line that names the separator.
    if header.lower().startswith("sep="):
        delimiter = header.strip()[4:5] or ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    columns: list[str] = []
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells) or (not columns and cells[0].lower().startswith("sep=")):
                continue
            if not columns:
                columns = [cell.strip().lower().replace(" ", "_") for cell in cells]
                problems += _of_header(columns)
                if problems:
                    break
            elif len(rows) >= at_most:
                text = _("The file has more than %(number)d accounts. Import it in parts.") % {"number": at_most}
                return rows, [*problems, Problem(lines.line_num, "", text)]
            else:
                row, wrong = _row(lines.line_num, columns, cells)
                problems += wrong
                rows += [row] if row else []
    except csv.Error as error:
        problems.append(Problem(lines.line_num, "", _("This is not CSV: %(error)s.") % {"error": error}))
    if not rows and not problems:
        problems.append(Problem(1, "", _("The file names no account.")))
    return rows, problems


def _of_header(columns: Sequence[str]) -> Iterator[Problem]:
    known = ", ".join(COLUMNS)
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            text = _("“%(name)s” is no column of accounts. There are: %(known)s.")
            yield Problem(1, "", text % {"name": name[:50], "known": known})
        elif columns.count(name) > 1:
            yield Problem(1, name, _("There are several columns of this name."))
    if "login" not in columns:
        yield Problem(1, "login", _("The first line names the columns; this one is needed."))


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> tuple[Row | None, list[Problem]]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return None, [Problem(line, "", _("It has more cells than the first line has columns."))]
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
    problems = [
        Problem(line, name, _("This holds a character that cannot be stored, or is too long."))
        for name, cell in values.items()
        if len(cell) > LONGEST_CELL or UNSTORABLE.search(cell) or any(ord(char) < 32 for char in cell)
    ]
    if problems:
        return None, problems
    expires = values.pop("expires", "")
    moment = parse_moment(expires)
    if expires and moment is None:
        problems.append(Problem(line, "expires", _("Write a date such as 2026-12-31 or 31.12.2026.")))
    codes = tuple(part for part in re.split(r"[\s|]+", values.pop("marketplaces", "")) if part)
    return Row(line=line, marketplaces=codes, expires=moment, **{"login": "", **values}), problems


def parse_moment(text: str) -> datetime | None:
    """A time as ISO 8601 has it; a day, also as Germans write it, means its last moment. UTC unless it says so."""
    if german := _GERMAN_DATE.fullmatch(text):
        text = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}"
    try:
        if day := parse_date(text):
            return datetime.combine(day, time.max, UTC)
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def write(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV that a spreadsheet opens as text: a cell that it would take for a formula gets a mark before it."""
    target = io.StringIO()
    csv.writer(target).writerows([[_FORMULA.sub(r"'\g<0>", cell) for cell in row] for row in rows])
    return target.getvalue()
