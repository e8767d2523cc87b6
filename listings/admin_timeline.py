"""The timeline of an offer on its page in the admin, with the way to what each line tells of."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from listings import timeline
from listings.admin_parts import teller
from listings.models import Offer
from listings.timeline import Moment
from platforms import display


def table(offer: Offer) -> SafeString:
    """All that happened, the newest first."""
    lines = [
        {
            "moment": moment,
            "what": timeline.WHAT[moment.what],
            "by": teller(moment.by),
            "url": _url(offer, moment),
            "state": display.badge(moment.report) if moment.report and moment.what != "attempt" else "",
        }
        for moment in reversed(timeline.of(offer))
    ]
    return render_to_string("admin/timeline.html", {"lines": lines})


def _url(offer: Offer, moment: Moment) -> str:
    """To the report, or to the event."""
    if moment.report:
        return reverse("admin:listings_listingreport_change", args=[moment.report.pk])
    return display.list_url("platforms_event", q=moment.event) if moment.event else ""
