"""What people do with endpoints: make, change, test, give another secret."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from platforms import jobs, webhook_signatures
from platforms.models import ApiKey, Channel, WebhookDelivery, WebhookEndpoint
from platforms.webhooks import following, health, messages, noting, sending
from platforms.webhooks.messages import Message

OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=7)


@transaction.atomic
def make(
    key: ApiKey, url: str, topics: Iterable[str], channels: Iterable[Channel] = (), **values: Any
) -> tuple[WebhookEndpoint, str]:
    """An endpoint of the key, and its secret, which is told once. It is told what happens from now on."""
    secret = webhook_signatures.make_secret()
    endpoint = WebhookEndpoint.objects.create(api_key=key, url=url, topics=list(topics), secret=secret, **values)
    bind(endpoint, channels)
    following.start(endpoint)
    return endpoint, secret


@transaction.atomic
def change(endpoint: WebhookEndpoint, *, channels: Iterable[Channel] | None = None, **values: Any) -> None:
    """Raises ValidationError for topics that nothing fits. Of topics that come to it, it is told from now on."""
    if "topics" in values:
        messages.check(values["topics"])
    followed = following.followed(endpoint)
    is_active = values.pop("is_active", endpoint.is_active)
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(values))
    if channels is not None:
        bind(endpoint, channels)
    following.start(endpoint, followed)
    if is_active and not endpoint.is_active:
        health.switch_on(endpoint)
        nudge(endpoint)
    elif endpoint.is_active and not is_active:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_active=False)


def bind(endpoint: WebhookEndpoint, to: Iterable[Channel]) -> None:
    """Tell it of these channels only, a platform with its marketplaces; none means all of its key."""
    endpoint.channels.set(to)
    endpoint.is_bound = endpoint.channels.exists()
    endpoint.save(update_fields=["is_bound"])


def renew_secret(endpoint: WebhookEndpoint, *, overlap: timedelta = timedelta(0)) -> str:
    """Another secret, told once; until the overlap is over, calls are signed with the former one as well."""
    secret = webhook_signatures.make_secret()
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        locked.former_secret, locked.former_secret_until = locked.secret, timezone.now() + overlap
        if not overlap:
            locked.former_secret, locked.former_secret_until = "", None
        locked.secret = secret
        locked.save(update_fields=["secret", "former_secret", "former_secret_until"])
    return secret


def test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send a message that means nothing, now, and return what became of it."""
    token = uuid4().hex
    said = {"endpoint": endpoint.pk, "text": "This is a test. Nothing happened."}
    message = Message(messages.TEST, None, f"test {token}", token, timezone.now(), said, ("endpoint",))
    delivery = noting.delivery(endpoint, message)
    # Nobody else sends it meanwhile.
    delivery.leased_until = timezone.now() + WebhookDelivery.LEASE
    delivery.save()
    sending.send_now(endpoint, delivery)
    return delivery


def nudge(endpoint: WebhookEndpoint) -> None:
    """Let its deliveries go out soon: by the job of any channel it is told of."""
    channels = Channel.objects.callable()
    seen = noting.channels_of(endpoint)
    channel = (channels if seen is None else channels.filter(pk__in=seen)).order_by("pk").first()
    if channel:
        jobs.nudge(jobs.DELIVERIES, channel)
