"""What may be late on the way to the connector and to SCX; each function is a finder of `platforms.findings`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listings import waiting
from listings.models import ListingReport, Offer, Picture
from platforms.channel_finders import counted_with_error
from platforms.display import list_url
from platforms.findings import LATE_AFTER, Finding
from platforms.models import Channel
from sellers.models import Seller

# How long a picture that is lost is told of.
LOST_TOLD_FOR = timedelta(days=7)


def refused_reports() -> Iterator[Finding]:
    """Reports SCX has refused although it takes data of their sellers."""
    newer = ListingReport.objects.filter(offer=OuterRef("offer"), pk__gt=OuterRef("pk"), state=ListingReport.State.SENT)
    refused = ListingReport.objects.filter(
        ~Exists(newer),
        state=ListingReport.State.REFUSED,
        offer__seller__state__in=Seller.LINKED,
    )
    for channel, number, since, error in counted_with_error(refused, "channel", "created_at", "pk"):
        text = ngettext(
            "SCX refused %(number)s listing report of %(channel)s: the merchant does not see what became of his offer. "
            "Read the answer, mend the cause and send it again. The last answer: %(error)s",
            "SCX refused %(number)s listing reports of %(channel)s: the merchants do not see what became of their "
            "offers. Read the answers, mend the cause and send them again. The last answer: %(error)s",
            number,
        )
        names = {"number": number, "channel": str(channel), "error": error}
        url = list_url(
            "listings_listingreport", channel__id__exact=channel.pk, state__exact=ListingReport.State.REFUSED.value
        )
        yield Finding("reports-refused", text % names, False, since, channel.code, url)


def late_reports() -> Iterator[Finding]:
    """Reports SCX should have by now."""
    late = timezone.now() - LATE_AFTER
    for channel, since in waiting.reports():
        if since and since < late:
            text = _(
                "Listing reports of %(channel)s wait to be sent, the oldest for longer than it should: merchants do "
                "not see yet what became of their offers. They are sent as soon as the worker gets to them; the job "
                "“reports” says what keeps it."
            ) % {"channel": channel.display_name}
            state = ListingReport.State.PENDING.value
            url = list_url("listings_listingreport", channel__id__exact=channel.pk, state__exact=state)
            yield Finding("reports-late", text, since=since, channel=channel.code, url=url)


def late_handover() -> Iterator[Finding]:
    """Offers the connector should have by now."""
    late = timezone.now() - LATE_AFTER
    channels = Channel.objects.callable().in_bulk()
    found = waiting.handover(channels).filter(updated_at__lt=late).values_list("channel")
    for pk, number, since in found.annotate(Count("pk"), Min("updated_at")):
        channel = channels[pk]
        text = ngettext(
            "%(number)s offer of %(channel)s has not reached the marketplace: its connector does not take it. The "
            "job “handover” says why.",
            "%(number)s offers of %(channel)s have not reached the marketplace: its connector does not take them. "
            "The job “handover” says why.",
            number,
        ) % {"number": number, "channel": channel.display_name}
        url = list_url("listings_offer", channel__id__exact=pk, state__exact=Offer.State.PENDING.value)
        yield Finding("handover-late", text, since=since, channel=channel.code, url=url)


def dying_pictures() -> Iterator[Finding]:
    """Pictures that could not be fetched so far, whose links die within a day."""
    soon = timezone.now() + timedelta(days=1)
    dying = Picture.objects.filter(state=Picture.State.PENDING, attempts__gt=0, deadline__lt=soon)
    for channel, number, since, error in counted_with_error(dying, "channel", "tried_at", "pk"):
        text = ngettext(
            "%(number)s picture of %(channel)s could not be fetched so far, and its link dies within a day. Then the "
            "offer fails for its seller. The last attempt: %(error)s",
            "%(number)s pictures of %(channel)s could not be fetched so far, and their links die within a day. Then "
            "the offers fail for their sellers. The last attempt: %(error)s",
            number,
        )
        yield _of_pictures("pictures-dying", Picture.State.PENDING, channel, text, number, since, error)


def lost_pictures() -> Iterator[Finding]:
    """Pictures whose links died in the last days without having been fetched."""
    lately = timezone.now() - LOST_TOLD_FOR
    lost = Picture.objects.filter(state=Picture.State.FAILED, deadline__gt=lately)
    for channel, number, since, error in counted_with_error(lost, "channel", "deadline", "pk"):
        text = ngettext(
            "%(number)s picture of %(channel)s is lost: its link died before it could be fetched. The seller has to "
            "send the offer again. The last attempt: %(error)s",
            "%(number)s pictures of %(channel)s are lost: their links died before they could be fetched. The sellers "
            "have to send the offers again. The last attempt: %(error)s",
            number,
        )
        yield _of_pictures("pictures-lost", Picture.State.FAILED, channel, text, number, since, error)


def _of_pictures(
    code: str, state: Picture.State, channel: Channel, text: str, number: int, since: datetime, error: str
) -> Finding:
    names = {"number": number, "channel": channel.display_name, "error": error}
    url = list_url("listings_picture", channel__id__exact=channel.pk, state__exact=state.value)
    return Finding(code, text % names, since=since, channel=channel.code, url=url)
