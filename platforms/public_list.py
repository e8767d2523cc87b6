"""SCX's public channel list (contract 8.3): what it shows of one channel, and of its marketplaces."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from platforms import gateway
from platforms.models import Channel
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError, ScxProtocolError, ScxRefused, ScxUnauthorized
from platforms.scx.values import as_dict, as_list, parse_text

logger = logging.getLogger(__name__)

PAGE = 100
PAGES_AT_MOST = 10
# Seconds after which no further marketplace's quota and token are tried.
GIVE_UP_AFTER = 20.0
# A platform names its marketplaces under the first, and may show them in full under the second (contract 14 #23).
MARKETPLACES = ("marketplaceChannelList", "marketplaceChannels")
# The form of these entries is published nowhere: what may hold the code.
CODES = ("channel", "identifier", "name")

Entry = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """What the list shows of a platform or standalone channel.

    `entry` is None where the channel is not in the list; `marketplaces`, by code, where their platform does not name
    them.
    """

    entry: Entry | None
    marketplaces: dict[str, Entry] | None


def read(home: Channel, *, patience: float = 0.0, urgent: bool = False) -> Listing:
    """Read the list until the channel is found. Raises ScxError.

    For a platform its marketplaces ask, one after the other until SCX answers. Patience in seconds of waiting for
    quota, for each of them.
    """
    give_up = time.monotonic() + GIVE_UP_AFTER
    failure: ScxError = ScxUnauthorized(f"Platform {home.code} has no active marketplace with a refresh token.")
    for number, channel in enumerate(askers(home)):
        if number and time.monotonic() > give_up:
            break
        try:
            entry = _entry(home.code, gateway.client(channel, patience=patience, urgent=urgent))
            return Listing(entry, None if entry is None else marketplaces(entry))
        except ScxRefused:
            raise
        except ScxError as error:
            logger.warning("Channel %s could not read the public list for %s: %s", channel.code, home.code, error)
            failure = error
    raise failure


def askers(home: Channel) -> list[Channel]:
    """Who can ask for a platform or standalone channel: those first whose token SCX takes."""
    if not home.is_platform:
        return [home]
    able = home.marketplaces.filter(is_active=True).exclude(refresh_token="")
    return list(able.order_by(F("token_refused_since").desc(nulls_first=True), "code"))


def _entry(code: str, client: ScxClient) -> Entry | None:
    for page in range(PAGES_AT_MOST):
        entries = _page(client, page)
        found = next((entry for entry in entries if entry.get("channel") == code), None)
        if found is not None or len(entries) < PAGE:
            return found
    raise ScxProtocolError(f"The public channel list has more than {PAGE * PAGES_AT_MOST} entries.")


def _page(client: ScxClient, page: int) -> list[Entry]:
    """Without a token, as the reference has it; with one where SCX wants it (contract 14 #24)."""
    try:
        return client.channel.public_list(offset=page * PAGE, limit=PAGE)
    except ScxUnauthorized:
        return client.channel.public_list(offset=page * PAGE, limit=PAGE, with_token=True)


def marketplaces(entry: Mapping[str, Any]) -> dict[str, Entry] | None:
    """A platform's marketplaces by code, each with what the list shows of it; None where it names none at all."""
    lists = [entry[key] for key in MARKETPLACES if entry.get(key) is not None]
    if not lists:
        return None
    found: dict[str, Entry] = {}
    for shown in (each for values in lists for each in as_list(values)):
        data = as_dict(shown)
        code = parse_text(next((data[key] for key in CODES if data.get(key)), shown))
        if code:
            found[code] = {**found.get(code, {}), **data, "channel": code}
    return found
