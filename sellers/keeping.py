"""What no path may do to sellers: SCX knows them by their id, and they stay until SCX has forgotten them."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

M = TypeVar("M", bound=models.Model)

REMOVED, LINKING = "removed", "linking"


class KeptQuerySet(models.QuerySet[M]):
    """Changes no seller id, and deletes no seller behind the signals' back."""

    # Read by `refuse_early_deletion`: which of Django's deletions comes from here.
    is_clean_up = False

    def clean_up(self) -> int:
        """Delete those among them whose sign-up SCX never took; returns how many."""
        leftovers = self.filter(state=LINKING)
        leftovers.is_clean_up = True
        return leftovers.delete()[1].get(self.model._meta.label, 0)

    def update(self, **kwargs: Any) -> int:
        """As Django's, `bulk_update` included; raises ValidationError for a seller id."""
        _refuse_seller_id(kwargs)
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        """As Django's; raises ValidationError where rows that are there already would get another seller id."""
        _refuse_seller_id(kwargs.get("update_fields") or ())
        return super().bulk_create(objs, *args, **kwargs)

    def _raw_delete(self, using: str | None) -> int:
        raise ProtectedError(_why_kept(), set(self))


def same_id(seller: models.Model) -> None:
    """Raises ValidationError for a seller id that differs from the stored one."""
    stored = type(seller)._base_manager.filter(pk=seller.pk).values_list("seller_id", flat=True).first()
    if stored is not None and stored != seller.seller_id:  # type: ignore[attr-defined]
        _refuse_seller_id({"seller_id"})


def refuse_early_deletion(
    sender: type[models.Model], instance: models.Model, using: str, origin: Any = None, **kwargs: Any
) -> None:
    """The receiver of `pre_delete`, which deletions of rows, querysets and cascades all pass. Raises ProtectedError.

    What the database says counts, not what stands in memory.
    """
    stored = sender._base_manager.using(using).filter(pk=instance.pk)
    state = stored.values_list("state", flat=True).first()
    if state == LINKING and getattr(origin, "is_clean_up", False):
        return
    if state is not None and state != REMOVED:
        raise ProtectedError(_why_kept(), {instance})


def _refuse_seller_id(names: Any) -> None:
    if "seller_id" in names:
        raise ValidationError({"seller_id": _("A seller id never changes.")})


def _why_kept() -> str:
    return _("A seller is kept until JTL has removed it for good. Disconnect the seller instead.")
