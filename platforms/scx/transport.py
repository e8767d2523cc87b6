"""One HTTP exchange with SCX: bounded in time and size, no redirect, no hidden repeat of a sent request."""

import json as json_module
import logging
import re
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError

from platforms.scx.documents import Document, NoRoom, Rows
from platforms.scx.errors import (
    ErrorItem,
    ScxError,
    ScxNoAnswer,
    ScxProtocolError,
    ScxUnreachable,
    error_for,
    parse_errors,
)
from platforms.scx.quota import throttle_seconds
from platforms.scx.redaction import redact, secrets_of
from platforms.scx.tokens import is_sendable
from platforms.scx.values import as_list

logger = logging.getLogger("platforms.scx")

# On disk; what of it is in memory at once is for `documents` to bound.
LARGEST_BODY = 1024 * 1024 * 1024
_PIECE = 64 * 1024
_POOL_SIZE = 16
# Only a connection that was never made is tried again here; all other repeats are for the caller to decide.
_CONNECT_ATTEMPTS = 2
_CONNECT_PAUSE_SECONDS = 0.1
# A body that trickles resets the read timeout with each byte; all of it must be here after this many of them, so that
# an exchange ends well before the task that waits for it is ended.
_BODY_READ_TIMEOUTS = 1.5
_PATH = re.compile(r"/[!-~]*", re.ASCII)

Params = Mapping[str, str | int]


@dataclass(frozen=True)
class Answer:
    """What SCX said. `body` is the parsed JSON, None for an empty body; neither it nor the headers show in a repr.

    `defect` says what is wrong with an answer the contract does not know (a redirect, a 2xx that is no JSON).
    """

    status: int
    body: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    errors: tuple[ErrorItem, ...] = ()
    request: str = ""
    defect: str | None = None

    def mapping(self) -> dict[str, Any]:
        """The body as the JSON object it should be; ScxProtocolError if it is something else."""
        if not isinstance(self.body, dict):
            raise self.without("the JSON object it promises")
        return self.body

    def rows(self, name: str) -> list[Any] | Rows:
        """The list of that name in the body, [] where it is null; ScxProtocolError where it is missing or no list."""
        body = self.mapping()
        if isinstance(body.get(name), Rows):
            return cast(Rows, body[name])
        rows = as_list(body.get(name))
        if name not in body or (body[name] and not rows):
            raise self.without(f"a usable {name}")
        return rows

    def without(self, what: str) -> ScxProtocolError:
        return ScxProtocolError(f"SCX answered {self.request} without {what}.", status=self.status, errors=self.errors)


@dataclass(frozen=True)
class Question:
    """A GET. `key`: what the asker knows it by."""

    path: str
    params: Params
    key: Any = None


