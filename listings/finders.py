"""What may be late on the way to the connector and to SCX; each function is a finder of `platforms.findings`."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listings import waiting
from listings.models import ListingReport, Offer
from platforms.display import list_url
from platforms.findings import LATE_AFTER, Finding
from platforms.models import Channel


def late_reports() -> Iterator[Finding]:
    """Reports that should have been sent by now; those SCX did not take are told by themselves."""
    late = timezone.now() - LATE_AFTER
    for channel, since in waiting.reports(attempts=0):
        if since and since < late:
            text = _(
                "Listing reports of %(channel)s wait to be sent, the oldest for longer than it should: merchants do "
                "not see yet what became of their offers. They are sent as soon as the worker gets to them; the job "
                "“reports” says what keeps it."
            ) % {"channel": channel.display_name}
            state = ListingReport.State.PENDING.value
            url = list_url("listings_listingreport", channel__id__exact=channel.pk, state__exact=state)
            yield Finding("reports-waiting", text, since=since, channel=channel.code, url=url)


def late_handover() -> Iterator[Finding]:
    """Offers the connector should have by now."""
    late = timezone.now() - LATE_AFTER
    channels = Channel.objects.callable().in_bulk()
    for pk, number, since in waiting.handover(channels).values_list("channel").annotate(Count("pk"), Min("updated_at")):
        if since < late:
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
