"""Saving channels: the rules across rows in one place, through which admin, file and API all pass."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from platforms import jobs
from platforms.models import Channel

# What hangs on a channel by these names cannot hang on a platform; the apps above name their relations so.
BUSINESS = {"events", "offers", "stock_levels", "stock_cursors", "reports", "memberships"}


def save(channel: Channel) -> Channel:
    """Validate and save under a lock on the channels it concerns; raises ValidationError with messages per field."""
    with transaction.atomic():
        related = [channel.pk, channel.platform_id]
        list(Channel.objects.select_for_update().filter(pk__in=[pk for pk in related if pk]).order_by("pk"))
        clean(channel)
        if channel.pk is None:
            channel.save()
        else:
            _save_changes(channel)
    return channel


def _save_changes(channel: Channel) -> None:
    """Save all but what other processes write, such as the access token; a new refresh token ends that one.

    What was said of the old refresh token ends with it.
    """
    stored = Channel.objects.get(pk=channel.pk)
    fields = [field.attname for field in channel._meta.concrete_fields if not field.primary_key]
    of_the_token = {"access_token", "access_token_expires_at", *Channel.TOKEN_ACCEPTED}
    kept = {"token_lease_until", "reconciled_at", *of_the_token}
    if stored.refresh_token != channel.refresh_token:
        kept -= of_the_token
        channel.access_token, channel.access_token_expires_at = "", None
        for name, value in Channel.TOKEN_ACCEPTED.items():
            setattr(channel, name, value)
        # What waited for a token that opens the door need not wait for the next sweep.
        jobs.nudge_channel(channel)
    channel.save(update_fields=[field for field in fields if field not in kept])


def clean(channel: Channel) -> None:
    """All rules of a channel: those of its fields, its row, and its place among the others."""
    errors: dict[str, Any] = {}
    try:
        channel.full_clean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for field, message in _misplaced(channel).items():
        errors.setdefault(field, []).append(ValidationError(message))
    if errors:
        raise ValidationError(errors)


def _misplaced(channel: Channel) -> dict[str, Any]:
    """What is wrong with the channel's place among the others, by field."""
    problems: dict[str, Any] = {}
    platform = channel.platform
    if platform and platform.kind != Channel.Kind.PLATFORM:
        problems["platform"] = _("“%(channel)s” is not a platform.") % {"channel": platform.code}
    group = channel.stock_sync_group
    if group and platform and group.platform_id != platform.pk:
        problems["stock_sync_group"] = _("The stock sync group “%(group)s” belongs to another platform.") % {
            "group": group.label
        }
    if channel.pk and not channel.is_platform and channel.marketplaces.exists():
        problems["kind"] = _("The channel stays a platform while marketplaces belong to it.")
    if channel.pk and channel.is_platform and _has_business(channel):
        problems["kind"] = _("The channel has events, offers or stock of its own, which a platform cannot have.")
    return problems


def _has_business(channel: Channel) -> bool:
    """Whether rows hang on the channel that a virtual channel cannot have."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: channel}).exists()
        for relation in channel._meta.related_objects
        if relation.get_accessor_name() in BUSINESS
    )
