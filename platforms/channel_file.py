"""The file of `apply_channels`: reads TOML, compares it with the database, applies the difference."""

import copy
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from platforms import channels
from platforms.models import Channel, StockSyncGroup

PLAIN = (
    "kind",
    "display_name",
    "currency",
    "languages",
    "countries",
    "sign_up_url",
    "update_url",
    "stock_source",
    "minimum_client_versions",
    "feature_flags",
    "connector",
    "connector_settings",
    "branding",
    "retention_days",
    "is_active",
)
TOKENS = ("refresh_token", "refresh_token_env", "refresh_token_file")
KEYS = {"code", "platform", "stock_sync_group", *PLAIN, *TOKENS}
# Shown as "set", never as what they are.
SECRET = {"refresh_token", "connector_settings"}
# So that a marketplace finds its platform.
PLATFORMS_FIRST = {str(Channel.Kind.PLATFORM): 0}


class FileError(Exception):
    """What is wrong with the file; one line a problem."""


@dataclass
class Change:
    """What becomes of one channel: `fields` maps a field to (before, after), both fit to print."""

    code: str
    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Outcome:
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Undo(Exception):
    """Rolls a dry run back."""


def apply(path: Path, *, dry_run: bool = False, prune: bool = False) -> Outcome:
    """Make the channels those of the file, all or none; keys the file leaves out stay as they are.

    `prune` deactivates the channels that the file does not name. Raises FileError.
    """
    entries = _read(path)
    outcome = Outcome()
    problems: list[str] = []
    try:
        with transaction.atomic():
            for entry in sorted(entries, key=lambda entry: PLATFORMS_FIRST.get(entry["kind"], 1)):
                try:
                    _apply_entry(entry, outcome)
                except ValidationError as error:
                    problems += [f"{path.name}: {line}" for line in _lines(entry["code"], error)]
            if prune:
                _prune([entry["code"] for entry in entries], outcome)
            if problems or dry_run:
                raise _Undo
    except _Undo:
        pass
    if problems:
        raise FileError("\n".join(problems))
    return outcome


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: {error}") from error
    entries = document.get("channel")
    if (
        not isinstance(entries, list)
        or not all(isinstance(entry, dict) for entry in entries)
        or set(document) != {"channel"}
    ):
        raise FileError(f"{path.name}: " + _("The file holds [[channel]] tables and nothing else."))
    problems = [f"{path.name}: {problem}" for problem in _problems(entries)]
    if problems:
        raise FileError("\n".join(problems))
    return entries


