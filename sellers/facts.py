"""What the update page tells a seller about himself: panels from every app, named in `settings.SELLER_FACTS`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from sellers.models import Seller


@dataclass(frozen=True)
class Item:
    """One thing that needs the seller: what it is, and what to do about it."""

    title: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """`more`: how many items are left out."""

    title: str
    text: str = ""
    items: tuple[Item, ...] = ()
    more: int = 0


Source = Callable[[Seller], Panel | None]


def panels(seller: Seller) -> Iterator[Panel]:
    for name in settings.SELLER_FACTS:
        source: Source = import_string(name)
        panel = source(seller)
        if panel:
            yield panel
