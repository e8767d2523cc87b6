"""Who may steer the emulator: people and programs on the machine it runs on."""

import ipaddress

from django.http import HttpRequest


def is_local(request: HttpRequest) -> bool:
    """True for a call from this machine."""
    address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "::")
    # A socket that listens on IPv6 and IPv4 shows 127.0.0.1 as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
