"""Noting what endpoints are to be told, in the transaction that makes it true."""

import json
from collections.abc import Collection, Iterable, Sequence

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import timezone

from platforms import api_keys
from platforms.models import ApiKey, Channel, WebhookDelivery, WebhookEndpoint
from platforms.webhooks.messages import Message, wants


def listening() -> QuerySet[WebhookEndpoint]:
    """The endpoints that are told anything: switched on, of a key that may be used."""
    usable = ApiKey.objects.usable(timezone.now())
    return WebhookEndpoint.objects.filter(is_active=True, api_key__in=usable.values("pk")).order_by("pk")


def channels_of(endpoint: WebhookEndpoint) -> set[int] | None:
    """The keys of the channels it is told of; None for all there are."""
    if not endpoint.is_bound and not endpoint.api_key.is_bound:
        return None
    seen = api_keys.channels(endpoint.api_key).order_by()
    if endpoint.is_bound:
        seen = seen.filter(pk__in=_with_marketplaces(endpoint))
    return set(seen.values_list("pk", flat=True))


def _with_marketplaces(endpoint: WebhookEndpoint) -> set[int]:
    bound = set(endpoint.channels.values_list("pk", flat=True))
    return bound | set(Channel.objects.filter(platform__in=bound).values_list("pk", flat=True))


def covers(channels: Collection[int] | None, channel: int | None) -> bool:
    return channels is None or channel is None or channel in channels


def is_wanted(topic: str) -> bool:
    """Whether any endpoint wants messages of the topic."""
    return any(wants(endpoint, topic) for endpoint in listening().only("topics"))


def put(messages: Sequence[Message]) -> int:
    """Note the messages for every endpoint that wants them; returns how many were noted that were not known yet."""
    if not messages:
        return 0
    endpoints = listening().select_related("api_key")
    return sum(note(endpoint, messages, channels_of(endpoint)) for endpoint in endpoints)


def note(endpoint: WebhookEndpoint, messages: Iterable[Message], channels: Collection[int] | None) -> int:
    """Note those of the messages that the endpoint wants, once each however often they come."""
    rows = [
        delivery(endpoint, message)
        for message in messages
        if wants(endpoint, message.topic) and covers(channels, message.channel)
    ]
    # What is known stays as it is: only those that are made have a row under their message's id.
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def delivery(endpoint: WebhookEndpoint, message: Message) -> WebhookDelivery:
    body = json.dumps(message.body(endpoint.payload), ensure_ascii=False, cls=DjangoJSONEncoder, separators=(",", ":"))
    return WebhookDelivery(
        endpoint=endpoint,
        channel_id=message.channel,
        topic=message.topic,
        subject=message.subject,
        version=message.version,
        seller_id=message.seller,
        body=body,
    )