def _problems(entries: list[dict[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for position, entry in enumerate(entries, 1):
        code = entry.get("code")
        where = f"[[channel]] {position}" if not isinstance(code, str) else code
        required = ("code", "kind", "platform") if entry.get("kind") == Channel.Kind.MARKETPLACE else ("code", "kind")
        for key in required:
            if not isinstance(entry.get(key), str) or not entry[key]:
                yield f"{where}: {key}: " + _("is required.")
        for key in sorted(set(entry) - KEYS):
            yield f"{where}: {key}: " + _("is not a key of a channel.")
        if len(set(entry) & set(TOKENS)) > 1:
            yield f"{where}: refresh_token: " + _("is given in more than one way.")
        if str(code) in seen:
            yield f"{where}: code: " + _("stands twice in the file.")
        seen.add(str(code))


def _apply_entry(entry: dict[str, Any], outcome: Outcome) -> None:
    channel = Channel.objects.select_for_update().filter(code=entry["code"]).first()
    action = "update" if channel else "create"
    channel = channel or Channel(code=entry["code"], display_name=entry["code"])
    before = _values(channel) if channel.pk else {}
    for key in PLAIN:
        if key in entry:
            setattr(channel, key, entry[key])
    if not channel.is_platform and not channel.currency and "currency" not in entry:
        channel.currency = "EUR"
    if "platform" in entry:
        channel.platform = _platform(entry["platform"]) if entry["platform"] else None
    if "stock_sync_group" in entry:
        channel.stock_sync_group = _group(channel, entry["stock_sync_group"])
    token = _token(entry, outcome)
    if token is not None:
        channel.refresh_token = token
    _check_types(channel)
    channels.save(channel)
    fields = _difference(before, _values(channel))
    if fields:
        outcome.changes.append(Change(channel.code, action, fields))


def _values(channel: Channel) -> dict[str, Any]:
    """Every value the file can set, the references by the names the file gives them."""
    values = {key: copy.deepcopy(getattr(channel, key)) for key in (*PLAIN, "refresh_token")}
    values["platform"] = channel.platform.code if channel.platform else ""
    values["stock_sync_group"] = channel.stock_sync_group.label if channel.stock_sync_group else ""
    return values


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What changed, as a person may see it: a secret is "set" or "replaced"."""
    difference = {}
    for key, value in after.items():
        old = before.get(key)
        if (old or "") == (value or ""):
            continue
        if key in SECRET:
            difference[key] = ("set" if old else "", "replaced" if old and value else "set" if value else "")
        else:
            difference[key] = ("" if old is None else str(old), str(value))
    return difference


def _platform(code: Any) -> Channel:
    platform = Channel.objects.filter(code=str(code)).first()
    if platform is None:
        raise ValidationError({"platform": _("There is no channel “%(code)s”.") % {"code": code}})
    return platform


def _group(channel: Channel, label: Any) -> StockSyncGroup | None:
    if not label:
        return None
    if channel.platform is None:
        raise ValidationError({"stock_sync_group": _("Only a marketplace can be in a stock sync group.")})
    return StockSyncGroup.objects.get_or_create(platform=channel.platform, label=str(label))[0]


def _token(entry: dict[str, Any], outcome: Outcome) -> str | None:
    if "refresh_token" in entry:
        outcome.warnings.append(
            _("%(code)s: the refresh token stands in the file; refresh_token_env or refresh_token_file keep it out.")
            % {"code": entry["code"]}
        )
        return str(entry["refresh_token"])
    if "refresh_token_env" in entry:
        name = str(entry["refresh_token_env"])
        if not os.environ.get(name):
            raise ValidationError({"refresh_token_env": _("The variable %(name)s is not set.") % {"name": name}})
        return os.environ[name].strip()
    if "refresh_token_file" in entry:
        try:
            return Path(str(entry["refresh_token_file"])).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValidationError({"refresh_token_file": _("The file cannot be read.")}) from error
    return None


def _check_types(channel: Channel) -> None:
    """TOML has types of its own; a wrong one is an error at its key, not a crash further down."""
    expected = {
        "languages": list,
        "countries": list,
        "minimum_client_versions": list,
        "feature_flags": dict,
        "connector_settings": dict,
        "branding": dict,
        "is_active": bool,
        "retention_days": int,
        **dict.fromkeys(
            ("kind", "display_name", "currency", "sign_up_url", "update_url", "stock_source", "connector"), str
        ),
    }
    wrong = {
        key: _("has the wrong type.") for key, type_ in expected.items() if not isinstance(getattr(channel, key), type_)
    }
    if wrong:
        raise ValidationError(wrong)


def _prune(codes: list[str], outcome: Outcome) -> None:
    for channel in Channel.objects.active().exclude(code__in=codes):
        channel.is_active = False
        channel.save(update_fields=["is_active"])
        outcome.changes.append(Change(channel.code, "deactivate", {"is_active": ("True", "False")}))


def _lines(code: str, error: ValidationError) -> Iterator[str]:
    if hasattr(error, "error_dict"):
        for key, messages in error.message_dict.items():
            prefix = code if key == "__all__" else f"{code}: {key}"
            yield from (f"{prefix}: {message}" for message in messages)
    else:
        yield from (f"{code}: {message}" for message in error.messages)
