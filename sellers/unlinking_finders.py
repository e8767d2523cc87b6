"""What is wrong with disconnections now: those SCX refuses, and those whose end it has not told."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import ngettext

from platforms.channel_finders import counted, counted_with_error
from platforms.display import list_url
from platforms.findings import Finding
from sellers.comparison import EVENT_COMES_WITHIN
from sellers.models import Seller, Unlinking


def late() -> Iterator[Finding]:
    """Sellers for whose end nobody has heard SCX's word after a day."""
    waiting = Seller.objects.filter(
        state=Seller.State.UNLINKING, state_changed_at__lt=timezone.now() - EVENT_COMES_WITHIN
    )
    for channel, number, since in counted(waiting, "channel", "state_changed_at"):
        text = ngettext(
            "%(number)s seller of %(channel)s has been disconnecting for more than a day, and JTL has not told that "
            "it is done. The disconnections say what SCX answered. If SCX took them, compare the channel with SCX and "
            "repair the difference; else ask JTL.",
            "%(number)s sellers of %(channel)s have been disconnecting for more than a day, and JTL has not told that "
            "it is done. The disconnections say what SCX answered. If SCX took them, compare the channel with SCX and "
            "repair the differences; else ask JTL.",
            number,
        )
        url = list_url("sellers_seller", channel__id__exact=channel.pk, state__exact=Seller.State.UNLINKING.value)
        yield Finding("unlinking-late", text % {"number": number, "channel": channel}, False, since, channel.code, url)


def refused() -> Iterator[Finding]:
    """Disconnections SCX said no to, as long as nobody has asked again."""
    later = Unlinking.objects.filter(seller=OuterRef("seller"), channel=OuterRef("channel"), pk__gt=OuterRef("pk"))
    found = Unlinking.objects.filter(
        ~Exists(later), is_refused=True, attempts__gt=0, seller__state=Seller.State.UNLINKING
    )
    for channel, number, since, error in counted_with_error(found, "channel", "requested_at", "pk"):
        text = ngettext(
            "SCX refused to disconnect %(number)s seller from %(channel)s, who is still connected there. Read its "
            "answer at the disconnection, and send it again or disconnect the seller for another reason. The last "
            "answer: %(error)s",
            "SCX refused to disconnect %(number)s sellers from %(channel)s, who are still connected there. Read its "
            "answers at the disconnections, and send them again or disconnect the sellers for another reason. The "
            "last answer: %(error)s",
            number,
        )
        names = {"number": number, "channel": channel, "error": error}
        url = list_url("sellers_unlinking", channel__id__exact=channel.pk, is_refused__exact=1)
        yield Finding("unlinking-refused", text % names, False, since, channel.code, url)
