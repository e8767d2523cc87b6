"""`apply_channels`: makes the channels those of a file, all or none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from platforms import channel_file_reading, channel_values, channel_words, channels, tokens
from platforms.channel_file_reading import Entry, FileError
from platforms.models import Channel
from platforms.tokens import Verdict


@dataclass
class Change:
    """What becomes of one channel: `action` is create, update or deactivate; what changes is fit to print."""

    code: str
    action: str
    fields: channel_words.Differences = field(default_factory=dict)


@dataclass
class Outcome:
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Undo(Exception):
    """Rolls a dry run back, and what it would have asked of the worker."""


def apply(path: Path, *, dry_run: bool = False, prune: bool = False, test_tokens: bool = True) -> Outcome:
    """Make the channels those of the file, all or none; keys the file leaves out stay as they are.

    `prune` deactivates the channels that the file does not name. With `test_tokens` SCX is asked, before anything is
    written, whose the other tokens are; not for a dry run. Raises FileError.
    """
    reading = channel_file_reading.read(path)
    outcome = Outcome(warnings=reading.warnings)
    verdicts = _verdicts(path, reading.entries, outcome) if test_tokens and not dry_run else {}
    problems: list[str] = []
    try:
        with transaction.atomic():
            channels.lock()
            for entry in [*reading.entries, *(_unnamed(reading.entries) if prune else [])]:
                try:
                    outcome.changes += _apply(entry, verdicts.get(entry.code))
                except ValidationError as error:
                    problems += [f"{path.name}: {line}" for line in _lines(entry.code, error)]
            if problems or dry_run:
                raise _Undo
    except _Undo:
        pass
    if problems:
        raise FileError("\n".join(problems))
    return outcome


def _verdicts(path: Path, entries: list[Entry], outcome: Outcome) -> dict[str, Verdict]:
    """What SCX says of the tokens that are not stored yet, by code; what it could not say is a warning."""
    stored = Channel.objects.in_bulk([entry.code for entry in entries], field_name="code")
    verdicts: dict[str, Verdict] = {}
    problems = []
    for entry in entries:
        channel = stored.get(entry.code) or Channel(code=entry.code)
        token = entry.values.get("refresh_token")
        if not token or token == channel.refresh_token or entry.values.get("kind") == Channel.Kind.PLATFORM:
            continue
        verdict = verdicts[entry.code] = tokens.check(channel, token)
        if not verdict.is_usable:
            problems.append(f"{path.name}: {entry.code}: refresh_token: {verdict.text}")
        elif verdict.state == "unknown":
            outcome.warnings.append(f"{entry.code}: {verdict.text}")
    if problems:
        raise FileError("\n".join(problems))
    return verdicts


def _apply(entry: Entry, verdict: Verdict | None) -> Iterator[Change]:
    stored = Channel.objects.select_related("platform", "stock_sync_group").filter(code=entry.code).first()
    channel = stored or Channel(code=entry.code, display_name=entry.code)
    before = channel_values.values_of(stored) if stored else {}
    values = dict(entry.values)
    if values.get("kind", channel.kind) != Channel.Kind.PLATFORM and not channel.currency:
        values.setdefault("currency", "EUR")
    tokens.put(channel, values.pop("refresh_token", channel.refresh_token), verdict)
    channel_values.save(channel, values)
    if fields := channel_words.differences(before, channel_values.values_of(channel)):
        action = "create" if stored is None else "deactivate" if entry.values == {"is_active": False} else "update"
        yield Change(channel.code, action, fields)


def _unnamed(entries: list[Entry]) -> list[Entry]:
    """What `prune` makes of the channels that the file does not name, be it as the platform of another."""
    named = {entry.code for entry in entries} | {str(entry.values.get("platform") or "") for entry in entries}
    codes = Channel.objects.active().exclude(code__in=named).values_list("code", flat=True)
    return [Entry(code, {"is_active": False}) for code in codes]


def _lines(code: str, error: ValidationError) -> Iterator[str]:
    """A line a message, with the channel and the key."""
    for key, messages in error.message_dict.items():
        prefix = code if key == "__all__" else f"{code}: {key}"
        yield from (f"{prefix}: {message}" for message in messages)


__all__ = ["Change", "FileError", "Outcome", "apply"]
