"""Pushes offers to the marketplace's own system in signed calls, which may answer at once or later by the REST API.

Calls are signed by the Standard Webhooks specification. `docs/connectors.md` describes both sides.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings as portal
from rest_framework import serializers

from listings.api_results import ResultItem, result_of
from listings.handover import plain
from listings.handover.base import Answer, CredentialsRejected, NotAvailable, OfferData, OfferRef
from platforms import outside, webhook_signatures
from platforms.connector_fields import AddressField, SecretField, read
from platforms.outside import OutsideAnswer, OutsideError, UnusableAnswer
from platforms.rest.serializers import Strict

logger = logging.getLogger(__name__)

KEY = "handover"
LARGEST_ANSWER = 8 * 1024 * 1024
# The call can be at fault for what it carries; any other status says that the system takes nothing now.
OF_THE_OFFERS = {400, 413, 422}
ACCEPTED = 202


class HandoverSettings(Strict):
    url = AddressField()
    secret = SecretField()


class RejectedItem(serializers.Serializer[Any]):
    """That the marketplace does not accept a seller's credentials."""

    seller = serializers.CharField(max_length=50)
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class Refused(Exception):
    """The system does not take the call for what it carries."""


class WebhookHandover:
    """Without settings of its own it leaves the offers to those who fetch them."""

    @classmethod
    def check_settings(cls, connector_settings: dict[str, Any]) -> None:
        """Raises ValidationError that names each wrong one."""
        if KEY in connector_settings:
            read(HandoverSettings, connector_settings, KEY, is_saving=True)

    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> list[Answer]:
        if KEY not in settings:
            return []
        answer = _call(settings, "offers.hand_over", offers, [plain.offer(offer) for offer in offers])
        said = _object(answer)
        return [*_results(said), *_rejections(said)]

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> list[int]:
        """Status 202 says that the removal is to be confirmed, any other success that it is done."""
        left = [offer.key for offer in offers if offer.was_listed]
        if KEY not in settings:
            return left
        answer = _call(settings, "offers.take_down", offers, [plain.reference(offer) for offer in offers])
        return left if answer.status == ACCEPTED else []


class PushHandover(WebhookHandover):
    """The same where nobody fetches offers."""

    @classmethod
    def check_settings(cls, connector_settings: dict[str, Any]) -> None:
        """Raises ValidationError that names each wrong one."""
        read(HandoverSettings, connector_settings, KEY, is_saving=True)


def _call(
    settings: dict[str, Any], kind: str, given: list[OfferData] | list[OfferRef], offers: list[dict[str, Any]]
) -> OutsideAnswer:
    """The successful answer; raises Refused or NotAvailable. All offers are of one channel."""
    webhook = read(HandoverSettings, settings, KEY)
    message = {
        "type": kind,
        "channel": given[0].channel,
        "offers": offers,
        "credentials": plain.credentials(given),
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    signed = webhook_signatures.headers(webhook["secret"], body)
    try:
        answer = outside.call(
            "POST",
            webhook["url"],
            body=body,
            headers={"Content-Type": "application/json", **signed},
            allowed=portal.WEBHOOK_ALLOWED_NETWORKS,
            largest=LARGEST_ANSWER,
        )
    except OutsideError as error:
        raise NotAvailable(f"The system of the marketplace takes no offers: {error}") from None
    if answer.status in OF_THE_OFFERS:
        raise Refused(f"The system of the marketplace answered {kind} with status {answer.status}.")
    if not answer.is_success:
        raise NotAvailable(f"The system of the marketplace takes no offers: it answered with status {answer.status}.")
    return answer


def _object(answer: OutsideAnswer) -> dict[str, Any]:
    """What it says of single offers; who says nothing, or nothing that can be read, answers later."""
    if not answer.body.strip():
        return {}
    try:
        return answer.mapping()
    except UnusableAnswer as error:
        logger.error("The system that takes offers says what nobody can read, and its results are awaited: %s", error)
        return {}


def _results(said: dict[str, Any]) -> Iterator[Answer]:
    for values in _items(said, "results", ResultItem):
        yield values["offer"], result_of(values["state"], values)


def _rejections(said: dict[str, Any]) -> Iterator[Answer]:
    for values in _items(said, "credentials_rejected", RejectedItem):
        yield CredentialsRejected(values["seller"], values["reason"])


def _items(said: dict[str, Any], name: str, kind: type[serializers.Serializer[Any]]) -> Iterator[dict[str, Any]]:
    """Those that can be read; one that cannot spoils no other."""
    items = said.get(name, [])
    for index, item in enumerate(items if isinstance(items, list) else [items]):
        serializer = kind(data=item)
        if serializer.is_valid():
            yield serializer.validated_data
        else:
            logger.error("%s %s of the system that takes offers is unusable: %s", name, index, dict(serializer.errors))
