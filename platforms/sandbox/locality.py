"""Who may steer the emulator: people and programs on the machine it runs on, and no web page from elsewhere."""

import ipaddress

from django.http import HttpRequest


def is_local(request: HttpRequest) -> bool:
    """True for a call from this machine."""
    address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "::")
    # A socket that listens on IPv6 and IPv4 shows 127.0.0.1 as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_foreign_page(request: HttpRequest) -> bool:
    """True for what a browser sends on behalf of another site's page: even an empty POST names that site."""
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scheme}://{request.get_host()}"
