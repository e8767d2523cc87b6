"""The SCX Channel API as one channel uses it: token, quota and one attribute per resource."""

from collections.abc import Callable
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
from platforms.scx.transport import Answer, Params, Transport, accepted

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
        try:
            answer = send()
        except ScxError:
            self._quota.lost(group)
            raise
        throttled_for = throttle_seconds(answer.headers) if answer.status in (426, 429) else None
        self._quota.observe(group, RateHeaders.parse(answer.headers), throttled_for=throttled_for)
        return answer
