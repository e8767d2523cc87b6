"""The rules that one row of the channels' table can say, held by the database, each with what people are told."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

models.CharField.register_lookup(Length)

SESSION_PLACEHOLDER = "{SESSION}"
URL_WITHOUT_SESSION = _("The URL must contain {SESSION}: SCX puts the session there.")
ITS_OWN_PLATFORM = _("A channel is not its own platform.")

OF_CHANNELS: list[models.BaseConstraint] = [
    models.CheckConstraint(
        condition=~Q(kind="platform")
        | Q(platform=None, stock_sync_group=None, refresh_token="", access_token="", minimum_client_versions=[])
        & Q(stock_buffer=0, stock_minimum=0),
        name="platforms_channel_platform_is_virtual",
        violation_error_message=_(
            "A platform has no platform, no stock sync group, no stock, no token and no client versions."
        ),
    ),
    models.CheckConstraint(
        condition=~Q(kind="marketplace")
        | Q(platform__isnull=False, sign_up_url="", update_url="")
        & Q(several_sellers_per_account=False, unlink_rejected_after_days=None),
        name="platforms_channel_marketplace_inherits",
        violation_error_message=_(
            "A marketplace belongs to a platform, inherits its URLs and what is chosen for its sellers."
        ),
    ),
    models.CheckConstraint(
        condition=~Q(platform=models.F("id")),
        name="platforms_channel_not_its_own_platform",
        violation_error_message=ITS_OWN_PLATFORM,
    ),
    models.CheckConstraint(
        condition=~Q(kind="standalone") | Q(platform=None, stock_sync_group=None),
        name="platforms_channel_standalone_is_alone",
        violation_error_message=_("A standalone channel has no platform and no stock sync group."),
    ),
    models.CheckConstraint(
        condition=Q(kind__in=["platform", "marketplace", "standalone"]),
        name="platforms_channel_kind",
        violation_error_message=_("A channel is a platform, a marketplace or standalone."),
    ),
    models.CheckConstraint(
        condition=Q(kind="platform") | Q(currency__length=3),
        name="platforms_channel_currency",
        violation_error_message=_("A marketplace or standalone channel has one currency."),
    ),
    models.CheckConstraint(
        condition=Q(kind="platform") | ~Q(languages=[]),
        name="platforms_channel_languages",
        violation_error_message=_("A marketplace or standalone channel has at least one language."),
    ),
    models.CheckConstraint(
        condition=Q(sign_up_url="") | Q(sign_up_url__contains=SESSION_PLACEHOLDER),
        name="platforms_channel_sign_up_url",
        violation_error_message=URL_WITHOUT_SESSION,
    ),
    models.CheckConstraint(
        condition=Q(update_url="") | Q(update_url__contains=SESSION_PLACEHOLDER),
        name="platforms_channel_update_url",
        violation_error_message=URL_WITHOUT_SESSION,
    ),
    models.CheckConstraint(
        condition=Q(stock_source__in=["events", "per-seller", "all-sellers"]),
        name="platforms_channel_stock_source",
        violation_error_message=_("Stock comes by events, or is polled per seller or for all sellers."),
    ),
    models.CheckConstraint(
        condition=Q(in_progress_report__in=["late", "at-hand-over"]),
        name="platforms_channel_in_progress_report",
        violation_error_message=_("“In progress” is told when a decision takes long, or at hand-over."),
    ),
    models.CheckConstraint(
        condition=Q(waiting_limit_hours__gte=1),
        name="platforms_channel_waiting_limit",
        violation_error_message=_("Offers may wait for an hour at least."),
    ),
    models.CheckConstraint(
        condition=Q(new_sellers="if-picked") | Q(kind="marketplace", new_sellers__in=["never", "always"]),
        name="platforms_channel_new_sellers",
        violation_error_message=_("A marketplace is given to new sellers never, if they pick it, or always."),
    ),
]
