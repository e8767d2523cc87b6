"""Which sellers of a platform an opening is for, and why some of them are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models import Channel
from sellers.models import Account, Membership, Seller

# Databases limit the parameters of a statement.
MOST_IDS = 5000


class LeftOut(TextChoices):
    """Why a seller who meets the conditions is not given the marketplace, in the order in which it is looked at."""

    REMOVED = "removed", _("connection ended for good")
    NOT_LINKED = "not-linked", _("not connected at the moment")
    REFUSED = "refused", _("has it already, and SCX refused or ended it")
    HAS = "has", _("has it already")
    CREDENTIALS = "credentials", _("credentials rejected by the marketplace")
    FORBIDDEN = "forbidden", _("the account does not allow this marketplace")
    DECLINED = "declined", _("decided against it")


# The fate of one who is given it.
GIVEN = ""


@dataclass(frozen=True)
class Conditions:
    """What a seller has to meet; without any, all sellers of the platform are meant.

    `search`: part of the seller id or company. `active_on`: code of a marketplace where he sells now. `linked_since`
    counts from that day on, `linked_before` up to the day before. `with_declined`: also those who decided against the
    marketplace; `with_forbidden`: also those whose account does not allow it. `channels`: codes of the channels whose
    sellers the one who asks may see, None for all.
    """

    seller_ids: tuple[str, ...] = ()
    search: str = ""
    active_on: str = ""
    linked_since: date | None = None
    linked_before: date | None = None
    jtl_account_id: int | None = None
    with_declined: bool = False
    with_forbidden: bool = False
    channels: tuple[str, ...] | None = None

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it: what is not asked for is not there."""
        empty = Conditions()
        data = {name: value for name, value in asdict(self).items() if value != getattr(empty, name)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Conditions:
        """Of what `as_data` made; names it does not know are an opening's of another version, and left out."""
        known = {field.name for field in fields(cls)} & set(data)
        return cls(**{name: _read(name, data[name]) for name in known})

    def sellers(self, marketplace: Channel) -> QuerySet[Seller]:
        """Those who meet the conditions, whether they can be given the marketplace or not."""
        found = Seller.objects.filter(self._visible(), channel=marketplace.platform_id)
        if self.seller_ids:
            found = found.filter(seller_id__in=self.seller_ids)
        if self.search:
            found = found.filter(Q(seller_id__icontains=self.search) | Q(company_name__icontains=self.search))
        if self.active_on:
            there = Membership.objects.filter(marketplace__code=self.active_on, wanted=True, confirmed=True)
            found = found.filter(Exists(there.filter(seller=OuterRef("pk"))), state=Seller.State.ACTIVE)
        if self.linked_since:
            found = found.filter(linked_at__gte=_begin(self.linked_since))
        if self.linked_before:
            found = found.filter(linked_at__lt=_begin(self.linked_before))
        if self.jtl_account_id is not None:
            found = found.filter(jtl_account_id=self.jtl_account_id)
        return found

    def unknown_ids(self, marketplace: Channel) -> list[str]:
        """The ids that were named and that no seller has, as far as the one who asks may see."""
        known = self.sellers(marketplace).order_by().values_list("seller_id", flat=True) if self.seller_ids else ()
        return sorted(set(self.seller_ids) - set(known))

    def with_fates(self, marketplace: Channel) -> QuerySet[Any]:
        """The sellers with their `fate`: GIVEN, or one of LeftOut."""
        whens = [When(condition, then=Value(reason)) for reason, condition in self._reasons(marketplace)]
        return self.sellers(marketplace).annotate(fate=Case(*whens, default=Value(GIVEN)))

    def _reasons(self, marketplace: Channel) -> list[tuple[LeftOut, Q]]:
        here = Membership.objects.filter(seller=OuterRef("pk"), marketplace=marketplace)
        allowed = Account.marketplaces.through.objects.filter(account=OuterRef("account"))
        reasons = [
            (LeftOut.REMOVED, Q(state=Seller.State.REMOVED)),
            (LeftOut.NOT_LINKED, ~Q(state__in=Seller.LINKED)),
            (LeftOut.REFUSED, Q(Exists(here.filter(wanted=True, is_refused=True)))),
            (LeftOut.HAS, Q(Exists(here.filter(wanted=True)))),
            (LeftOut.CREDENTIALS, Q(credentials_rejected_at__isnull=False)),
        ]
        if not self.with_forbidden:
            elsewhere = Q(Exists(allowed)) & ~Q(Exists(allowed.filter(channel=marketplace)))
            reasons.append((LeftOut.FORBIDDEN, elsewhere))
        if not self.with_declined:
            reasons.append((LeftOut.DECLINED, Q(Exists(here.filter(wanted=False, is_chosen=True)))))
        return reasons

    def _visible(self) -> Q:
        if self.channels is None:
            return Q()
        there = Membership.objects.filter(marketplace__code__in=self.channels)
        return Q(channel__code__in=self.channels) | Q(pk__in=there.values("seller"))


def _read(name: str, value: Any) -> Any:
    if name in ("linked_since", "linked_before"):
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
