"""Finds the secrets of channels and webhook endpoints that no key decrypts any more: what a lost key leaves."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from platforms.fields import is_unreadable
from platforms.findings import Finding
from platforms.models import Channel
from platforms.webhooks import noting


def of_webhooks() -> Iterator[Finding]:
    """One finding for each endpoint whose secret cannot be read."""
    for endpoint in noting.listening().only("url", "description", "secret"):
        if is_unreadable(endpoint.secret):
            text = _(
                "The secret of the webhook endpoint %(endpoint)s cannot be read with the present keys, so it is told "
                "nothing. Give it another secret, or put the key back into ENCRYPTION_KEYS."
            ) % {"endpoint": endpoint}
            url = reverse("admin:platforms_webhookendpoint_change", args=[endpoint.pk])
            yield Finding("webhook-secret-unreadable", text, critical=True, url=url)


def of_channels() -> Iterator[Finding]:
    """One finding for each unreadable secret; it is over once the secret is entered again or the key is back."""
    for channel in Channel.objects.active():
        url = reverse("admin:platforms_channel_change", args=[channel.pk])
        if is_unreadable(channel.refresh_token):
            text = _(
                "The refresh token cannot be read with the present keys, so the channel stands still. Enter the token "
                "again, or put the key back into ENCRYPTION_KEYS."
            )
            yield Finding("token-unreadable", text, critical=True, channel=channel.code, url=url)
        if is_unreadable(channel.connector_settings):
            text = _(
                "The connector settings cannot be read with the present keys, so no offer is handed over and nobody "
                "can sign up. Enter the settings again, or put the key back into ENCRYPTION_KEYS."
            )
            yield Finding("connector-settings-unreadable", text, critical=True, channel=channel.code, url=url)
