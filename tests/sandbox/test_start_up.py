"""What keeps the emulator from starting is said in words."""

import os
import subprocess
import sys

import pytest
import requests

from tests.sandbox_process import ROOT, free_port, run_sandbox

# Each starts processes of its own.
pytestmark = pytest.mark.slow


def refusal(database, *arguments, command="sandbox"):
    finished = subprocess.run(
        [sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "", "SANDBOX_DATABASE": str(database)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    return finished.stderr


@pytest.mark.parametrize("port", ["99999", "0", "-1"])
def test_a_port_that_does_not_exist(tmp_path, port):
    message = refusal(tmp_path / "sandbox.sqlite3", f"--port={port}")
    assert f"There is no port {port}. Choose one from 1 to 65535 with --port." in message


@pytest.mark.parametrize("command", [("sandbox",), ("sandbox_load", "--offers=1")])
def test_a_database_that_is_a_folder_or_in_a_file_or_something_else(tmp_path, command):
    name, *arguments = command
    arguments += [f"--port={free_port()}"] if name == "sandbox" else []
    (tmp_path / "text").write_text("no database, but long enough to be told from one " * 100)
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "text" / "x", "Not a directory"),
        (tmp_path / "text", "not a database"),
    ):
        message = refusal(path, *arguments, command=name)
        assert f"Cannot keep the database in {path}: " in message
        assert reason in message
        assert "Name another file in SANDBOX_DATABASE." in message


def test_one_emulator_at_a_time_on_a_file(tmp_path):
    with run_sandbox(tmp_path) as base_url:
        message = refusal(tmp_path / "sandbox.sqlite3", f"--port={free_port()}", "--reset")
        assert f"Another embedded SCX runs on {tmp_path / 'sandbox.sqlite3'}. End it, or name another file" in message
        assert requests.get(f"{base_url}/control/health", timeout=30).ok
    with run_sandbox(tmp_path) as base_url:
        assert requests.get(f"{base_url}/control/health", timeout=30).ok
