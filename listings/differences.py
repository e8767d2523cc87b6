"""What differs between two revisions of a listing, for people: part by part, field by field, word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any, Literal

from django.utils.translation import gettext as _

from listings.merge_patch import Document
from listings.models import Offer
from listings.revisions import FIELDS, Whole

# Comparing takes the square of the number of pieces: where more words differ, lines or tags are compared; of more of
# those, all stands as one.
MOST_PIECES = 3_000
WORDS = re.compile(r"\s+|\w+|[^\w\s]")
LINES = re.compile(r"[^\n>]*[\n>]|[^\n>]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: in both revisions, in the older one alone, or in the newer one alone."""

    text: str
    kind: Literal["same", "gone", "added"] = "same"


@dataclass(frozen=True)
class Difference:
    """A field that differs, as pieces of its older and of its newer text."""

    label: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]


@dataclass(frozen=True)
class Part:
    """The listing or one of its variations; `kind` says whether only one of the revisions has it."""

    offer_id: int
    sku: str
    kind: Literal["same", "gone", "added"]
    differences: tuple[Difference, ...]
    is_variation: bool = True


def between(offer_id: int, old: Whole, new: Whole) -> list[Part]:
    """The listing, if anything of its own differs, and the variations that differ, that went, and that came."""
    key = str(offer_id)
    own = _part(key, _own(old), _own(new), old, new, is_variation=False)
    ours, theirs = _variations(old), _variations(new)
    parts = [own, *(_part(each, ours.get(each), theirs.get(each), old, new) for each in {**ours, **theirs})]
    return [part for part in parts if part.differences or part.kind != "same"]


def _variations(whole: Whole) -> Document:
    """Without their parent's id: that is the listing."""
    found: Document = whole.document.get("variations", {})
    return {
        key: {name: value for name, value in document.items() if name != "parent_offer_id"}
        for key, document in found.items()
    }


def _own(whole: Whole) -> Document:
    return {name: value for name, value in whole.document.items() if name != "variations"}


def _part(
    key: str, old: Document | None, new: Document | None, before: Whole, after: Whole, *, is_variation: bool = True
) -> Part:
    kind: Literal["same", "gone", "added"] = "same" if old and new else "gone" if old else "added"
    ours = dict(_texts(old or {}, before.prices.get(key, {})))
    theirs = dict(_texts(new or {}, after.prices.get(key, {})))
    differing = [name for name in {**ours, **theirs} if ours.get(name, "") != theirs.get(name, "")]
    sku = str((new or old or {}).get("sku", ""))
    found = tuple(_difference(name, ours.get(name, ""), theirs.get(name, "")) for name in differing)
    return Part(int(key), sku, kind, found, is_variation)


def _difference(label: str, old: str, new: str) -> Difference:
    head, ours, theirs, tail = _pieces(old, new)
    left, right = [Piece(head)], [Piece(head)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        same = tag == "equal"
        left.append(Piece("".join(ours[i1:i2]), "same" if same else "gone"))
        right.append(Piece("".join(theirs[j1:j2]), "same" if same else "added"))
    return Difference(label, _filled([*left, Piece(tail)]), _filled([*right, Piece(tail)]))


def _pieces(old: str, new: str) -> tuple[str, list[str], list[str], str]:
    """How both texts begin, what of either is to be compared, and how both end."""
    for kind in (WORDS, LINES):
        ours, theirs = kind.findall(old), kind.findall(new)
        start = _common(ours, theirs)
        head, ours, theirs = "".join(ours[:start]), ours[start:], theirs[start:]
        end = _common(reversed(ours), reversed(theirs))
        tail = "".join(ours[len(ours) - end :])
        ours, theirs = ours[: len(ours) - end], theirs[: len(theirs) - end]
        if max(len(ours), len(theirs)) <= MOST_PIECES:
            return head, ours, theirs, tail
    return head, ["".join(ours)], ["".join(theirs)], tail


def _common(ours: Iterable[str], theirs: Iterable[str]) -> int:
    """With how many equal pieces both begin."""
    return sum(1 for _same in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))


def _filled(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.text)


def _texts(document: Document, prices: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """The fields that are filled in, by their labels, as texts."""
    for name in FIELDS:
        if name in document:
            yield _label(name), _text(document[name])
    if prices:
        yield _("prices"), "\n".join(_price_lines(prices))
    if document.get("pictures"):
        yield _("pictures"), "\n".join(document["pictures"])


def _label(name: str) -> str:
    return str(Offer._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_entry(entry) for entry in value)
    if isinstance(value, dict):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    return str(value)


def _entry(entry: dict[str, Any]) -> str:
    """An attribute as a line: its name, its group if it has one, and its value."""
    name = entry.get("id", entry.get("name", ""))
    group = entry.get("group")
    return f"{name} ({group}): {entry.get('value', '')}" if group else f"{name}: {entry.get('value', '')}"


def _price_lines(prices: dict[str, dict[str, str]]) -> Sequence[str]:
    return [
        _("%(type)s from %(quantity)s: %(price)s") % {"type": kind, "quantity": quantity, "price": price}
        for kind, steps in prices.items()
        for quantity, price in steps.items()
    ]
