"""Connections that lead to public addresses only, whatever name or spelling of an address they are asked for.

Addresses that staff or sellers entered are called from inside the marketplace's network; without this they could reach
its databases, its routers or the cloud's metadata.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# All of IPv6 that is handed out to hosts. What lies outside - NAT64, mapped and local addresses - leads elsewhere.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Global in the eyes of some Python 3.11: relays and tunnels to any IPv4 address, and what is not for hosts.
_NOT_PUBLIC: tuple[Network, ...] = (
    ipaddress.IPv6Network("2001::/23"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("3fff::/20"),
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),
)


class AddressRefused(ValueError):
    """The name leads to an address that must not be reached.

    No OSError: urllib3 would take it for a broken connection, and might try again.
    """


class GuardedAdapter(HTTPAdapter):
    """Connects to public addresses over TLS, and to those of the `allowed` networks with or without; to nothing else.

    A name is resolved once, each of its addresses is checked, and the connection goes to one that was checked. Host
    header, SNI and the certificate's check keep the name.
    """

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)
        self._connections: list[HTTPConnection] = []
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._guarded(HTTPSConnection if pool.scheme == "https" else HTTPConnection)
        return pool

    def hang_up(self) -> None:
        """Make whoever waits on a connection of this adapter see its end; for another thread to call."""
        for connection in self._connections:
            if connection.sock:
                with contextlib.suppress(OSError):
                    # Not SSLSocket's own, which pulls the session from under the thread that reads.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _guarded(self, kind: type[HTTPConnection]) -> type[HTTPConnection]:
        adapter, is_plain = self, kind is HTTPConnection

        class Guarded(kind):  # type: ignore[valid-type, misc]
            def _new_conn(self) -> socket.socket:
                adapter._connections.append(self)
                host = self._dns_host.strip("[]")
                addresses = checked_addresses(host, self.port, adapter._allowed, is_plain=is_plain)
                return _connected(addresses, self.port, self.timeout)

        return Guarded


def checked_addresses(host: str, port: int, allowed: Iterable[Network], *, is_plain: bool = False) -> list[str]:
    """The addresses behind a name, in the resolver's order; raises AddressRefused if any of them must not be reached.

    `is_plain`: without TLS, so that only the `allowed` networks are near enough. Raises OSError for an unknown name.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("no host has such a name") from None
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    networks = tuple(allowed)
    for text in found:
        address = _parsed(text)
        if any(address in network for network in networks):
            continue
        if not is_public(address):
            raise AddressRefused(f"{host} leads to {text}, which is not public and not among the allowed networks.")
        if is_plain:
            raise AddressRefused(f"{host} must be called by https, for {text} is not among the allowed networks.")
    return found


def is_public(address: Address) -> bool:
    """Whether the address belongs to a host of the public Internet."""
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parsed(text: str) -> Address:
    address = ipaddress.ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _connected(addresses: list[str], port: int, timeout: float | None) -> socket.socket:
    """A connection to the first of the addresses that answers; raises the last one's OSError."""
    failure = OSError("the name has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failure = error
    raise failure
