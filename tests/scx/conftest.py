import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.client import ScxClient
from platforms.scx.quota import RateHeaders
from platforms.scx.tokens import MemoryTokenStore
from platforms.scx.transport import Transport

REFRESH_TOKEN = "CHANNEL:refresh-secret"
ACCESS_TOKEN = "access-secret-1"


class RecordingQuota:
    def __init__(self) -> None:
        self.acquired: list[str] = []
        self.observed: list[tuple[str, RateHeaders, float | None]] = []
        self.lost_answers: list[str] = []

    def acquire(self, group: str) -> None:
        self.acquired.append(group)

    def observe(
        self, group: str, headers: RateHeaders, *, throttled_for: float | None, asked_at: float | None = None
    ) -> None:
        self.observed.append((group, headers, throttled_for))

    def lost(self, group: str, *, asked_at: float | None = None) -> None:
        self.lost_answers.append(group)


@pytest.fixture
def quota() -> RecordingQuota:
    return RecordingQuota()


@pytest.fixture
def transport(httpserver: HTTPServer) -> Transport:
    return Transport(httpserver.url_for("/prefix/"), user_agent="3P_TESTS", timeout=(1, 1))


@pytest.fixture
def client(httpserver: HTTPServer, transport: Transport, quota: RecordingQuota) -> ScxClient:
    """A client whose /v1/auth hands out ACCESS_TOKEN."""
    httpserver.expect_request("/prefix/v1/auth", method="POST").respond_with_json(
        {"scope": "CHANNEL", "authToken": ACCESS_TOKEN, "expiresIn": 3600}
    )
    return ScxClient(transport, tokens=MemoryTokenStore(), refresh_token=lambda: REFRESH_TOKEN, quota=quota)


@pytest.fixture
def sent(httpserver: HTTPServer) -> Callable[[], list]:
    """All requests that reached the server, those to /v1/auth left out."""

    def requests() -> list:
        return [request for request, _ in httpserver.log if not request.path.endswith("/v1/auth")]

    return requests


class RawServer:
    """Answers each connection with the given bytes and hangs up; for faults no proper server produces."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))
                connection.sendall(self.answer)

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], RawServer]]:
    servers: list[RawServer] = []

    def start(answer: bytes) -> RawServer:
        servers.append(RawServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
