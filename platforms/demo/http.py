"""HTTP as the demo speaks it: one session a party, timeouts, answers that are not as expected as a clear error."""

from typing import Any
from urllib.parse import urlsplit

import requests

from platforms.demo.problems import DemoError

TIMEOUT_SECONDS = 30


class Party:
    """Someone who talks to one server; `headers` go with every request."""

    def __init__(self, base_url: str, headers: dict[str, str] | None = None) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        # Everything is on this machine: no proxy, no .netrc.
        self.session.trust_env = False
        self.session.headers.update(headers or {})

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """The answer, whatever its status; `url` may be a path."""
        address = url if "://" in url else self.base_url + url
        try:
            return self.session.request(method, address, timeout=TIMEOUT_SECONDS, **kwargs)
        except requests.RequestException as error:
            # The path alone: a query may hold a session.
            problem = type(error).__name__
            raise DemoError(
                f"{method} {urlsplit(address)._replace(query='').geturl()} got no answer: {problem}."
            ) from None

    def call(self, method: str, url: str, **kwargs: Any) -> Any:
        """The JSON of a 2xx answer, or None when it has no body."""
        answer = self.request(method, url, **kwargs)
        if not answer.ok:
            raise DemoError(f"{method} {url} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None
