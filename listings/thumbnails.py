"""How a picture is shown small on the pages of offers."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html

from listings.models import Offer, Picture
from platforms import display


def with_first_picture(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """Offers with the hash of their first picture that the portal has, as `first_picture`."""
    fetched = Picture.objects.filter(offer=OuterRef("pk"), state=Picture.State.FETCHED).order_by("position")
    return offers.annotate(first_picture=Subquery(fetched.values("content__sha256")[:1]))


def thumbnail(sha256: str | None, *, description: str = "", url: str = "") -> str:
    """A small picture by its hash, linked to the whole one if there is an address."""
    if not sha256:
        return display.EMPTY
    path = reverse("picture-thumbnail", args=[sha256])
    image = format_html('<img src="{}" alt="{}" loading="lazy" class="portal-thumbnail">', path, description)
    return format_html('<a href="{}" target="_blank">{}</a>', url, image) if url else image
