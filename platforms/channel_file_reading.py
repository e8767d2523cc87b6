"""Reads the file of `apply_channels`: TOML with one [[channel]] table a channel."""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from platforms.channel_values import KEYS
from platforms.models import Channel

# A refresh token is given in one of these ways, or not at all.
TOKENS = ("refresh_token", "refresh_token_env", "refresh_token_file")
ALL_KEYS = {"code", *KEYS, *TOKENS}
# So that a marketplace finds its platform, and leaves one that becomes a standalone channel before it does.
IN_ORDER = list(Channel.Kind.values)


class FileError(Exception):
    """What is wrong with the file; one line a problem."""


@dataclass
class Entry:
    """One channel of the file: the values by the names of `platforms.channel_values`, the token as it is."""

    code: str
    values: dict[str, Any]


@dataclass
class Reading:
    entries: list[Entry] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(path: Path) -> Reading:
    """The channels of the file, platforms first, with their tokens from where the file says. Raises FileError."""
    tables = _tables(path)
    problems = list(_problems(tables))
    reading = Reading()
    if not problems:
        for table in sorted(tables, key=_place):
            values = {key: value for key, value in table.items() if key in KEYS and key not in TOKENS}
            problems += _take_token(table, values, path.parent)
            reading.entries.append(Entry(table["code"], values))
    if problems:
        raise FileError("\n".join(f"{path.name}: {problem}" for problem in problems))
    reading.warnings = [
        _("%(code)s: the refresh token stands in the file; refresh_token_env or refresh_token_file keep it out.")
        % {"code": table["code"]}
        for table in tables
        if table.get("refresh_token")
    ]
    return reading


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # tomllib tells line and column.
        raise FileError(f"{path}: {error}") from error
    tables = document.get("channel")
    if (
        not isinstance(tables, list)
        or not all(isinstance(table, dict) for table in tables)
        or set(document) != {"channel"}
    ):
        raise FileError(f"{path.name}: " + _("The file holds [[channel]] tables and nothing else."))
    return tables


def _place(table: dict[str, Any]) -> int:
    return IN_ORDER.index(table["kind"]) if table["kind"] in IN_ORDER else len(IN_ORDER)


def _problems(tables: list[dict[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for position, table in enumerate(tables, 1):
        code = table.get("code")
        where = f"[[channel]] {position}" if not isinstance(code, str) else code
        required = ("code", "kind", "platform") if table.get("kind") == Channel.Kind.MARKETPLACE else ("code", "kind")
        for key in required:
            if not isinstance(table.get(key), str) or not table[key]:
                yield f"{where}: {key}: " + _("is required.")
        for key in sorted(set(table) - ALL_KEYS):
            yield f"{where}: {key}: " + _("is not a key of a channel.")
        if len(set(table) & set(TOKENS)) > 1:
            yield f"{where}: refresh_token: " + _("is given in more than one way.")
        if str(code) in seen:
            yield f"{where}: code: " + _("stands twice in the file.")
        seen.add(str(code))


def _take_token(table: dict[str, Any], values: dict[str, Any], folder: Path) -> Iterator[str]:
    """Add the token to the values; yields what is wrong. A file's path is relative to `folder`."""
    key = next((key for key in TOKENS if key in table), None)
    if key is None:
        return
    named, where = table[key], f"{table['code']}: {key}: "
    if not isinstance(named, str):
        yield where + _("has the wrong type.")
    elif key == "refresh_token":
        values["refresh_token"] = named.strip()
    elif key == "refresh_token_env":
        values["refresh_token"] = os.environ.get(named, "").strip()
        if not values["refresh_token"]:
            yield where + _("The variable %(name)s is not set.") % {"name": named}
    else:
        try:
            values["refresh_token"] = (folder / named).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            yield where + _("The file cannot be read.")
            return
        if not values["refresh_token"]:
            yield where + _("The file is empty.")
