"""The demo installation's environment: its keys are made once and kept in `var/demo.env`.

The file is complete, so that a shell can source it and use `manage.py` on the same installation.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
FILE = VAR / "demo.env"

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
    "DEMO_STAFF_PASSWORD": lambda: secrets.token_urlsafe(12),
    "DEMO_ACCESS_CODE": lambda: secrets.token_urlsafe(9),
}
# The file names these for people; each run finds them anew.
DEFAULTS = {
    "DATABASE_URL": f"sqlite:///{VAR / 'demo.sqlite3'}",
    "REDIS_URL": "",
    "SCX_BASE_URL": "http://127.0.0.1:8099",
    "PORTAL_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "DEBUG": "false",
}
API_KEY = "DEMO_API_KEY"


def load() -> None:
    """Put the demo's environment into this process's, making its keys on the first run.

    What the environment sets stays as it is. What a `.env` file says does not count: it may name an installation
    that must not meet a demo.
    """
    known = read()
    missing = {name: make() for name, make in MAKERS.items() if name not in known}
    if missing:
        remember(**missing)
    kept = {name: value for name, value in (known | missing).items() if name in MAKERS or name == API_KEY}
    for name, value in (DEFAULTS | kept).items():
        os.environ.setdefault(name, value)


def read() -> dict[str, str]:
    if not FILE.exists():
        return {}
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def remember(**values: str) -> None:
    """Write the values into the file, readable by its owner alone, beside what it holds already."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    draft = FILE.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in (read() | values).items())
    draft.replace(FILE)
