"""The portal's own copies of pictures: one file for one content, in whatever storage there is."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from listings.models import Picture, PictureFile
from listings.pictures.images import Copy

logger = logging.getLogger(__name__)

# A picture that goes may come back with the next event.
KEPT_UNUSED = timedelta(days=1)
DROPPED_AT_ONCE = 100


def keep(copy: Copy) -> PictureFile:
    """The row of this content, with its files in the storage. Call it in a transaction."""
    stem = f"pictures/{copy.sha256[:2]}/{copy.sha256}"
    names = (f"{stem}.{PictureFile.SUFFIXES[copy.format]}", f"{stem}.thumb.webp")
    PictureFile.objects.bulk_create(
        [
            PictureFile(
                sha256=copy.sha256,
                format=copy.format,
                width=copy.width,
                height=copy.height,
                size=len(copy.body),
                file=names[0],
                thumbnail=names[1],
            )
        ],
        ignore_conflicts=True,
    )
    # Locked, so that nobody drops it as unused meanwhile.
    row = PictureFile.objects.select_for_update().get(sha256=copy.sha256)
    for name, body in zip(names, (copy.body, copy.thumbnail), strict=True):
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(body))
    return row


def drop_unused() -> int:
    """Delete some of the files that no picture has, and that were fetched long ago; returns how many."""
    old = PictureFile.objects.filter(created_at__lt=timezone.now() - KEPT_UNUSED).order_by("created_at")
    return drop(_unused(old).values_list("pk", flat=True)[:DROPPED_AT_ONCE])


def drop(keys: Iterable[int]) -> int:
    """Delete those of the files that no picture has; returns how many."""
    return sum(_drop(key) for key in keys)


def _unused(rows: QuerySet[PictureFile]) -> QuerySet[PictureFile]:
    return rows.filter(~Exists(Picture.objects.filter(content=OuterRef("pk"))))


@transaction.atomic
def _drop(key: int) -> int:
    """The files before their row, so that a kill between the two leaves nothing that nobody knows of."""
    row = _unused(PictureFile.objects.filter(pk=key)).select_for_update().first()
    if not row:
        return 0
    for name in (row.file.name, row.thumbnail.name):
        default_storage.delete(str(name))
    row.delete()
    return 1
