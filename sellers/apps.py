from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_delete, pre_migrate
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from sellers import keeping


class SellersConfig(AppConfig):
    name = "sellers"
    verbose_name = _("Sellers")

    def ready(self) -> None:
        pre_delete.connect(keeping.refuse_early_deletion, sender="sellers.Seller")
        # Named only now: they import models.
        pre_migrate.connect(import_string("sellers.feed.lift"), sender=self)
        post_migrate.connect(import_string("sellers.feed.install"), sender=self)
