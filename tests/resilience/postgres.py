"""A PostgreSQL of the test's own, which it may stop, kill and fill as it likes."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sandbox_process import free_port

# PostgreSQL does not run as root.
ACCOUNT = "postgres"


class Cluster:
    """Listens on a port of 127.0.0.1 and lets everybody in as `postgres`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs
        self.port = free_port()
        self.user = ACCOUNT if os.getuid() == 0 else None

    def url(self, database: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n")
            settings.write(f"unix_socket_directories = '{self.folder}'\nmin_wal_size = 32MB\nmax_wal_size = 32MB\n")

    def start(self) -> None:
        self._run("pg_ctl", "start", "-D", str(self.data), "-w", "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is what a kill of the server would be."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-w", "-m", mode)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def copy_of(self, database_url: str) -> str:
        """Make the database `portal` with all that another server's has; returns its URL."""
        dump = subprocess.run(["pg_dump", database_url], capture_output=True, check=True).stdout
        for database, statements in (("postgres", b"CREATE DATABASE portal"), ("portal", dump)):
            psql = ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", self.url(database)]
            subprocess.run(psql, input=statements, capture_output=True, check=True)
        return self.url("portal")

    def _run(self, program: str, *arguments: str) -> None:
        # Not captured: the server inherits the output and would keep it open.
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)} ended with {done.returncode}"


@contextmanager
def cluster(folder: Path | None = None) -> Iterator[Cluster]:
    """A running server, in a folder of its own that everybody may pass through, or in `folder`."""
    programs = _programs()
    parent = folder or Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    if os.getuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        os.chown(parent, account.pw_uid, account.pw_gid)
    made = Cluster(parent, programs)
    try:
        made.make()
        made.start()
        yield made
    finally:
        if (made.data / "postmaster.pid").exists():
            made.stop("immediate")
        if not folder:
            shutil.rmtree(parent)


def _programs() -> Path:
    pg_config = shutil.which("pg_config")
    named = (
        subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True).stdout if pg_config else ""
    )
    folders = [Path(named.strip()), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if not found:
        pytest.skip("There is no PostgreSQL server on this machine.")
    return found[0]
