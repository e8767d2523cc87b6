"""Counts tries at an access code, so that it cannot be guessed: per account and per network address."""

import hashlib
import ipaddress
from dataclasses import dataclass

from django.core.cache import cache

WINDOW_SECONDS = 15 * 60
TRIES_PER_LOGIN = 10
TRIES_PER_ADDRESS = 50


@dataclass(frozen=True)
class Limits:
    """How many tries of one kind a window allows; each kind is counted by itself."""

    kind: str
    per_login: int
    per_address: int


ACCESS_CODES = Limits("guesses", TRIES_PER_LOGIN, TRIES_PER_ADDRESS)


def are_used_up(channel_code: str, login: str, address: str, *, limits: Limits = ACCESS_CODES) -> bool:
    """Count one try, before the code is looked at; True when there have been too many."""
    by_login = _count(_login_key(channel_code, login, limits)) > limits.per_login
    by_address = _count(_address_key(address, limits)) > limits.per_address
    return by_login or by_address


def forget(channel_code: str, login: str, address: str) -> None:
    """The code was right: this try was no guess."""
    cache.delete(_login_key(channel_code, login))
    try:
        cache.decr(_address_key(address))
    except ValueError:
        # The window ended between the two.
        return


def _count(key: str) -> int:
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:
        return 1


def _login_key(channel_code: str, login: str, limits: Limits = ACCESS_CODES) -> str:
    return f"{limits.kind}:login:{_digest(channel_code, login.casefold())}"


def _address_key(address: str, limits: Limits = ACCESS_CODES) -> str:
    return f"{limits.kind}:address:{_digest(_network(address))}"


def _network(address: str) -> str:
    """The address, or the /64 an IPv6 address lies in: one subscriber has all of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed), 64), strict=False))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
