"""A whole installation for the tests that run real processes: its own database, environment and files."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil
import psycopg
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]

Seen = TypeVar("Seen")


class Installation:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.started: list[subprocess.Popen[bytes]] = []
        self.at_end: list[Callable[[], None]] = []
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "of an installation that lives as long as one test, and long enough for Django",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "SCX_BASE_URL": "http://127.0.0.1:9",
            "DATABASE_URL": database_url,
        }

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def value(self, query: str) -> Any:
        """The one value that a query gives, or None."""
        with self._connection() as connection:
            row = connection.execute(query).fetchone()
        return row[0] if row else None

    def column(self, query: str) -> list[Any]:
        """The first value of each row that a query gives."""
        with self._connection() as connection:
            return [row[0] for row in connection.execute(query).fetchall()]

    def execute(self, statement: str) -> None:
        """Carry out a statement that gives nothing back."""
        with self._connection() as connection:
            connection.execute(statement)
            connection.commit()

    def dump(self) -> bytes:
        """All that the database holds, as text; a SQLite file lies in the folder as it is."""
        if self.database_url.startswith("sqlite"):
            return b""
        return subprocess.run(["pg_dump", self.database_url], capture_output=True, check=True).stdout

    def back_up(self) -> None:
        """Take a backup of the database as it is now, while whoever uses it goes on."""
        if self.database_url.startswith("sqlite"):
            with self._connection() as source, _sqlite(str(self.folder / "backup.sqlite3")) as copy:
                source.backup(copy)
        else:
            file = self.folder / "backup.sql"
            subprocess.run(["pg_dump", "--format=custom", f"--file={file}", self.database_url], check=True)

    def restore(self) -> None:
        """Make the database what it was at the backup; nothing may be using it."""
        if self.database_url.startswith("sqlite"):
            path = Path(self.database_url.removeprefix("sqlite:///"))
            for leftover in path.parent.glob(f"{path.name}-*"):
                leftover.unlink()
            shutil.copy(self.folder / "backup.sqlite3", path)
        else:
            server, name = urlsplit(self.database_url)._replace(path="/postgres").geturl(), self.database_url
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name.rpartition('/')[2]} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {name.rpartition('/')[2]}")
            subprocess.run(["pg_restore", f"--dbname={name}", str(self.folder / "backup.sql")], check=True)

    def _connection(self) -> Any:
        if self.database_url.startswith("sqlite"):
            return _sqlite(self.database_url.removeprefix("sqlite:///"))
        return psycopg.connect(self.database_url, autocommit=True)

    def end(self) -> None:
        for process in self.started:
            for each in tree(process.pid):
                each.kill()
            process.wait()
        while self.at_end:
            self.at_end.pop()()


@contextmanager
def _sqlite(path: str) -> Iterator[Any]:
    connection = sqlite3.connect(path, timeout=20)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def installation(
    folder: Path, server_url: str, template: Installation | None = None, *, is_migrated: bool = True
) -> Iterator[Installation]:
    """An installation on SQLite, or on a database of its own on the PostgreSQL server that is named.

    A copy of `template`, whose database nobody uses, is there sooner than one that has to be migrated.
    """
    database = _on_postgres if server_url.startswith("postgres") else _on_sqlite
    with database(folder, server_url, template) as url:
        made = Installation(folder, url)
        if template is None and is_migrated:
            made.manage("migrate", "--verbosity", "0")
        try:
            yield made
        finally:
            made.end()


@contextmanager
def _on_sqlite(folder: Path, server_url: str, template: Installation | None) -> Iterator[str]:
    if template:
        shutil.copy(template.folder / "portal.sqlite3", folder)
    yield f"sqlite:///{folder / 'portal.sqlite3'}"


@contextmanager
def _on_postgres(folder: Path, server_url: str, template: Installation | None) -> Iterator[str]:
    name = f"runtime_{os.getpid()}_{time.monotonic_ns()}"
    source = f"TEMPLATE {template.database_url.rpartition('/')[2]}" if template else ""
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} {source}")
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tree(pid: int) -> list[psutil.Process]:
    """The process and all that descend from it, those that are alive."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that live on; a killed process is given a moment to be gone, and one that nobody reaped has ended."""
    psutil.wait_procs(processes, timeout=5)
    return living(processes)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def eventually(look: Callable[[], Seen], what: str, seconds: float = 240) -> Seen:
    """Look until there is something to see; a slow machine may take its time."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, f"not seen: {what}"
        time.sleep(0.1)
    return seen


def terminate(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(60)
