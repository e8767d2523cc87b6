"""What the portal says at start-up when its environment is not right."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import env
from tests.runtime.installation import ROOT

COMPLETE = {
    "SECRET_KEY": "long enough for Django, and of no use to anybody else but this one test here",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "SCX_BASE_URL": "https://scx.example",
}


def start_up(**values: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own; a `.env` file cannot help it."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings as s; print(s.SECRET_KEY, s.DEBUG, s.SCX_BASE_URL)"],
        cwd=ROOT,
        env={**inherited, "DEBUG": "", "DATABASE_URL": "sqlite:///:memory:", **values},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_missing_is_named(name):
    done = start_up(**(COMPLETE | {name: ""}))

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {name} is not set. ")


def test_a_key_that_is_no_key_is_named_and_not_shown():
    done = start_up(**(COMPLETE | {"ENCRYPTION_KEYS": "half-a-secret"}))

    assert done.returncode == 1
    assert "ENCRYPTION_KEYS" in done.stderr
    assert "half-a-secret" not in done.stderr


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(COMPLETE["SECRET_KEY"] + "\n")

    done = start_up(**(COMPLETE | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(file)}))

    assert done.stdout.strip() == f"{COMPLETE['SECRET_KEY']} False https://scx.example"


def test_a_secret_given_twice_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "one")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "two"))

    with pytest.raises(ImproperlyConfigured, match="either SECRET_KEY or SECRET_KEY_FILE"):
        env.secret("SECRET_KEY")


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE names a file that cannot be read"):
        env.secret("SECRET_KEY")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.flag, "perhaps"),
        (lambda name: env.number(name, 1), "-1"),
        (env.address, "portal.example"),
        (env.networks, "10.0.0.0/99"),
        (lambda name: env.choice(name, ("text", "json")), "xml"),
        (lambda name: env.database(name, ""), "nonsense://user:hunter2@host/name"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(monkeypatch, read, value):
    monkeypatch.setenv("SOME_VARIABLE", value)

    with pytest.raises(ImproperlyConfigured, match="SOME_VARIABLE") as refusal:
        read("SOME_VARIABLE")
    assert "hunter2" not in str(refusal.value)


def test_development_needs_no_variable_but_debug():
    done = start_up(**dict.fromkeys(COMPLETE, ""), DEBUG="true")

    assert done.returncode == 0
    assert done.stdout.endswith("True http://127.0.0.1:8099\n")
