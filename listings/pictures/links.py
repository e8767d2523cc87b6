"""Links to pictures: each names its content, and what is known of a name needs no fetching again."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.db.models import OuterRef, Subquery

from listings import rows
from listings.models import Offer, Picture
from platforms import bulk
from platforms.models import Channel

# SCX's picture links live so long from the event on (contract 1.2).
LIFE = timedelta(days=7)
LONGEST_NAME = 255
# All but what tells the place; a new link is new luck.
WRITTEN = tuple(field.name for field in Picture._meta.concrete_fields if field.name not in ("id", "offer", "position"))

Name = tuple[int, str]
"""The seller's primary key and the file name: pictures that have both in common are the same (contract 1.2)."""


def name_of(link: str) -> str:
    """The file name of a link; where it has none that can be kept, one made of the link."""
    _scheme, _colon, place = link.partition("#")[0].partition("?")[0].partition("://")
    _path, slash, last = place.rpartition("/")
    try:
        name = unquote(last, errors="strict") if slash else ""
    except ValueError:
        name = ""
    if name.isprintable() and 0 < len(name) <= LONGEST_NAME:
        return name
    return hashlib.sha256(link.encode("utf-8", "surrogatepass")).hexdigest()


def replace(channel: Channel, linked: Sequence[tuple[Offer, Sequence[str], datetime]]) -> bool:
    """Give each offer the pictures of these links, told at this time; whether any is still to be fetched.

    A place keeps its row; what the seller's pictures of the same name have is theirs at once.
    """
    places = [
        (offer.pk, offer.seller_id, position, link, name_of(link), at + LIFE)
        for offer, links, at in linked
        for position, link in enumerate(links)
    ]
    # Before any is dropped: a picture may only change its place.
    known = fetched((seller, name) for _offer, seller, _position, _link, name, _deadline in places)
    _drop_surplus({offer.pk: len(links) for offer, links, _at in linked})
    if not places:
        return False
    offers, sellers, positions, sources, names, deadlines = zip(*places, strict=True)
    contents = [known.get(name) for name in zip(sellers, names, strict=True)]
    columns: dict[str, Sequence[Any]] = {
        "offer_id": offers,
        "seller_id": sellers,
        "position": positions,
        "source": sources,
        "name": names,
        "deadline": deadlines,
        "content_id": contents,
        "state": [Picture.State.FETCHED if content else Picture.State.PENDING for content in contents],
    }
    bulk.upsert_alike(Picture(channel=channel), columns, unique=("offer", "position"), update=WRITTEN)
    return not all(contents)


def _drop_surplus(numbers: dict[int, int]) -> None:
    """Drop the pictures of offers, by primary key, that have more than so many."""
    if not numbers:
        return
    found = Picture.objects.filter(offer__among=numbers, position__gte=min(numbers.values()))
    held = found.order_by().values_list("pk", "offer", "position")
    surplus = [pk for pk, offer, position in held if position >= numbers[offer]]
    if surplus:
        Picture.objects.filter(pk__among=surplus).delete()


def fetched(names: Iterable[Name]) -> dict[Name, int]:
    """The primary keys of the picture files that are known of these names."""
    wanted = set(names)
    sellers = {seller for seller, _name in wanted}
    contents: dict[Any, int] = {}
    some = {name for _seller, name in wanted}
    found = Picture.objects.filter(seller__in=sellers, name__among=some, state=Picture.State.FETCHED)
    for seller, name, content in found.order_by().values_list("seller", "name", "content"):
        if (seller, name) in wanted:
            contents[seller, name] = content
    return contents


def complete() -> None:
    """Name the pictures that processes of an earlier version of the portal have written."""
    while unnamed := list(Picture.objects.filter(channel=None).order_by("pk")[: rows.WRITTEN_AT_ONCE]):
        for picture in unnamed:
            picture.name = name_of(picture.source)
        Picture.objects.bulk_update(unnamed, ["name"])
        owner = Offer.objects.filter(pk=OuterRef("offer"))
        Picture.objects.filter(pk__in=[picture.pk for picture in unnamed]).update(
            channel=Subquery(owner.values("channel")[:1]), seller=Subquery(owner.values("seller")[:1])
        )


def freshest(names: Iterable[Name]) -> dict[Name, Picture]:
    """Of each name the picture whose link lives longest."""
    found: dict[Name, Picture] = {}
    for seller, name in names:
        picture = Picture.objects.filter(seller=seller, name=name).order_by("-deadline", "-pk").first()
        if picture:
            found[seller, name] = picture
    return found
