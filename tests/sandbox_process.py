"""Runs the embedded SCX as what it is: a process of its own with its own database file."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def run_sandbox(folder: Path, *, port: int | None = None, arguments: Sequence[str] = ()) -> Iterator[str]:
    """Start `manage.py sandbox` with its database in `folder`; gives the base URL, ends the process afterwards."""
    port = port or free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "SANDBOX_DATABASE": str(folder / "sandbox.sqlite3")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = folder / f"sandbox-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "sandbox", "--port", str(port), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(process, base_url, log)
            yield base_url
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: "subprocess.Popen[bytes]", base_url: str, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{base_url}/control/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError(f"The sandbox did not come up:\n{log.read_text(errors='replace')}")
