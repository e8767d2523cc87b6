"""Every switch of the emulator: what it is called, what it may be, what it changes. Data, read by settings and pages.

Where sources disagree or are silent (contract 14, 15) the default is the most probable behaviour.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platforms.sandbox.kinds import FLAG, SECONDS, Kind, one_of, statuses, table, whole

TOLERANCE = _("Tolerance")
EVENTS = _("Events")
SIGN_UP = _("Sessions and sign-up")
SELLERS = _("Sellers")
CHANNEL_DATA = _("Channel data")
STOCK = _("Stock")
REPORTS = _("Offers, reports and prices")
ACCESS = _("Auth and quota")
BOOKS = _("Books")

QUOTA_GROUPS = (
    *("default", "channel", "event", "offer", "stock-updates-all", "order"),
    *("attribute-category", "attribute-global", "categories"),
)
REPORT_ROUTES = ("in-progress", "listed", "listing-failed")
ERROR_CODES = (
    *("VAL100", "GEN403", "GEN404", "GEN405", "GEN700", "CHN204", "CHN900", "GHN900", "CHN901", "CHN910"),
    *("SLR202", "SLR204", "ATH000", "ATH100", "ATH101"),
)
OPERATIONS = (
    *("PATCH /v1/channel", "GET /v1/channel/mfa-pin", "POST /v1/channel/price", "POST /v1/channel/notification"),
    *("POST /v1/channel/seller", "PATCH /v1/channel/seller", "DELETE /v1/channel/seller/{sellerId}"),
    "POST /v1/channel/seller/platform/{jtlAccountId}",
    *(f"POST /v1/channel/offer/{route}" for route in REPORT_ROUTES),
    *("POST /v1/seller/channel/{channel}", "DELETE /v1/seller/channel/{channel}/{sellerId}", "POST /v1/seller/login"),
    *("POST /v1/seller/offer", "PUT /v1/seller/offer", "DELETE /v1/seller/offer/end"),
    *("PUT /v1/seller/offer/stock", "PUT /v1/seller/offer/price", "POST /v1/seller/offer/file"),
)
QUOTAS = table(
    QUOTA_GROUPS,
    "[requests, seconds]",
    lambda pair: isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and 0 < n <= 10**9 for n in pair),
)
EVENT_NAMES = table(REPORT_ROUTES, "a name", lambda name: isinstance(name, str) and 0 < len(name) <= 100)

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One switch. `name` is that of `/control/settings`; `source` names the section of the contract it stems from."""

    name: str
    default: Any
    kind: Kind
    group: Promise
    about: Promise
    source: str


def switch(default: T, kind: Kind, group: Any, about: Any, source: str = "") -> T:
    field_: T = field(default=default, metadata=_metadata(kind, group, about, source))
    return field_


def _metadata(kind: Kind, group: Any, about: Any, source: str = "") -> dict[str, Any]:
    return {"kind": kind, "group": group, "about": about, "source": source}


