import resource
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from platforms import checks, hiding, logs, lookups, schedules

__all__ = ["PlatformsConfig", "lookups"]


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = _("Channels")

    def ready(self) -> None:
        hiding.remember_for_good(self._secrets())
        logs.hide_from_tracebacks()
        # A dump of the memory holds every secret there is.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        register(checks.wiring_resolves)
        register(checks.kinds_resolve)
        post_migrate.connect(schedules.write, sender=self)
        # Named only now: they import models.
        pre_migrate.connect(import_string("platforms.kind_triggers.lift"), sender=self)
        post_migrate.connect(import_string("platforms.kind_triggers.install"), sender=self)

    def _secrets(self) -> Iterator[str]:
        """Those of the environment, passwords within URLs too."""
        yield from (settings.SECRET_KEY, *settings.ENCRYPTION_KEYS, settings.METRICS_TOKEN)
        yield from (settings.EMAIL_HOST_PASSWORD or "", urlsplit(settings.REDIS_URL).password or "")
        yield from (str(database.get("PASSWORD") or "") for database in settings.DATABASES.values())
