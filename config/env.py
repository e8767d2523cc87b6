"""Typed readers of the environment.

Every reader names the variable in its error. A secret may also stand in the file that `<NAME>_FILE` names.
"""

import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def read_file(path: Path) -> None:
    """Read a `.env` file if it is there; what the environment sets already wins."""
    if path.is_file():
        environ.Env.read_env(path)


def text(name: str, default: str = "") -> str:
    # Not Env.str: it reads a value that starts with "$" as the name of another variable, and secrets may start so.
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    value = text(name, str(default)).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def number(name: str, default: int, *, minimum: int = 0) -> int:
    value = text(name) or str(default)
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {minimum}, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma list, its empty parts left out."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, in any case; the first is the default."""
    value = text(name, choices[0])
    for option in choices:
        if value.lower() == option.lower():
            return option
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")


def secret(name: str) -> str:
    """The variable itself, or the content of the file that `<NAME>_FILE` names; empty when neither is set."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    if text(name):
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error.strerror}.") from error


def address(name: str, default: str = "") -> str:
    """An absolute http or https URL without a trailing slash."""
    value = secret(name) or default
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ImproperlyConfigured(f"{name} must be an absolute http or https URL, such as https://portal.example.")
    return value.rstrip("/")


def networks(name: str) -> list[Network]:
    """A comma list of CIDR networks."""
    try:
        return [ipaddress.ip_network(word, strict=False) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a comma list of networks such as 10.0.0.0/8: {error}.") from error


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of the database that the URL names."""
    url = secret(name) or default
    complaint = f"{name} is not a database URL such as postgres://user@host/name."
    # django-environ warns of a scheme it does not know, with the password in the warning.
    if url.partition(":")[0] not in environ.Env.DB_SCHEMES:
        raise ImproperlyConfigured(complaint)
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(complaint) from error
    return settings


def email(name: str, default: str) -> dict[str, Any]:
    """Django's EMAIL_* settings for the URL."""
    try:
        return environ.Env.email_url_config(secret(name) or default)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name} is not a mail URL such as smtp+tls://user:password@host:587.") from error


def required(name: str, value: Any, *, hint: str) -> None:
    """Refuse to start without the variable, and say which it is and what it is for."""
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def make_parent(path: str | Path) -> None:
    """Make the folder that a file of the portal lies in, as SQLite does not."""
    if str(path) not in {"", ":memory:"}:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
