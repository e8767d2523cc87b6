"""The SCX Channel API as one channel uses it: token, quota and one attribute per resource."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime

from platforms.scx.channel import ChannelCalls
from platforms.scx.errors import (
    ScxError,
    ScxLoginFailed,
    ScxNoAnswer,
    ScxNoToken,
    ScxProtocolError,
    ScxServerError,
    error_for,
)
from platforms.scx.events import EventCalls
from platforms.scx.offers import OfferCalls
from platforms.scx.quota import Quota, RateHeaders, route_group, throttle_seconds
from platforms.scx.sellers import SellerCalls
from platforms.scx.tokens import AccessToken, TokenStore, parse_access_token
from platforms.scx.transport import Answer, Params, Question, Transport, accepted

AUTH_PATH = "/v1/auth"


class ScxClient:
    """`refresh_token` is asked for only when a new access token is needed."""

    def __init__(
        self, transport: Transport, *, tokens: TokenStore, refresh_token: Callable[[], str], quota: Quota
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._refresh_token = refresh_token
        self._quota = quota
        self.channel = ChannelCalls(self)
        self.events = EventCalls(self)
        self.offers = OfferCalls(self)
        self.sellers = SellerCalls(self)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        group: str | None = None,
        public: bool = False,
    ) -> Answer:
        """A proper 2xx answer, else an ScxError.

        `group` names the quota bucket where the path alone would mislead; `public` routes need no token. A 401 renews
        the token once and repeats once: SCX did nothing for the first.
        """

        def send(bearer: str | None) -> Answer:
            return self._measured(
                group or route_group(path),
                lambda: self._transport.send(method, path, params=params, json=json, bearer=bearer),
            )

        if public:
            return accepted(send(None))
        token = self._tokens.get() or self._renewed(rejected=None)
        answer = send(token)
        if answer.status == 401:
            answer = send(self._renewed(rejected=token))
        return accepted(answer)

    def call_side_by_side(
        self, following: Callable[[], Question | None], *, most: int
    ) -> Iterator[tuple[Question, Answer | ScxError]]:
        """Questions, up to so many at once, each with its proper 2xx answer or an ScxError, as the answers come in.

        `following` gives the next question, or None while there is none: it is asked again after each answer. What
        keeps questions from being sent at all, such as want of quota, is raised once all that was sent is answered.

        The first goes alone: it may be the one that finds out what SCX allows.
        """
        under_way: dict[Future[tuple[Answer | ScxError, float]], tuple[Question, str]] = {}
        stopped: ScxError | None = None
        allowed = 1
        with ThreadPoolExecutor(most, thread_name_prefix="scx") as pool:
            while True:
                try:
                    while not stopped and len(under_way) < allowed and (question := following()):
                        token = self._tokens.get() or self._renewed(rejected=None)
                        self._quota.acquire(route_group(question.path))
                        sent = pool.submit(copy_context().run, self._ask, question, token)
                        under_way[sent] = question, token
                except ScxError as error:
                    stopped = error
                if not under_way:
                    break
                for sent in wait(under_way, return_when=FIRST_COMPLETED).done:
                    question, token = under_way.pop(sent)
                    yield question, self._said(question, *sent.result(), token)
                allowed = most
        if stopped:
            raise stopped

    def _ask(self, question: Question, bearer: str) -> tuple[Answer | ScxError, float]:
        """What came back, and after how many seconds: it may lie for a while before it is read."""
        began = time.monotonic()
        outcome: Answer | ScxError
        try:
            outcome = self._transport.send("GET", question.path, params=question.params, bearer=bearer)
        except ScxError as error:
            outcome = error
        return outcome, time.monotonic() - began

    def _said(self, question: Question, outcome: Answer | ScxError, took: float, token: str) -> Answer | ScxError:
        def answered() -> Answer:
            if isinstance(outcome, ScxError):
                raise outcome
            return outcome

        try:
            answer = self._noted(route_group(question.path), answered, time.monotonic() - took)
            if answer.status == 401:
                self._renewed(rejected=token)
                return self.call("GET", question.path, params=question.params)
            return accepted(answer)
        except ScxError as error:
            return error

    def _renewed(self, *, rejected: str | None) -> str:
        """Another access token. Whatever SCX's login does, the request at hand was not sent and cannot be half done."""
        try:
            return self._tokens.renew(self._exchange, rejected=rejected)
        except (ScxNoAnswer, ScxServerError, ScxProtocolError) as error:
            failure = ScxLoginFailed(str(error), status=error.status, errors=error.errors)
        raise failure

    def _exchange(self) -> AccessToken:
        """Swap the refresh token for an access token (contract 4.1)."""
        form = {"refreshToken": self._refresh_token()}
        if not form["refreshToken"]:
            raise ScxNoToken("The channel has no refresh token; enter the one JTL handed out.")
        asked_at = datetime.now(UTC)
        answer = self._measured(
            route_group(AUTH_PATH), lambda: self._transport.send("POST", AUTH_PATH, form=form, bearer=None)
        )
        wait = throttle_seconds(answer.headers)
        if not answer.defect and (
            error := error_for(answer.request, answer.status, answer.errors, retry_after=wait, authenticating=True)
        ):
            raise error
        return parse_access_token(accepted(answer).body, asked_at=asked_at)

    def _measured(self, group: str, send: Callable[[], Answer]) -> Answer:
        """One permit, one request, and what its answer says about the bucket."""
        self._quota.acquire(group)
        return self._noted(group, send, time.monotonic())

    def _noted(self, group: str, answered: Callable[[], Answer], asked_at: float) -> Answer:
        """The answer, and what it says about the bucket."""
        try:
            answer = answered()
        except ScxError:
            self._quota.lost(group, asked_at=asked_at)
            raise
        throttled_for = throttle_seconds(answer.headers) if answer.status in (426, 429) else None
        headers = RateHeaders.parse(answer.headers)
        self._quota.observe(group, headers, throttled_for=throttled_for, asked_at=asked_at)
        return answer
