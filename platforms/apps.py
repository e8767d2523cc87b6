from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from platforms import checks, schedules


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = _("Channels")

    def ready(self) -> None:
        register(checks.wiring_resolves)
        post_migrate.connect(schedules.write, sender=self)