@dataclass(frozen=True)
class Switches:
    """The switches in force. Times are in seconds."""

    strict: bool = switch(
        False,
        FLAG,
        TOLERANCE,
        _("Whether spellings that only the guides use are refused with VAL100; otherwise they pass and are noted."),
        "14",
    )
    historic_routes: bool = switch(
        False,
        FLAG,
        TOLERANCE,
        _("Whether POST /v1/channel/offer/received, a name that survives in old texts, reports “in progress”."),
        "14 #32",
    )
    success_statuses: dict[str, int] = field(
        default_factory=dict,
        metadata=_metadata(
            statuses(OPERATIONS, 200, 299),
            TOLERANCE,
            _("The 2xx status of single operations, which the sources mostly leave open."),
            "14 #37, 15",
        ),
    )
    error_statuses: dict[str, int] = field(
        default_factory=dict,
        metadata=_metadata(
            statuses(ERROR_CODES, 400, 499),
            TOLERANCE,
            _("The 4xx status of single error codes, which the sources mostly leave open."),
            "15",
        ),
    )
    fallback_language: str = switch(
        "de",
        one_of("de", "en"),
        TOLERANCE,
        _(
            "The language of messages when Accept-Language names neither German nor English. Without that header "
            "SCX always speaks German."
        ),
        "15",
    )
    time_form: str = switch(
        "+00:00",
        one_of("+00:00", "+0000", "+00", "Z"),
        TOLERANCE,
        _("How the emulator writes the time zone of every time it sends."),
        "14 #31",
    )

    redelivery_seconds: float = switch(
        300, SECONDS, EVENTS, _("How long a delivered event stays invisible before it comes again."), "5.3, 15"
    )
    delivery_limit: int = switch(
        10,
        whole(1, 1000),
        EVENTS,
        _("How often an event is delivered at most, the first time included; then it is a dead letter."),
        "5.3, 15",
    )
    empty_events: str = switch(
        "list",
        one_of("list", "no-content", "no-key"),
        EVENTS,
        _("The answer when no event waits: an empty eventList, 204 without a body, or an object without the key."),
        "14 #13",
    )
    event_limit_parameter: str = switch(
        "ignore",
        one_of("ignore", "honour"),
        EVENTS,
        _("Whether the query parameter “limit” makes a page of events smaller; a page never has more than 100."),
        "14 #12",
    )
    client_version_form: str = switch(
        "dotted",
        one_of("dotted", "word", "absent"),
        EVENTS,
        _("How events carry the client's version: 1.11.0.6 as sampled, 1_11_0_6 as the pattern wants, or not at all."),
        "14 #15",
    )
    unlink_purges_events: bool = switch(
        False, FLAG, EVENTS, _("Whether unlinking a seller removes its events that still wait in the queue."), "15"
    )
    report_event_names: dict[str, str] = field(
        default_factory=dict,
        metadata=_metadata(
            EVENT_NAMES,
            EVENTS,
            _("The types of the events that tell merchants of listing reports; no source prints them in full."),
            "15",
        ),
    )

    session_seconds: float = switch(
        1800, SECONDS, SIGN_UP, _("How long a session of a sign-up or an update lives."), "15"
    )
    session_format: str = switch(
        "uuid",
        one_of("uuid", "token"),
        SIGN_UP,
        _("What a session looks like: a UUID, or a token of 64 characters."),
        "14 #4",
    )
    session_error_status: int = switch(
        400,
        one_of(400, 404),
        SIGN_UP,
        _("How an unknown, expired or used session is refused: 400 with VAL100, or 404 with GEN404."),
        "7.2, 15",
    )
    sign_up_url_expiry: str = switch(
        "expiresAt",
        one_of("none", "expiresAt", "expires"),
        SIGN_UP,
        _("The query parameter with the end of the session that is added to sign-up and update URLs, if any."),
        "14 #33",
    )
    url_self_service: bool = switch(
        True,
        FLAG,
        SIGN_UP,
        _("Whether a channel may change its sign-up and update URLs itself, or only JTL may."),
        "14 #36",
    )
    login_replaces_token: bool = switch(
        False,
        FLAG,
        SIGN_UP,
        _("Whether POST /v1/seller/login ends the refresh tokens that the merchant had before."),
        "4.2",
    )

    platform_sign_up_links_token_channel: bool = switch(
        True,
        FLAG,
        SELLERS,
        _("Whether a platform's sign-up also links the seller on the marketplace whose token completes it."),
        "14 #22",
    )
    assignment_channel: str = switch(
        "honour",
        one_of("honour", "ignore", "refuse"),
        SELLERS,
        _("What becomes of a “channel” in an assignment that names a sibling of the token's own marketplace."),
        "14 #20",
    )
    assignment_precondition: str = switch(
        "platform-or-sibling",
        one_of("platform-or-sibling", "sibling"),
        SELLERS,
        _("Where a seller must be known before an assignment: on the platform, or on one of its marketplaces."),
        "14 #21",
    )
    permanently_removed_by_channel: bool = switch(
        True, FLAG, SELLERS, _("Whether SCX forgets a seller whom the channel unlinks (permanentlyRemoved)."), "7.5"
    )

    mfa_pin_required: bool = switch(
        True, FLAG, CHANNEL_DATA, _("Whether a change of channel data needs the mailed pin."), "14 #8"
    )
    missing_pin_code: str = switch(
        "CHN900",
        one_of("CHN900", "GHN900"),
        CHANNEL_DATA,
        _("The error code of a missing pin; the change log spells it GHN900."),
        "14 #9",
    )
    pin_seconds: float = switch(900, SECONDS, CHANNEL_DATA, _("How long a mailed pin is good."), "15")
    pin_digits: int = switch(8, whole(4, 8), CHANNEL_DATA, _("How many digits a mailed pin has."), "15")
    public_list_needs_token: bool = switch(
        False, FLAG, CHANNEL_DATA, _("Whether the public channel list asks for an access token."), "14 #24"
    )
    public_list_key: str = switch(
        "channelList",
        one_of("channelList", "channels", "salesChannelList", "bare"),
        CHANNEL_DATA,
        _("The key that wraps the public channel list; “bare” means an array without a wrapper."),
        "8.3, 15",
    )
    marketplace_channel_list_form: str = switch(
        "objects",
        one_of("objects", "names"),
        CHANNEL_DATA,
        _("What a platform's marketplaceChannelList holds: objects with the stockSyncGroup, or names only."),
        "14 #23",
    )
    marketplace_channels_shown: bool = switch(
        False,
        FLAG,
        CHANNEL_DATA,
        _("Whether a platform also shows its marketplaces in full, under marketplaceChannels."),
        "14 #23",
    )

    stock_updates_quantity: str = switch(
        "integer",
        one_of("integer", "string"),
        STOCK,
        _("How stock-updates give a quantity: a whole number, or a decimal string as in events."),
        "14 #27",
    )
    stock_rows_carry_channel: bool = switch(
        True, FLAG, STOCK, _("Whether each row of stock-updates names its channel."), "14 #28"
    )
    stock_rows_need_channel_offer_id: bool = switch(
        False, FLAG, STOCK, _("Whether stock-updates leave out rows without a channelOfferId."), "15"
    )
    stock_query_required: bool = switch(
        True,
        FLAG,
        STOCK,
        _("Whether stock-updates insist on updatedAfter and sellerId; otherwise they begin at 1970, with all sellers."),
        "14 #29",
    )
    stock_rows_most: int = switch(
        0,
        whole(0, 1_000_000),
        STOCK,
        _("How many rows an answer of stock-updates has at most; rows of one moment stay together, 0 is no limit."),
        "15",
    )
    stock_row_days: int = switch(
        0, whole(0, 36_500), STOCK, _("For how many days stock-updates know a row; 0 is for ever."), "15"
    )
    stock_cursor_inclusive: bool = switch(
        False, FLAG, STOCK, _("Whether stock-updates repeat the rows of the very moment of updatedAfter."), "9.2, 15"
    )
    stock_time_precision: str = switch(
        "milliseconds",
        one_of("milliseconds", "seconds"),
        STOCK,
        _("How fine the times in stock-updates are; with seconds, rows can repeat."),
        "15",
    )

    offers_per_request: int = switch(
        5000,
        whole(1, 100_000),
        REPORTS,
        _("How many products a merchant's client may create or update in one request."),
        "15",
    )
    unknown_seller_in_report: str = switch(
        "refuse-batch",
        one_of("refuse-batch", "warn-item"),
        REPORTS,
        _("Whether one report for a seller who is not linked refuses the batch, or is left out with a warning."),
        "15",
    )
    channel_offer_id_length: int = switch(
        100, one_of(100, 50), REPORTS, _("How many characters a channelOfferId may have."), "14 #25"
    )
    listing_error_limits: bool = switch(
        True, FLAG, REPORTS, _("Whether the texts and the number of errors of a failed listing are limited."), "14 #26"
    )
    price_type_needed: bool = switch(
        True,
        FLAG,
        REPORTS,
        _("Whether prices for a channel that has not created a price type yet are refused."),
        "10",
    )
    price_type_repost: str = switch(
        "change",
        one_of("change", "refuse"),
        REPORTS,
        _("What becomes of a price type that is sent again: it changes, or it is refused."),
        "15",
    )

    token_seconds: float = switch(3600, SECONDS, ACCESS, _("How long an access token is good."), "14 #18")
    channel_scope: str = switch(
        "CHANNEL",
        one_of("CHANNEL", "CHAN"),
        ACCESS,
        _("The scope that a channel's access token is said to have."),
        "14 #19",
    )
    auth_throttle_status: int = switch(
        429, one_of(429, 426), ACCESS, _("The status of POST /v1/auth when its quota is used up."), "14 #17"
    )
    quota_profile: str = switch(
        "sandbox",
        one_of("sandbox", "production"),
        ACCESS,
        _("Which quotas hold: wide ones, or those published for production."),
        "3",
    )
    quotas: dict[str, list[int]] = field(
        default_factory=dict,
        metadata=_metadata(QUOTAS, ACCESS, _("Quotas of single route groups, as [requests, seconds]."), "3, 15"),
    )
    quota_per: str = switch(
        "channel",
        one_of("channel", "token"),
        ACCESS,
        _("Who has a quota: a channel or merchant as a whole, or each of its access tokens."),
        "15",
    )
    quota_window: str = switch(
        "sliding",
        one_of("sliding", "fixed"),
        ACCESS,
        _("Whether a quota counts the last seconds, or begins anew with each window of the clock."),
        "15",
    )
    quota_headers_on_429: bool = switch(
        True, FLAG, ACCESS, _("Whether a throttled answer carries the three quota headers too."), "15"
    )
    retry_after: bool = switch(False, FLAG, ACCESS, _("Whether a throttled answer carries Retry-After."), "3")

    body_limit: int = switch(
        200_000, whole(0, 100_000_000), BOOKS, _("How many characters of a request and of an answer the books keep.")
    )
    books_kept: int = switch(20_000, whole(1, 10_000_000), BOOKS, _("How many requests the books keep."))
    events_kept: int = switch(
        100_000,
        whole(1, 10_000_000),
        BOOKS,
        _("How many of the newest events are kept once they are acknowledged; older ones are forgotten."),
    )
    reports_kept: int = switch(
        100_000,
        whole(1, 10_000_000),
        BOOKS,
        _("How many of the newest listing reports are kept, and how many of the newest events for merchants' clients."),
    )

    def on_the_wire(self) -> dict[str, Any]:
        return {camel(name): value for name, value in asdict(self).items()}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])|(?<=[a-z])(?=\d)", "_", name).lower()


_defaults = Switches()
# By the name of the dataclass's field, in the order of the groups.
SETTINGS: Mapping[str, Setting] = {
    each.name: Setting(camel(each.name), getattr(_defaults, each.name), **each.metadata) for each in fields(Switches)
}
