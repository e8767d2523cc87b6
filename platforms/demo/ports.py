"""Free ports, and only one demo at a time."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from platforms.demo.problems import DemoError

HOST = "127.0.0.1"
ATTEMPTS = 50


def free_port(wanted: int, *, taken: int | None = None) -> int:
    """The wanted port, or the next one that nobody listens on; `taken` is spoken for."""
    for port in range(wanted, wanted + ATTEMPTS):
        if port != taken and _is_free(port):
            return port
    raise DemoError(f"The ports {wanted} to {wanted + ATTEMPTS - 1} are all taken. End what listens there.")


def listen(wanted: int) -> socket.socket:
    """A socket that listens on the wanted port, or on the next one that nobody has: from now on it is ours."""
    for port in range(wanted, wanted + ATTEMPTS):
        place = socket.socket()
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((HOST, port))
            place.listen()
        except OSError:
            place.close()
        else:
            return place
    raise DemoError(f"The ports {wanted} to {wanted + ATTEMPTS - 1} are all taken. End what listens there.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def lock(path: Path) -> IO[str]:
    """Held by the open file until this process ends; a second demo on the same installation is refused."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        with file:
            file.seek(0)
            raise DemoError(f"A demo is running here already (process {file.read().strip()}). End it first.") from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
