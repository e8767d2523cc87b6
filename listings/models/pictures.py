"""The pictures of offers: what SCX links to, and the portal's own copies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from listings.models.offers import Offer
from platforms.models import Channel
from sellers.models import Seller


class PictureFile(models.Model):
    """A picture that was fetched, stored once whoever shows it; what it shows never changes."""

    class Format(models.TextChoices):
        JPEG = "JPEG", "JPEG"
        PNG = "PNG", "PNG"
        GIF = "GIF", "GIF"
        WEBP = "WEBP", "WebP"

    SUFFIXES: ClassVar = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}

    # Of the bytes as they are stored.
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("bytes"))
    file = models.FileField(_("file"))
    thumbnail = models.FileField(_("thumbnail"))
    created_at = models.DateTimeField(_("fetched"), auto_now_add=True)

    class Meta:
        verbose_name = _("picture file")
        verbose_name_plural = _("picture files")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], name="listings_picturefile_age")]

    def __str__(self) -> str:
        return f"{self.format} {self.width} × {self.height}"

    @property
    def url(self) -> str:
        """Where whoever knows it is shown the picture; it stays as long as the picture does."""
        return settings.PORTAL_URL + reverse("picture", args=[self.sha256, self.SUFFIXES[self.format]])

    @property
    def thumbnail_path(self) -> str:
        """The path of a small WebP of it on this portal."""
        return reverse("picture-thumbnail", args=[self.sha256])


class PictureQuerySet(models.QuerySet["Picture"]):
    def due(self, now: datetime, *, tried_before: datetime | None = None) -> PictureQuerySet:
        """What is to be fetched now; `tried_before`: whatever was not tried since, for a person asked."""
        free = self.filter(Q(leased_until=None) | Q(leased_until__lte=now), state=Picture.State.PENDING)
        if tried_before:
            return free.filter(Q(tried_at=None) | Q(tried_at__lt=tried_before))
        return free.filter(Q(not_before=None) | Q(not_before__lte=now))

    def same(self) -> PictureQuerySet:
        """Pictures of the same content as the picture of an outer query: same seller, same name (contract 1.2)."""
        return self.filter(seller=models.OuterRef("seller"), name=models.OuterRef("name"))


class Picture(models.Model):
    """A picture of an offer: its link, which lives until the deadline, and what became of fetching it.

    Pictures of one seller with the same name have the same content, so that one of them is fetched for all.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        FETCHED = "fetched", _("fetched")
        FAILED = "failed", _("failed")

    # Times of our clock that decide when something happens (`platforms.clock`).
    FOLLOWS_CLOCK: ClassVar = ("not_before", "leased_until", "tried_at")

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="pictures", verbose_name=_("offer"))
    position = models.PositiveSmallIntegerField(_("position"))
    source = models.CharField(_("source"), max_length=2000)
    deadline = models.DateTimeField(_("link lives until"))
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.PENDING)
    # The offer's channel and seller, and the link's file name; empty where an older process wrote the row.
    channel = models.ForeignKey(
        Channel, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("channel")
    )
    seller = models.ForeignKey(
        Seller, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("seller")
    )
    name = models.CharField(_("name"), max_length=255, default="", db_default="")
    content = models.ForeignKey(
        PictureFile,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="pictures",
        verbose_name=_("picture file"),
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    tried_at = models.DateTimeField(_("last attempt"), null=True)
    not_before = models.DateTimeField(_("not before"), null=True)
    leased_until = models.DateTimeField(null=True, editable=False)
    error = models.TextField(_("error"), default="", db_default="", blank=True)

    objects: ClassVar[Any] = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["offer", "position"]
        constraints = [models.UniqueConstraint(fields=["offer", "position"], name="listings_picture_unique")]
        indexes = [
            models.Index(fields=["channel", "deadline"], name="listings_picture_due", condition=Q(state="pending")),
            models.Index(fields=["seller", "name"], name="listings_picture_same"),
            models.Index(fields=["id"], name="listings_picture_unnamed", condition=Q(channel=None)),
            models.Index(fields=["content"], name="listings_picture_content", condition=Q(content__isnull=False)),
            models.Index(fields=["channel", "-deadline"], name="listings_picture_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return self.name or self.source.rsplit("/", 1)[-1]
