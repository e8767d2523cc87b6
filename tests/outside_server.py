"""A real HTTP server of this process that plays a system of the marketplace."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Question:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """`pieces` are written one after the other; a callable among them is called instead, to wait for example."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes | Callable[[], object]] | None = None

    def all_pieces(self) -> list[bytes | Callable[[], object]]:
        if self.pieces is not None:
            return self.pieces
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return [f"HTTP/1.1 {self.status} X\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body]


@dataclass
class System:
    """What it was asked, and `respond`, by which it answers."""

    port: int = 0
    asked: list[Question] = field(default_factory=list)
    respond: Callable[[Question], Reply] = lambda question: Reply({})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_system(wrap: Callable[[Any], Any] = lambda socket: socket) -> Iterator[System]:
    """`wrap`: makes the listening socket one of TLS."""
    system = System()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            question = Question(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            system.asked.append(question)
            self.close_connection = True
            try:
                for piece in system.respond(question).all_pieces():
                    if callable(piece):
                        piece()
                    else:
                        self.wfile.write(piece)
                        self.wfile.flush()
            except OSError:
                return

        do_GET = do_POST = handle_any

        def log_message(self, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = wrap(server.socket)
    system.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
