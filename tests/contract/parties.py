"""Channels and merchants that talk to an SCX over HTTP, with nothing of the portal's client."""

import time
from typing import Any, Protocol

import requests

from tests.contract import described

LATE = {"updatedAfter": "1970-01-01T00:00:00Z"}
WAWI = "Wawi/1.11.0.3"
# How another server than the embedded one differed from the documents; told at the end of the run.
noticed: list[str] = []


class Server(Protocol):
    misbehaves: bool


class Party:
    """A channel (`code`) or a merchant with its access token; English unless told otherwise.

    `patience` is for a real SCX: so many seconds it may take to bring what is expected, and its quotas are waited for.
    Its differences from the documents are noticed, where those of the embedded SCX fail the test. Of a status only the
    class counts there, since most numbers are in no source; tests/contract/test_statuses.py holds the numbers.
    """

    def __init__(
        self, base_url: str, refresh_token: str, *, code: str = "", patience: float = 0, server: Server | None = None
    ) -> None:
        self.base_url = base_url
        self.refresh_token = refresh_token
        self.code = code
        self.patience = patience
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Accept-Language": "en", "User-Agent": WAWI})
        token = self("POST", "/v1/auth", 200, data={"refreshToken": refresh_token})["authToken"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, status: int | None = None, **kwargs: Any) -> Any:
        """The answer's JSON, once its status is checked; without a status, the answer itself."""
        answer = self._sent(method, path, **kwargs)
        if not (self.server and self.server.misbehaves):
            self._hold_to_the_document(answer)
        if status is None:
            return answer
        assert self._is(answer.status_code, status), f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def refusal(self, method: str, path: str, status: int, **kwargs: Any) -> list[tuple[str, str]]:
        """Code and message of every error."""
        errors = self(method, path, status, **kwargs)["errorList"]
        return [(error["code"], error["message"]) for error in errors]

    def codes(self, method: str, path: str, status: int, **kwargs: Any) -> list[tuple[str, str]]:
        """Code of every error, and the JSON path its message begins with."""
        return [(code, message.partition(":")[0]) for code, message in self.refusal(method, path, status, **kwargs)]

    def events(self, **params: Any) -> list[dict[str, Any]]:
        """One page of a channel's events."""
        return self("GET", "/v1/channel/event", 200, params=params)["eventList"]

    def own_events(self, **params: Any) -> list[dict[str, Any]]:
        """One page of a merchant's events."""
        return self("GET", "/v2/seller/event", 200, params=params)["eventList"]

    def received(self, count: int) -> list[dict[str, Any]]:
        """So many of a channel's events, and what comes beyond them on the last page."""
        events: list[dict[str, Any]] = []
        ends = time.monotonic() + self.patience
        while len(events) < count:
            page = self.events()
            events += page
            if not page and time.monotonic() >= ends:
                break
            time.sleep(0 if page else 2)
        return events

    def drain(self) -> None:
        """Acknowledge all that is waiting for a channel."""
        while events := self.events():
            self("DELETE", "/v1/channel/event", 204, json={"eventIdList": [event["id"] for event in events]})

    def _sent(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        answer = self.session.request(method, self.base_url + path, timeout=60, **kwargs)
        while self.patience and answer.status_code == 429:
            time.sleep(int(answer.headers.get("X-RateLimit-Interval-Length-Seconds", 60)))
            answer = self.session.request(method, self.base_url + path, timeout=60, **kwargs)
        return answer

    def _hold_to_the_document(self, answer: requests.Response) -> None:
        difference = described.differences(answer)
        if difference and self.patience:
            noticed.append(difference)
        else:
            assert not difference, difference

    def _is(self, status: int, expected: int) -> bool:
        return status == expected or (bool(self.patience) and status // 100 == expected // 100)
