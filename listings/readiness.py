"""The last steps: the first offer, and the first listing that SCX was told of."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from listings.models import ListingReport, Offer
from platforms.display import list_url
from platforms.models import Channel
from platforms.readiness import EXCHANGE, Step
from platforms.readiness_places import wawi

State = ListingReport.State


def first_offer(channels: Sequence[Channel]) -> Mapping[int, Step]:
    offers = Offer.objects.listings().filter(channel=OuterRef("pk"))
    answers = _rows(channels).values_list("pk", Exists(offers))
    return {pk: _first_offer(is_there=is_there) for pk, is_there in answers}


def _first_offer(*, is_there: bool) -> Step:
    code, title = "offer", _("First offer received")
    if is_there:
        return Step(code, title, "done", _("A merchant offers something here."))
    text = _("No offer has come yet. In JTL-Wawi, let the merchant list an article on this channel.")
    url, link_text = wawi()
    return Step(code, title, "todo", text, url, link_text)


def first_listing(channels: Sequence[Channel]) -> Mapping[int, Step]:
    reports = ListingReport.objects.filter(channel=OuterRef("pk"), kind=ListingReport.Kind.LISTED)
    states = [Exists(reports.filter(state=state)) for state in (State.SENT, State.REFUSED, State.PENDING)]
    answers = _rows(channels).values_list("pk", *states)
    return {pk: _first_listing(pk, *there) for pk, *there in answers}


def _first_listing(pk: int, is_sent: bool, is_refused: bool, is_pending: bool) -> Step:
    code, title = "listing", _("First listing reported to SCX")
    if is_sent:
        return Step(code, title, "done", _("The merchant sees in JTL-Wawi that his offer is listed."))
    if is_refused:
        text = _("SCX refused the report that an offer is listed. Read its answer, mend the cause and send it again.")
        url = list_url("listings_listingreport", channel__id__exact=pk, state__exact=State.REFUSED.value)
        return Step(code, title, "wrong", text, url, _("See the reports"))
    if is_pending:
        text = _("An offer is listed. The worker tells SCX within a minute; have it done now, and look again.")
        return Step(code, title, "unknown", text, link_text=_("Exchange data with SCX now"), action=EXCHANGE)
    text = _(
        "Put the offer on the marketplace, and say so: its connector does, or the marketplace’s system by the REST "
        "API, or you with “Mark as listed” at the offer."
    )
    return Step(code, title, "todo", text, list_url("listings_offer", channel__id__exact=pk), _("See the offers"))


def _rows(channels: Sequence[Channel]) -> QuerySet[Channel]:
    exchanging = [channel.pk for channel in channels if not channel.is_platform]
    return Channel.objects.filter(pk__in=exchanging).order_by()
