"""Saving channels: the rules across rows in one place, through which admin, file and API all pass."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms import branding, client_versions, connectors, jobs, kinds, tokens
from platforms.models import Channel, StockSyncGroup

# What `platforms.minimum_versions` notes of SCX.
ABOUT_SCX = {"client_versions_confirmed", "client_versions_confirmed_at", "mfa_pin_requested_at"}
# What decides with whom a channel shares stock: its levels follow at once.
WHO_SHARES = ("stock_sync_group_id", "is_active")
# What decides how much of it may be sold: whoever follows the feed is told the levels again.
HELD_BACK = ("stock_buffer", "stock_minimum")
# What stays while something belongs to the channel: its code, kind and platform.
KEPT = {
    "code": _("SCX knows the channel by its code: it stays while these belong to the channel: %(things)s."),
    "kind": _("The kind stays while these belong to the channel: %(things)s."),
    "platform_id": _("The marketplace stays with its platform while these belong to it: %(things)s."),
}


def lock() -> None:
    """Let nobody else save a channel or a group until the transaction ends: their rules look at one another.

    Events and offers are written meanwhile: what they lock of a channel is its key.
    """
    list(Channel.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def locked(pk: int) -> Channel:
    """The channel as it stands, to be changed and saved in the surrounding transaction."""
    lock()
    return Channel.objects.select_related("platform", "stock_sync_group").get(pk=pk)


def save(channel: Channel) -> Channel:
    """Validate and save, one at a time; raises ValidationError with messages per field."""
    with transaction.atomic():
        clean(channel)
        if channel.pk is None:
            if channel.has_token and channel.refresh_token_entered_at is None:
                tokens.begin(channel)
            channel.save()
        else:
            _save_changes(channel)
    return channel


def save_group(group: StockSyncGroup) -> StockSyncGroup:
    """Validate and save a stock sync group, as `save` does a channel."""
    with transaction.atomic():
        clean_group(group)
        group.save()
    return group


def _save_changes(channel: Channel) -> None:
    """Save all but what other processes write, such as the access token, unless another refresh token ends that."""
    stored = Channel.objects.get(pk=channel.pk)
    # Also where it is taken back before anybody was told: somebody may have read it meanwhile.
    channel.held_back_since = timezone.now() if _differ(stored, channel, HELD_BACK) else stored.held_back_since
    fields = [field.attname for field in channel._meta.concrete_fields if not field.primary_key]
    kept = {"reconciled_at", *ABOUT_SCX, *tokens.OF_THE_TOKEN}
    is_other = stored.refresh_token != channel.refresh_token
    if is_other or _is_tested(channel, stored):
        kept -= set(tokens.OF_THE_TOKEN)
        if is_other and channel.refresh_token_entered_at == stored.refresh_token_entered_at:
            tokens.begin(channel)
        # What waited for a token that opens the door need not wait for the next sweep.
        if channel.has_token:
            jobs.nudge_channel(channel)
    elif _differ(stored, channel, (*WHO_SHARES, *HELD_BACK)):
        jobs.nudge("stock", channel)
    channel.save(update_fields=[field for field in fields if field not in kept])


def _differ(one: Channel, other: Channel, fields: Iterable[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in fields)


def _is_tested(channel: Channel, stored: Channel) -> bool:
    """Whether SCX accepted the token since the row was written last."""
    tested, before = channel.token_succeeded_at, stored.token_succeeded_at
    return tested is not None and (before is None or tested > before)


def clean(channel: Channel) -> None:
    """All rules of a channel: those of its fields, its row, its connector, and its place among the others.

    They hold until the end of the surrounding transaction.
    """
    with transaction.atomic():
        lock()
        errors = _errors(channel)
    if errors:
        raise ValidationError(errors)


def clean_group(group: StockSyncGroup) -> None:
    """All rules of a stock sync group; they hold until the end of the surrounding transaction."""
    with transaction.atomic():
        lock()
        group.full_clean()
        platform = Channel.objects.get(pk=group.platform_id)
        if not platform.is_platform:
            raise ValidationError({"platform": _not_a_platform(platform)})
        stored = StockSyncGroup.objects.filter(pk=group.pk).first()
        if stored and stored.platform_id != platform.pk and stored.channels.exists():
            raise ValidationError(
                {"platform": _("The group stays with its platform while marketplaces are in it: take them out first.")}
            )


def _errors(channel: Channel) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    for check in (channel.full_clean, lambda: connectors.check_settings(channel)):
        try:
            check()
        except ValidationError as error:
            errors = error.update_error_dict(errors)
    for field, message in {**_misplaced(channel), **_moved(channel)}.items():
        errors.setdefault(field, []).append(ValidationError(message))
    try:
        channel.minimum_client_versions = client_versions.validated(channel.minimum_client_versions)
    except ValidationError as error:
        errors.setdefault("minimum_client_versions", []).append(error)
    if problems := _branding_problems(channel):
        errors["branding"] = problems
    return errors


def _misplaced(channel: Channel) -> dict[str, Any]:
    """What is wrong with the channel's place among the others, by field; the others as they stand now."""
    problems: dict[str, Any] = {}
    platform = Channel.objects.filter(pk=channel.platform_id or 0).first()
    if platform and not platform.is_platform:
        problems["platform"] = _not_a_platform(platform)
    group = StockSyncGroup.objects.filter(pk=channel.stock_sync_group_id or 0).first()
    if group and platform and group.platform_id != platform.pk:
        problems["stock_sync_group"] = _("The stock sync group “%(group)s” belongs to another platform.") % {
            "group": group.label
        }
    return problems


def _moved(channel: Channel) -> dict[str, Any]:
    """What of the channel cannot change any more, by field."""
    stored = Channel.objects.filter(pk=channel.pk).first()
    changed = [name for name in KEPT if stored and getattr(stored, name) != getattr(channel, name)]
    if not changed:
        return {}
    if "kind" in changed:
        # Who is writing a row of the channel now is waited for.
        Channel.objects.select_for_update().get(pk=channel.pk)
    things = ", ".join(kinds.belongings(channel))
    # A marketplace that becomes another kind leaves its platform: one message says so.
    fields = [name for name in changed if name != "platform_id" or "kind" not in changed]
    return {name.removesuffix("_id"): KEPT[name] % {"things": things} for name in fields if things}


def _not_a_platform(channel: Channel) -> Any:
    return _("“%(channel)s” is not a platform.") % {"channel": channel.code}


def _branding_problems(channel: Channel) -> list[str]:
    """What is wrong with a branding that is new; one from before stands until somebody changes it."""
    stored = Channel.objects.filter(pk=channel.pk).values_list("branding", flat=True).first()
    if stored == channel.branding:
        return []
    try:
        branding.check(channel.branding)
    except ValidationError as error:
        return [f"{key}: {message}" for key, messages in error.message_dict.items() for message in messages]
    return []
