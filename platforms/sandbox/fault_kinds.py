"""The kinds of faults: when each is drawn, what it does in a sentence, and which fields it takes."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MINUTES_10 = 600
DAY = 86_400
YEARS_10 = 10 * 365 * DAY


class Stage(Enum):
    """When a fault is drawn, and so which requests it can strike at all; others are not counted."""

    REQUEST = "any request, before the work"
    CALLER = "any request with a good access token, before the work"
    ANSWER = "any request that is answered with 2xx"
    FETCH = "a channel's fetch of events"
    PAGE = "a channel's fetch that finds events"
    SEQUENCE = "a channel's fetch that finds more than one event"
    ACKNOWLEDGEMENT = "a channel's acknowledgement of events"


@dataclass(frozen=True)
class Kind:
    """What a fault does, and which fields it takes besides method, path, channel, count and rate."""

    stage: Stage
    sentence: Promise
    default_status: int | None = None
    seconds_between: tuple[float, float] | None = None
    default_seconds: float | None = None
    default_type: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        taken = {"status": self.default_status, "seconds": self.seconds_between, "type": self.default_type}
        return tuple(name for name, value in taken.items() if value)


KINDS = {
    "status": Kind(
        Stage.REQUEST,
        _("SCX answers with an error of this status and does nothing."),
        default_status=500,
    ),
    "throttle": Kind(
        Stage.REQUEST,
        _("SCX answers that there were too many requests; with seconds it also says how long to wait (Retry-After)."),
        default_status=429,
        seconds_between=(0, DAY),
    ),
    "html": Kind(
        Stage.REQUEST,
        _("A gateway in front of SCX answers with an HTML page in place of JSON."),
        default_status=502,
    ),
    "delay": Kind(
        Stage.REQUEST,
        _("SCX does the work and answers, so many seconds late."),
        seconds_between=(0, MINUTES_10),
        default_seconds=1,
    ),
    "drop_before": Kind(Stage.REQUEST, _("The connection breaks before SCX has done anything.")),
    "drop_after": Kind(Stage.REQUEST, _("SCX does the work, then the connection breaks without an answer.")),
    "truncate": Kind(Stage.REQUEST, _("SCX does the work, then the connection breaks in the middle of the answer.")),
    "clock_skew": Kind(
        Stage.REQUEST,
        _("SCX's clock is so many seconds ahead, or behind if negative, in all that this request says and stores."),
        seconds_between=(-YEARS_10, YEARS_10),
        default_seconds=3600,
    ),
    "revoke_token": Kind(
        Stage.CALLER,
        _("Every access token of the caller stops working, from this request on; the refresh token still works."),
    ),
    "warnings": Kind(Stage.ANSWER, _("SCX does the work and answers with success and a warning (CHN401).")),
    "null_errors": Kind(Stage.ANSWER, _("SCX does the work and answers with success and an errorList that is null.")),
    "unknown_type": Kind(
        Stage.FETCH,
        _("An event of a type that nobody knows joins the channel's queue."),
        default_type="Seller:Future.Thing",
    ),
    "empty_payload": Kind(
        Stage.FETCH,
        _("An event whose payload is an empty list joins the channel's queue."),
        default_type="System:Test",
    ),
    "duplicate": Kind(Stage.PAGE, _("Each event on the page is delivered twice.")),
    "out_of_order": Kind(Stage.SEQUENCE, _("The events on the page come in reverse order.")),
    "number_quantity": Kind(Stage.PAGE, _("Quantities on the page are numbers in place of decimal strings.")),
    "no_client_version": Kind(Stage.PAGE, _("The events on the page have no clientVersion.")),
    "offset_time": Kind(Stage.PAGE, _("The events on the page write createdAt with +0000 in place of +00:00.")),
    "redeliver": Kind(
        Stage.ACKNOWLEDGEMENT,
        _("SCX confirms the acknowledgement and forgets it: the events come again with the next fetch."),
    ),
}
