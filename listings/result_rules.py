"""What a result must look like to be recorded; each rule raises ValidationError for its field."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from listings.handover.base import ListingError, Result
from listings.models import ListingReport, Offer
from platforms.storable import UNSTORABLE

LONGEST_CHANNEL_OFFER_ID = 100
LONGEST_URL = 2000


def no_such_offer() -> ValidationError:
    return _error("offer", "not_found", _("There is no such offer."))


def check(result: Result) -> None:
    """The rules that need no offer."""
    if result.state not in ListingReport.Kind.values:
        raise _error("state", "unknown", _("A result is in_progress, listed or failed."))
    if result.at is not None and timezone.is_naive(result.at):
        raise _error("at", "naive", _("The time needs an offset from UTC."))
    _check_channel_offer_id(result.channel_offer_id)
    if result.listing_url:
        _check_listing_url(result.listing_url)
    _check_errors(result)


def checked_revision(offer: Offer, result: Result) -> int:
    """The revision the result is for; the current one where it names none."""
    if result.revision is None:
        return offer.revision
    if not 1 <= result.revision <= offer.revision:
        raise _error(
            "revision",
            "unknown_revision",
            _("The offer has no revision %(given)s, its current one is %(current)s.")
            % {"given": result.revision, "current": offer.revision},
        )
    return result.revision


def _check_channel_offer_id(channel_offer_id: str) -> None:
    if len(channel_offer_id) > LONGEST_CHANNEL_OFFER_ID or (channel_offer_id and not channel_offer_id.strip()):
        raise _error(
            "channel_offer_id",
            "length",
            _("A channel offer id has 1 to %(longest)s characters.") % {"longest": LONGEST_CHANNEL_OFFER_ID},
        )
    _check_storable("channel_offer_id", channel_offer_id)


def _check_listing_url(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise _error(
            "listing_url",
            "length",
            _("A listing URL has at most %(longest)s characters.") % {"longest": LONGEST_URL},
        )
    if not _is_absolute(url):
        raise _error(
            "listing_url", "not_absolute", _("A listing URL starts with http:// or https:// and names a host.")
        )
    _check_storable("listing_url", url)


def _is_absolute(url: str) -> bool:
    if any(character.isspace() or not character.isprintable() for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _check_errors(result: Result) -> None:
    if result.state != ListingReport.Kind.FAILED:
        if result.errors:
            raise _error("errors", "not_failed", _("Only a failed result has errors."))
        return
    if not result.errors:
        raise _error("errors", "required", _("A failed result says why: at least one error with code and message."))
    for error in result.errors:
        if not error.code.strip() or not error.message.strip():
            text = _("Every error has a code, and a message where the channel’s catalogue has no text for the code.")
            raise _error("errors", "incomplete", text)
        for text in _texts(error):
            _check_storable("errors", text)


def _texts(error: ListingError) -> Iterator[str]:
    yield from (error.code, error.message, error.long_message, error.attribute_id, error.recommended_value)


def _check_storable(field: str, text: str) -> None:
    if UNSTORABLE.search(text):
        raise _error(field, "unstorable", _("The text has characters that cannot be stored."))


def _error(field: str, code: str, message: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})
