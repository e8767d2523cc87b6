"""A platform's sellers by its marketplaces: what is wanted at each crossing, what SCX confirmed, what went wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from platforms import staff
from platforms.models import Channel
from platforms.names import by_name
from sellers.models import Membership, Seller


@dataclass(frozen=True)
class Cell:
    """One seller on one marketplace; `membership` is None where nobody ever chose."""

    seller: Seller
    marketplace: Channel
    membership: Membership | None

    @property
    def wanted(self) -> bool:
        return bool(self.membership and self.membership.wanted)

    @property
    def is_wrong(self) -> bool:
        """Whether SCX did not follow what is wanted, and said or showed so."""
        row = self.membership
        if row is None or not self.seller.is_linked:
            return False
        return row.is_refused or bool(row.error and not self.is_settled)

    @property
    def is_paused(self) -> bool:
        """Whether the wish rests with the seller: he is off everywhere until he resumes."""
        return self.wanted and self.seller.state == Seller.State.INACTIVE

    @property
    def is_settled(self) -> bool:
        return self.membership is None or self.membership.confirmed is (self.wanted and not self.is_paused)

    @property
    def state(self) -> tuple[str, str]:
        """In words, and the kind of `theme.label`."""
        if self.membership and self.membership.is_refused and self.is_wrong:
            return str(_("ended by SCX") if self.membership.is_ended else _("refused by SCX")), "danger"
        if self.is_settled or not self.seller.is_linked:
            if self.is_paused:
                return str(_("paused")), ""
            is_on = bool(self.membership and self.membership.confirmed)
            return (str(_("connected")), "success") if is_on else (str(_("not connected")), "")
        kind = "warning" if self.is_wrong else "info"
        return str(_("being disconnected") if self.is_paused or not self.wanted else _("being connected")), kind


@dataclass(frozen=True)
class Row:
    seller: Seller
    cells: list[Cell]


def platforms(channels: frozenset[int] | None) -> list[Channel]:
    """The platforms of which one of these channels is a part; None: all."""
    found = Channel.objects.filter(kind=Channel.Kind.PLATFORM)
    return by_name(staff.limit(found, ("pk", "marketplaces"), channels))


def marketplaces(platform: Channel, channels: frozenset[int] | None) -> QuerySet[Channel]:
    return staff.limit(platform.marketplaces.all(), ("pk",), channels)


def sellers(
    platform: Channel, shown: Sequence[Channel], *, search: str = "", only_wrong: bool = False, whole: bool = True
) -> QuerySet[Seller]:
    """The platform's sellers SCX may know, the newest first; without `whole`, of the marketplaces shown alone."""
    found = Seller.objects.filter(channel=platform).exclude(state=Seller.State.REMOVED)
    if not whole:
        found = found.filter(pk__in=Membership.objects.filter(marketplace__in=shown).values("seller"))
    if search:
        found = found.filter(Q(seller_id__icontains=search) | Q(company_name__icontains=search))
    if only_wrong:
        found = found.filter(state__in=Seller.LINKED, pk__in=_wrong().filter(marketplace__in=shown).values("seller"))
    return found.order_by("-pk")


def rows(page: Iterable[Seller], shown: Sequence[Channel]) -> list[Row]:
    """One row a seller, one cell a marketplace, by one query."""
    page = list(page)
    found = Membership.objects.filter(seller__in=page, marketplace__in=shown)
    by_place = {(row.seller_id, row.marketplace_id): row for row in found}
    return [Row(each, [Cell(each, place, by_place.get((each.pk, place.pk))) for place in shown]) for each in page]


def _wrong() -> QuerySet[Membership]:
    return Membership.objects.filter(is_refused=True) | Membership.objects.differing().exclude(error="")
