"""Channels, who may see them, and the tables that carry work between SCX and the portal."""

from platforms.models.access import ApiKey, ApiKeyQuerySet, IdempotentCall
from platforms.models.at_scx import ChannelAtScx, PriceType
from platforms.models.channels import (
    SESSION_PLACEHOLDER,
    Channel,
    ChannelQuerySet,
    StaffAccess,
    StockSyncGroup,
    default_languages,
)
from platforms.models.differences import Discrepancy, OpenPoint
from platforms.models.inbox import Event, EventQuerySet, FeedCounter
from platforms.models.probes import AddressProbe
from platforms.models.webhooks import WebhookDelivery, WebhookDeliveryQuerySet, WebhookEndpoint, WebhookPosition
from platforms.models.work import Batch, Heartbeat, JobStatus, OutboxRow, QuotaBucket

__all__ = [
    "SESSION_PLACEHOLDER",
    "AddressProbe",
    "ApiKey",
    "ApiKeyQuerySet",
    "Batch",
    "Channel",
    "ChannelAtScx",
    "ChannelQuerySet",
    "Discrepancy",
    "Event",
    "EventQuerySet",
    "FeedCounter",
    "Heartbeat",
    "IdempotentCall",
    "JobStatus",
    "OpenPoint",
    "OutboxRow",
    "PriceType",
    "QuotaBucket",
    "StaffAccess",
    "StockSyncGroup",
    "WebhookDelivery",
    "WebhookDeliveryQuerySet",
    "WebhookEndpoint",
    "WebhookPosition",
    "default_languages",
]
