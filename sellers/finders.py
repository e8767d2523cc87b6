"""What is wrong with sellers now: sign-ups and updates that hang, assignments that SCX refuses or cannot take."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import ngettext

from platforms.channel_finders import counted, counted_with_error
from platforms.display import list_url
from platforms.findings import Finding
from platforms.models import Channel
from sellers.models import LinkSession, Membership, Seller

# The job `sellers` looks after one of them a minute after its page; several such minutes are too many.
SIGN_UP_HANGS_AFTER = timedelta(minutes=5)


def sign_ups() -> Iterator[Finding]:
    """Sign-ups and updates of which nobody can say whether SCX took them."""
    before = timezone.now() - SIGN_UP_HANGS_AFTER
    hanging = LinkSession.objects.filter(state=LinkSession.State.SUBMITTED, submitted_at__lt=before)
    for channel, number, since in counted(hanging, "channel", "submitted_at"):
        text = ngettext(
            "%(number)s sign-up or update of %(channel)s is not settled: SCX has not said what became of it. It is "
            "asked every minute, and the merchant's page waits.",
            "%(number)s sign-ups and updates of %(channel)s are not settled: SCX has not said what became of them. It "
            "is asked every minute, and the merchants' pages wait.",
            number,
        )
        names = {"number": number, "channel": str(channel)}
        url = list_url(
            "sellers_linksession", channel__id__exact=channel.pk, state__exact=LinkSession.State.SUBMITTED.value
        )
        yield Finding("sign-up-hangs", text % names, False, since, channel.code, url)


def assignments() -> Iterator[Finding]:
    """Marketplaces of sellers where SCX does not follow what is wanted."""
    of_place = ("marketplace", "not_before", "not_before")
    refused = Membership.objects.filter(is_refused=True, attempts__gt=0, wanted=True, seller__state__in=Seller.LINKED)
    for marketplace, number, since, error in counted_with_error(refused, *of_place):
        text = ngettext(
            "SCX refused to connect %(number)s seller with %(channel)s. Read its answer at the membership; wanting it "
            "again asks SCX again. The last answer: %(error)s",
            "SCX refused to connect %(number)s sellers with %(channel)s. Read its answers at the memberships; wanting "
            "one again asks SCX again. The last answer: %(error)s",
            number,
        )
        yield _of_memberships("assignment-refused", text, error, marketplace, number, since)
    late = Membership.objects.unsettled().filter(attempts__gt=0)
    for marketplace, number, _since, error in counted_with_error(late, *of_place):
        text = ngettext(
            "SCX does not take what %(number)s seller wants on %(channel)s: %(error)s It is told again within ten "
            "minutes, and again until it does.",
            "SCX does not take what %(number)s sellers want on %(channel)s: %(error)s It is told again within ten "
            "minutes, and again until it does.",
            number,
        )
        yield _of_memberships("assignment-late", text, error, marketplace, number, None)


def _of_memberships(
    code: str, text: str, error: str, marketplace: Channel, number: int, since: datetime | None
) -> Finding:
    names = {"number": number, "channel": str(marketplace), "error": error}
    url = list_url("sellers_membership", marketplace__id__exact=marketplace.pk)
    return Finding(code, text % names, False, since, marketplace.code, url)
