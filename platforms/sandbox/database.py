"""The emulator's own database file."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError


class Unusable(Exception):
    """The file cannot serve as the database; the text says why and what to do."""


def prepare() -> None:
    """Make the file with its tables, or bring an older one up to date. Unusable where that cannot be."""
    _open(_path()).close()
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise Unusable(_refusal(str(error))) from None


@contextmanager
def held() -> Iterator[None]:
    """Keep a second emulator off the file: what one process remembers would be stale in the other.

    Unusable while another process holds it. `sandbox_load` writes to the file all the same.
    """
    path = _path()
    _open(path).close()
    with _open(path.with_name(f"{path.name}.lock")) as lock:
        try:
            # Forked processes share the lock, which ends with the last of them, however it ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"Another embedded SCX runs on {path}. End it, or name another file in SANDBOX_DATABASE."
            raise Unusable(message) from None
        yield


def _path() -> Path:
    return Path(str(settings.DATABASES["default"]["NAME"]))


def _open(path: Path) -> BinaryIO:
    """The file, made if need be. SQLite would only say that it is unable to open it."""
    try:
        with suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise Unusable(_refusal(error.strerror or str(error))) from None


def _refusal(reason: str) -> str:
    return f"Cannot keep the database in {_path()}: {reason}. Name another file in SANDBOX_DATABASE."
