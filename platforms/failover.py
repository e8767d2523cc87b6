"""Session calls of a platform go out with the token of any of its marketplaces; when one fails, with the next one's."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db.models import F

from platforms import gateway
from platforms.models import Channel
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError, ScxRefused, ScxUnauthorized

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Seconds a page's call may wait for quota, and after which no further token is tried: a person is waiting.
PATIENCE = 3.0
FAILOVER_SECONDS = 20.0


def callers(home: Channel) -> list[Channel]:
    """The channels whose token may speak for the platform or standalone channel; those SCX refuses come last."""
    if not home.is_platform:
        return [home]
    able = home.marketplaces.filter(is_active=True).exclude(refresh_token="")
    return list(able.order_by(F("token_refused_since").asc(nulls_first=True), "code"))


def clients(home: Channel) -> Iterator[ScxClient]:
    """A client of each caller, until a person has waited long enough."""
    give_up = time.monotonic() + FAILOVER_SECONDS
    for number, channel in enumerate(callers(home)):
        if number and time.monotonic() > give_up:
            return
        yield gateway.client(channel, patience=PATIENCE, urgent=True)


def ask(home: Channel, question: Callable[[ScxClient], Result]) -> Result:
    """The first answer SCX gives to any of the tokens; a refusal is one. Without any, the last ScxError is raised."""
    failure: ScxError = no_caller(home)
    for client in clients(home):
        try:
            return question(client)
        except ScxRefused:
            raise
        except ScxError as error:
            logger.warning("A call for %s failed: %s", home.code, error)
            failure = error
    raise failure


def no_caller(home: Channel) -> ScxUnauthorized:
    return ScxUnauthorized(f"Platform {home.code} has no active marketplace with a refresh token; enter one.")
