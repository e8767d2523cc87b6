"""`manage.py sandbox`: run the embedded SCX."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from platforms.sandbox import database
from platforms.sandbox.database import Unusable
from platforms.sandbox.emptying import empty_everything
from platforms.sandbox.server import SandboxServer

PORTS = range(1, 65536)


class Command(BaseCommand):
    help = "Run the embedded SCX: its API at /v1/, the Wawi page at /, the control API at /control/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8099, help="default: 8099")
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on; default: this machine only")
        parser.add_argument("--reset", action="store_true", help="forget everything before starting")

    def handle(self, *, port: int, bind: str, reset: bool, **options: Any) -> None:
        require_free(bind, port)
        try:
            with database.held():
                self._serve(bind, port, reset)
        except Unusable as error:
            raise CommandError(str(error)) from None

    def _serve(self, bind: str, port: int, reset: bool) -> None:
        database.prepare()
        if reset:
            empty_everything()
        # The server forks; a database connection must not be shared with its child.
        connections.close_all()
        settings.ALLOWED_HOSTS += ["*"] if bind in ("0.0.0.0", "::") else [bind]  # noqa: S104
        self.stdout.write(f"Embedded SCX on http://{bind}:{port} (API /v1/, Wawi page /, control API /control/).")
        self.stdout.flush()
        SandboxServer(f"[{bind}]:{port}" if ":" in bind else f"{bind}:{port}").run()


def require_free(bind: str, port: int) -> None:
    """A clear word at once when the port is taken, in place of the server's retries."""
    if port not in PORTS:
        raise CommandError(f"There is no port {port}. Choose one from {PORTS[0]} to {PORTS[-1]} with --port.")
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            message = f"Cannot listen on {bind}:{port}: {error.strerror}. Choose another port with --port."
            raise CommandError(message) from None
