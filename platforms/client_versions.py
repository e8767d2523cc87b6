"""Minimum client versions: which clients there are, and versions of four numbers that are compared number by number."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from platforms.scx.values import as_dict, as_list, parse_text

# The clients SCX tells apart (contract 6.3): its name for the type, and what people call it.
TYPES = {"Wawi": "JTL-Wawi"}
# SCX's events tell the version of this one.
OF_EVENTS = "Wawi"

# As on the wire; the guides write the second one (contract 14 #7).
KEYS = ("minimumClientsVersionRequired", "minClientsVersionRequired")

Version = tuple[int, ...]
NUMBERS = 4
_DEMANDED = re.compile(r"\d{1,5}(?:\.\d{1,5}){3}", re.ASCII)
# What clients name: the reference's pattern allows no dots, its sample has them; some leave the last numbers out.
_NAMED = re.compile(r"\d{1,9}(?:[._]\d{1,9}){0,5}", re.ASCII)


def parse(text: str) -> Version:
    """The four numbers of a version that is demanded. Raises ValidationError."""
    if not _DEMANDED.fullmatch(text.strip()):
        raise ValidationError(
            _("A version is four numbers with points between them, such as 1.11.0.0."), code="not-a-version"
        )
    return _numbers(text.strip())


def read(text: str) -> Version | None:
    """The numbers of a version that a client or SCX names, at least four; None where it cannot be read."""
    return _numbers(text.strip()) if _NAMED.fullmatch(text.strip()) else None


def _numbers(text: str) -> Version:
    numbers = [int(number) for number in re.split(r"[._]", text)]
    return tuple(numbers + [0] * (NUMBERS - len(numbers)))


def written(version: Version) -> str:
    return ".".join(map(str, version))


def validated(versions: Any) -> list[dict[str, str]]:
    """What a channel demands, in one form: at most one version a type. Raises ValidationError for people."""
    if not isinstance(versions, list):
        raise ValidationError(_("Write a list of entries with type and version."), code="not-a-list")
    demanded: dict[str, str] = {}
    for entry in versions:
        type_, version = _entry(entry)
        if type_ in demanded:
            raise ValidationError(
                _("%(type)s stands in the list twice. Keep one version of it."),
                code="twice",
                params={"type": TYPES[type_]},
            )
        demanded[type_] = written(parse(version))
    return [{"type": type_, "version": demanded[type_]} for type_ in sorted(demanded)]


def _entry(entry: Any) -> tuple[str, str]:
    if (
        not isinstance(entry, dict)
        or set(entry) != {"type", "version"}
        or not all(isinstance(value, str) for value in entry.values())
    ):
        raise ValidationError(_("An entry has a type and a version, both as text."), code="not-an-entry")
    if entry["type"] not in TYPES:
        raise ValidationError(
            _("SCX knows no clients of the type “%(type)s”. Known: %(known)s."),
            code="unknown-type",
            params={"type": entry["type"], "known": ", ".join(TYPES)},
        )
    return entry["type"], entry["version"]


def normalised(versions: Any) -> list[dict[str, str]]:
    """In one order and one form, so that equal demands are equal values; what cannot be read stays as it is."""
    entries = [as_dict(entry) for entry in as_list(versions)]
    named = [(parse_text(entry.get("type")), parse_text(entry.get("version"))) for entry in entries]
    return [{"type": type_, "version": _plain(version)} for type_, version in sorted(named)]


def _plain(text: str) -> str:
    version = read(text)
    return written(version) if version else text


def at_scx(channel: Mapping[str, Any]) -> list[dict[str, str]]:
    """What SCX demands, by the settings it shows of a channel (contract 8.1)."""
    return normalised(next((channel[key] for key in KEYS if channel.get(key)), None))


def on_the_wire(versions: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The change that `PATCH /v1/channel` takes; an empty list lifts the demand."""
    return {settings.SCX_MINIMUM_VERSIONS_KEY: [dict(entry) for entry in versions]}


def shown(versions: Any) -> str:
    """For people: "JTL-Wawi 1.11.0.0", or that there is none."""
    entries = normalised(versions)
    return ", ".join(f"{TYPES.get(each['type'], each['type'])} {each['version']}" for each in entries) or _("none")
