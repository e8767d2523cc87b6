"""Changing a channel's own data at SCX with a mailed pin (contract 8.2): `PATCH /v1/channel`, and what came of it."""

import logging
import math
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import at_scx, gateway, hiding, logs, properties, reconciliation
from platforms.models import Channel, ChannelAtScx
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError, ScxUnauthorized, ScxWait

logger = logging.getLogger(__name__)

# Seconds a call may wait for quota: a person is waiting.
PATIENCE = 3.0
NO_CONTACT = "CHN910"
PIN_MISSING = {"GHN900", "CHN900"}
PIN_WRONG = "CHN901"


def request_pin(channel: Channel) -> None:
    """Have SCX mail a pin to the channel's MFA contact. Raises ValidationError that says what to do."""
    try:
        _client(channel).channel.mfa_pin()
    except ScxError as error:
        raise in_words(channel, error) from None
    Channel.objects.filter(pk=channel.pk).update(mfa_pin_requested_at=timezone.now())


def send(channel: Channel, pin: str, names: Collection[str]) -> list[str] | None:
    """Tell SCX the named properties as they are here, with the mailed pin, and read back what it has.

    The names of those that SCX yet has otherwise; None where it could not be read. Raises ValidationError, at the pin
    where that is what SCX does not take. What is wanted here stays, whatever comes of it.
    """
    pin = pin.strip()
    if not pin:
        raise _pin_missing()
    hiding.remember(pin)
    channel = _fresh(channel)
    changes = _changes(channel, names)
    try:
        _client(channel).channel.patch(pin, changes)
    except ScxError as error:
        # SCX may have done it although its answer says otherwise, or was lost.
        left = _left(channel, names) if error.maybe_done else None
        if left != []:
            raise in_words(channel, error, pin) from None
    else:
        left = _left(channel, names)
    reconciliation.look_again(channel)
    return left


def _fresh(channel: Channel) -> Channel:
    return Channel.objects.select_related("platform", "stock_sync_group").get(pk=channel.pk)


def _changes(channel: Channel, names: Collection[str]) -> dict[str, Any]:
    """What to send. Of what the channel's token cannot change nothing gets in: a marketplace has no URL to send."""
    chosen = [each for each in properties.patchable(channel) if each.name in names]
    if not chosen:
        raise ValidationError(_("Choose what to send."), code="nothing")
    known = read_back(channel) if "feature_flags" in names else at_scx.of(channel)
    changes: dict[str, Any] = {}
    for each in chosen:
        changes |= properties.on_the_wire(each, channel, known)
    return changes


def _left(channel: Channel, names: Collection[str]) -> list[str] | None:
    try:
        known = read_back(channel)
    except ValidationError:
        return None
    if "minimum_client_versions" in names:
        at_scx.note_versions(channel, known.settings or {})
    rows = properties.compare(_fresh(channel), known)
    return [each.name for each in rows if each.name in names and each.state != properties.State.EQUAL]


def read_back(channel: Channel) -> ChannelAtScx:
    """Ask SCX for the channel's settings while a person waits. Raises ValidationError that says what to do."""
    try:
        return at_scx.read(channel, patience=PATIENCE, urgent=True)
    except ScxError as error:
        raise in_words(channel, error) from None


def _client(channel: Channel) -> ScxClient:
    return gateway.client(channel, patience=PATIENCE, urgent=True)


def in_words(channel: Channel, error: ScxError, pin: str = "") -> ValidationError:
    """What SCX's answer means for a person, and what to do; what it quotes of a pin is hidden."""
    said = logs.mask(str(error))
    said = said.replace(pin, hiding.MASK) if pin else said
    logger.warning("The data of channel %s at SCX: %s", channel.code, said)
    if NO_CONTACT in error.codes:
        text = _(
            "SCX does not know where to mail the pin: the channel has no MFA contact. Ask JTL to enter an e-mail "
            "address as MFA contact (mfaContact) of %(channel)s, then request the pin again."
        )
        return ValidationError(text % {"channel": channel.code}, code="no-contact")
    if PIN_WRONG in error.codes:
        text = _("SCX does not take this pin: it is wrong, was used before, or has expired. Request another one.")
        return ValidationError({"pin": ValidationError(text, code="pin-wrong")})
    if error.codes & PIN_MISSING:
        return _pin_missing()
    if isinstance(error, ScxWait):
        text = _("SCX takes no more requests for now. Nothing is lost: try again in %(seconds)s seconds.")
        return ValidationError(text % {"seconds": math.ceil(error.retry_after)}, code="wait")
    if isinstance(error, ScxUnauthorized):
        text = _("SCX does not open to the channel’s refresh token. Enter the one JTL gave for it. %(reason)s")
        return ValidationError(text % {"reason": said}, code="token")
    if error.retryable:
        text = _("SCX did not answer as it should. Nothing is lost here: try again in a while. %(reason)s")
        return ValidationError(text % {"reason": said}, code="no-answer")
    text = _("SCX refused. What is wanted stays noted here; its answer says why. %(reason)s")
    return ValidationError(text % {"reason": said}, code="refused")


def _pin_missing() -> ValidationError:
    text = _("SCX misses the pin. Request one, and enter it as it stands in the mail.")
    return ValidationError({"pin": ValidationError(text, code="pin-missing")})
