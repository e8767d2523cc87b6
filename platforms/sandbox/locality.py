"""Who may steer the emulator: people and programs on the machine it runs on, and no web page from elsewhere."""

import ipaddress
from contextlib import suppress

from django.http import HttpRequest
from django.http.request import split_domain_port

FORWARDED = ("Forwarded", "X-Forwarded-For")


def is_local(request: HttpRequest) -> bool:
    """True for a call from this machine, to this machine by name, that no proxy says it passes on for another.

    The name counts because a page from elsewhere can have its own name lead to 127.0.0.1 in a browser on this machine.
    """
    host, _port = split_domain_port(request.get_host())
    return (
        _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and (host == "localhost" or _is_loopback(host.strip("[]")))
        and not any(name in request.headers for name in FORWARDED)
    )


def is_foreign_page(request: HttpRequest) -> bool:
    """True for what a browser sends on behalf of another site's page: even an empty POST names that site."""
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scheme}://{request.get_host()}"


def _is_loopback(text: str) -> bool:
    with suppress(ValueError):
        address = ipaddress.ip_address(text)
        # A socket that listens on IPv6 and IPv4 shows 127.0.0.1 as ::ffff:127.0.0.1.
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    return False