class Caller(Protocol):
    """What the resource modules need of the client."""

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        group: str | None = None,
        public: bool = False,
    ) -> Answer: ...

    def call_side_by_side(
        self, following: Callable[[], Question | None], *, most: int
    ) -> Iterator[tuple[Question, "Answer | ScxError"]]: ...


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would otherwise read the whole body of a redirect just to look where it leads."""
        return None


class Transport:
    """Sends requests to one SCX host; safe to share between threads and channels, for it keeps no token or cookie.

    `timeout` is (connect, read) in seconds. The path of `base_url` is kept when joining.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        language: str = "en",
        timeout: tuple[float, float] = (3.05, 30),
        session: requests.Session | None = None,
    ) -> None:
        self._base_url = _checked_base_url(base_url)
        self._timeout = timeout
        self._headers = {"User-Agent": user_agent, "Accept-Language": language, "Accept": "application/json"}
        self._session = session or _pooled_session()
        # Proxy variables and .netrc of the host must not decide where a token goes.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """The answer if it is a proper 2xx, else the ScxError it stands for."""
        return accepted(self.send(method, path, params=params, json=json, form=form, bearer=bearer))

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """Whatever SCX answered, judged by nobody yet; ScxUnreachable or ScxNoAnswer where there is no answer."""
        if not _PATH.fullmatch(path) or "?" in path or "#" in path:
            raise ValueError("An SCX path starts with a slash and has no query, fragment or space.")
        headers = dict(self._headers)
        if json is not None:
            headers["Content-Type"] = "application/json"
        if bearer is not None:
            if not is_sendable(bearer):
                raise ValueError("The access token has characters that cannot stand in a header.")
            headers["Authorization"] = f"Bearer {bearer}"
        started = time.monotonic()
        outcome = self._exchange(
            f"{method} {path}",
            secrets_of(bearer, params, json, form),
            method=method,
            url=self._base_url + path,
            params=params,
            data=form if json is None else json_module.dumps(json, allow_nan=False).encode(),
            headers=headers,
        )
        said = outcome.status if isinstance(outcome, Answer) else type(outcome).__name__
        logger.info("%s %s %s %d ms", method, path, said, (time.monotonic() - started) * 1000)
        if isinstance(outcome, ScxError):
            # Raised out here, where no exception of requests, which quotes the query, can become its context.
            raise outcome
        return outcome

    def _exchange(self, request: str, secrets: tuple[str, ...], **arguments: Any) -> Answer | ScxError:
        for attempt in range(_CONNECT_ATTEMPTS):
            try:
                response = self._session.request(timeout=self._timeout, stream=True, allow_redirects=False, **arguments)
            except requests.RequestException as failure:
                if not _was_never_sent(failure):
                    return _lost(request, failure)
                if attempt + 1 < _CONNECT_ATTEMPTS:
                    time.sleep(_CONNECT_PAUSE_SECONDS)
            else:
                with response:
                    return self._answer(request, secrets, response)
        return ScxUnreachable(f"SCX could not be reached for {request}; nothing was sent.")

    def _answer(self, request: str, secrets: tuple[str, ...], response: requests.Response) -> Answer | ScxError:
        status = response.status_code
        document, cut_short, defect = self._read(response)
        if cut_short and 200 <= status < 300:
            return ScxNoAnswer(f"The answer of SCX to {request} broke off; it may have done the work.", status=status)
        body, no_json = _parse(document)
        if 300 <= status < 400 or status < 200:
            defect = f"status {status}, which is none of its own"
        elif not 200 <= status < 300:
            defect = None
        elif no_json and not defect:
            defect = "something that is not JSON"
        errors = redact(parse_errors(body), secrets)
        return Answer(status, body, response.headers, errors, request, defect)

    def _read(self, response: requests.Response) -> tuple[Document, bool, str | None]:
        """The body, whether it broke off, and what else is wrong with it."""
        deadline = time.monotonic() + self._timeout[1] * _BODY_READ_TIMEOUTS
        body = Document()
        try:
            while piece := response.raw.read1(_PIECE, decode_content=True):
                if body.size + len(piece) > LARGEST_BODY:
                    return Document(), False, f"more than {LARGEST_BODY} bytes"
                body.write(piece)
                if time.monotonic() > deadline:
                    return Document(), True, None
        except NoRoom:
            return Document(), False, f"more bytes than there is room for in {tempfile.gettempdir()}"
        except DecodeError:
            return Document(), False, "a body that cannot be unpacked"
        except (HTTPError, OSError):
            return Document(), True, None
        return body, False, None


def accepted(answer: Answer) -> Answer:
    """The same answer if it is a proper 2xx (also one with warnings), else raises the error it stands for."""
    if answer.defect:
        raise ScxProtocolError(
            f"SCX answered {answer.request} with {answer.defect}.", status=answer.status, errors=answer.errors
        )
    error = error_for(answer.request, answer.status, answer.errors, retry_after=throttle_seconds(answer.headers))
    if error:
        raise error
    return answer


def _checked_base_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("The address of SCX must look like https://host or https://host/prefix.")
    if "@" in parts.netloc:
        raise ValueError("The address of SCX must not carry a user name or password.")
    return base_url.rstrip("/")


def _pooled_session() -> requests.Session:
    session = _Session()
    # requests' own default of no retry stays: urllib3 would log the query of each request it repeats.
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _lost(request: str, failure: requests.RequestException) -> ScxNoAnswer:
    if isinstance(failure, requests.Timeout):
        return ScxNoAnswer(f"SCX took too long to answer {request}; it may have done the work.")
    return ScxNoAnswer(f"The connection to SCX broke during {request}; it may have done the work.")


def _was_never_sent(failure: requests.RequestException) -> bool:
    if isinstance(failure, requests.ConnectTimeout):
        return True
    if not isinstance(failure, requests.ConnectionError | requests.Timeout):
        return True
    cause = failure.args[0] if failure.args else None
    reason = getattr(cause, "reason", cause)
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(reason, ConnectTimeoutError) or isinstance(inner, ssl.SSLCertVerificationError)


def _parse(document: Document) -> tuple[Any, bool]:
    """The JSON value and whether there was something else instead; nothing at all is None and fine."""
    if document.is_blank:
        return None, False
    try:
        return document.parse(), False
    except ValueError:
        return None, True
