"""The door to other people's systems: one HTTP exchange, bounded in time and size, with an address nobody vouches for.

`platforms.guard` decides where it may lead. Nothing is followed, repeated or kept: no redirect, no proxy of the
environment, no cookie. Nothing of a request or an answer is logged but method, host and status.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from platforms import storable
from platforms.guard import AddressRefused, GuardedAdapter, Network

logger = logging.getLogger(__name__)

USER_AGENT = "SCX-Channel-Portal"
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
# A page or a task waits for the answer: whatever the other side does, it is over after this.
LASTS_AT_MOST = 15.0
LARGEST_ANSWER = 256 * 1024
_PIECE = 16 * 1024


class OutsideError(Exception):
    """The other side could not be called, or its answer cannot be used. The text is for the log and for staff."""


class NotAllowed(OutsideError):
    """The address leads where the portal must not go; nothing was sent."""


class NoAnswer(OutsideError):
    """No connection, no answer in time, or one that broke off; the other side may have done what it was asked."""


class NotTrusted(NoAnswer):
    """The other side has no certificate that can be trusted; nothing was sent."""


class UnusableAnswer(OutsideError):
    """An answer too large, or not of the form that was agreed."""


@dataclass(frozen=True)
class OutsideAnswer:
    """What the other side said, whatever its status. Body and headers do not show in a repr."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def mapping(self) -> dict[str, Any]:
        """The body as a JSON object whose text a database can hold; raises UnusableAnswer for anything else."""
        try:
            value = json.loads(self.body.decode("utf-8"))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise UnusableAnswer("The answer is not a JSON object in UTF-8.")
        if storable.payload(value).is_changed:
            raise UnusableAnswer("The answer has text that cannot be stored, or is nested too deep.")
        return value


def call(
    method: str,
    url: str,
    *,
    allowed: Iterable[Network],
    body: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
    largest: int = LARGEST_ANSWER,
) -> OutsideAnswer:
    """The answer, of any status; raises an OutsideError where there is none that can be used.

    `allowed`: networks that may be reached although they are not public, and without TLS. `largest`: bytes.
    """
    problem = address_problem(url)
    if problem:
        raise NotAllowed(problem)
    started = time.monotonic()
    outcome = _exchange(method, url, GuardedAdapter(allowed), body, headers or {}, largest)
    said = outcome.status if isinstance(outcome, OutsideAnswer) else type(outcome).__name__
    duration = (time.monotonic() - started) * 1000
    logger.info("%s %s %s %d ms", method, urlsplit(url).hostname, said, duration)
    if isinstance(outcome, OutsideError):
        # Raised out here, where no exception of requests, which quotes the address, can become its context.
        raise outcome
    return outcome


def address_problem(url: str) -> str:
    """What is wrong with an address to be called, "" for nothing; whether it may be reached shows when it is."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() or not character.isprintable() for character in url):
        return "The address is not a whole one such as https://marketplace.example/path."
    if "@" in parts.netloc or parts.fragment:
        return "The address must not carry a user, a password or a fragment."
    return ""


def _exchange(
    method: str, url: str, adapter: GuardedAdapter, body: bytes | str | None, headers: Mapping[str, str], largest: int
) -> OutsideAnswer | OutsideError:
    give_up = time.monotonic() + LASTS_AT_MOST
    # Packed, a small answer could unpack to any size.
    sent = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity", **headers}
    with _session(adapter) as session, _hanging_up(adapter):
        try:
            with session.request(
                method,
                url,
                data=body,
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                stream=True,
                allow_redirects=False,
            ) as response:
                content = _read(response, give_up, largest)
                return OutsideAnswer(response.status_code, content, CaseInsensitiveDict(response.headers))
        except AddressRefused as refusal:
            return NotAllowed(str(refusal))
        except OutsideError as error:
            return error
        except requests.exceptions.SSLError as failure:
            return NotTrusted(f"No answer: {type(failure).__name__}.")
        except (requests.RequestException, HTTPError, OSError) as failure:
            return NoAnswer(f"No answer: {type(failure).__name__}.")


def _read(response: requests.Response, give_up: float, largest: int) -> bytes:
    body = bytearray()
    while piece := response.raw.read1(_PIECE):
        body += piece
        if len(body) > largest:
            raise UnusableAnswer(f"The answer has more than {largest} bytes.")
        if time.monotonic() > give_up:
            break
    # After we hung up, what came before looks like a whole answer.
    if time.monotonic() > give_up:
        raise NoAnswer("The answer took too long.")
    return bytes(body)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would otherwise read the whole body of a redirect just to look where it leads."""
        return None


def _session(adapter: GuardedAdapter) -> requests.Session:
    session = _Session()
    # A proxy variable of the host would lead around the guard, and .netrc would hand out passwords.
    session.trust_env = False
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@contextlib.contextmanager
def _hanging_up(adapter: GuardedAdapter) -> Iterator[None]:
    """Ends an exchange that takes too long: a header that trickles resets the read timeout with each byte."""
    timer = threading.Timer(LASTS_AT_MOST, adapter.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
