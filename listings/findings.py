"""What is wrong with listing reports now: those SCX refused, and those it cannot take."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import ngettext

from listings.models import ListingReport
from platforms.channel_findings import counted, list_url, short
from platforms.findings import Finding
from platforms.models import Channel
from sellers.models import Seller

State = ListingReport.State


def reports() -> Iterator[Finding]:
    """Reports of sellers SCX takes data for that it has not taken all the same."""
    linked = ListingReport.objects.filter(offer__seller__state__in=[Seller.State.ACTIVE, Seller.State.INACTIVE])
    newer = ListingReport.objects.filter(offer=OuterRef("offer"), pk__gt=OuterRef("pk"), state=State.SENT)
    refused = linked.filter(~Exists(newer), state=State.REFUSED)
    for channel, number, since in counted(refused, "channel", "created_at"):
        text = ngettext(
            "SCX refused %(number)s listing report of %(channel)s: the merchant does not see what became of his offer. "
            "Read the answer, mend the cause and send it again. The last answer: %(error)s",
            "SCX refused %(number)s listing reports of %(channel)s: the merchants do not see what became of their "
            "offers. Read the answers, mend the cause and send them again. The last answer: %(error)s",
            number,
        )
        yield _finding("reports-refused", text, refused, channel, number, since)
    late = linked.filter(state=State.PENDING, attempts__gt=0)
    for channel, number, since in counted(late, "channel", "created_at"):
        text = ngettext(
            "SCX cannot take %(number)s listing report of %(channel)s: %(error)s It is sent again within ten minutes, "
            "and again until it is taken.",
            "SCX cannot take %(number)s listing reports of %(channel)s: %(error)s They are sent again within ten "
            "minutes, and again until they are taken.",
            number,
        )
        yield _finding("reports-late", text, late, channel, number, since)


def _finding(
    code: str, text: str, found: QuerySet[ListingReport], channel: Channel, number: int, since: datetime
) -> Finding:
    last = found.filter(channel=channel).order_by("-pk").values_list("error", "state")[:1]
    error, state = next(iter(last), ("", ""))
    names = {"number": number, "channel": str(channel), "error": short(error)}
    url = list_url("listings_listingreport", channel__id=channel.pk, state=state)
    return Finding(code, text % names, False, since, channel.code, url)
