"""The feed of sellers: where in it each one stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SellerChange(models.Model):
    """The number at which a seller changed last, memberships included; the database writes it (`sellers.feed`).

    No column of the seller's own row: whoever changes a membership would have to lock the seller before it.
    """

    # Without a constraint: processes of before, who know nothing of this table, delete sellers as well.
    seller = models.OneToOneField(
        "sellers.Seller",
        models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="change",
        verbose_name=_("seller"),
    )
    number = models.BigIntegerField(_("feed number"))

    class Meta:
        verbose_name = _("change of a seller")
        verbose_name_plural = _("changes of sellers")
        ordering = ["number"]
        indexes = [models.Index(fields=["number"], name="sellers_change_number")]

    def __str__(self) -> str:
        return f"{self.seller} · {self.number}"
