"""Counts tries at an access code, so that it cannot be guessed: per account and per network address."""

import hashlib

from django.core.cache import cache

WINDOW_SECONDS = 15 * 60
TRIES_PER_LOGIN = 10
TRIES_PER_ADDRESS = 50


def are_used_up(channel_code: str, login: str, address: str) -> bool:
    """Count one try, before the code is looked at; True when there have been too many."""
    by_login = _count(_login_key(channel_code, login)) > TRIES_PER_LOGIN
    by_address = _count(_address_key(address)) > TRIES_PER_ADDRESS
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


def _login_key(channel_code: str, login: str) -> str:
    return f"guesses:login:{_digest(channel_code, login.casefold())}"


def _address_key(address: str) -> str:
    return f"guesses:address:{_digest(address)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
