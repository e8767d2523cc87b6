"""A SCX that answers as fast as it can, for measuring: a process of its own that serves events made beforehand."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from multiprocessing import get_context
from typing import Any

EVENTS_A_PAGE = 100
EVENT_PATH = "/v1/channel/event"
# As SCX tells them, but never reached.
RATES = {
    "X-RateLimit-Limit": "1000000",
    "X-RateLimit-Remaining": "999999",
    "X-RateLimit-Interval-Length-Seconds": "60",
}


@contextmanager
def running(envelopes: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Serves these event envelopes, a hundred a page, in their order; gives its base URL. Reports are all taken.

    The envelopes are made in the other process: they take no memory of who is measured.
    """
    context = get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, envelopes), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _pages(envelopes: Iterable[dict[str, Any]]) -> list[bytes]:
    remaining = iter(envelopes)
    pages = []
    while page := list(islice(remaining, EVENTS_A_PAGE)):
        pages.append(json.dumps({"eventList": page}, ensure_ascii=False).encode())
    return pages


def _serve(pipe: Any, envelopes: Iterable[dict[str, Any]]) -> None:
    waiting = iter(_pages(envelopes))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Otherwise the end of each answer waits for the acknowledgement of its beginning.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            page = next(waiting, b"") if self.path.startswith(EVENT_PATH) else b""
            self.answer(200 if page else 204, page)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = {"authToken": "benchmark", "expiresIn": 86_400}
            is_login = self.path.startswith("/v1/auth")
            self.answer(200 if is_login else 201, json.dumps(token if is_login else {}).encode())

        def do_DELETE(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.answer(200, b"{}")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if body:
                self.send_header("Content-Type", "application/json")
            for name, value in RATES.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    server.serve_forever()
