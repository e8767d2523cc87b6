"""The pages of an update that are not its form."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.models import Channel
from platforms.names import by_name
from sellers.models import LinkSession, Membership, Seller
from sellers.pages import failure, show, unconfirmed


def cannot_update(request: HttpRequest, home: Channel, seller: Seller | None) -> HttpResponse:
    """For a seller whom an update does not change: not linked yet, being disconnected, or removed for good."""
    state = seller.state if seller else Seller.State.REMOVED
    if state == Seller.State.LINKING:
        text = _("Your sign-up is being confirmed right now. Nothing can be changed before that.")
        steps = [_("Wait a minute, then open the update in JTL-Wawi once more.")]
    elif state == Seller.State.UNLINKING:
        text = _("Your connection is being ended right now. Nothing was changed.")
        steps = [
            _("Wait until JTL-Wawi shows the channel as disconnected."),
            _("To connect again, open the update in JTL-Wawi after that."),
        ]
    else:
        text = _("Your connection has been ended for good. It cannot be changed or resumed any more.")
        steps = [_("Go back to JTL-Wawi."), _("Start the sign-up for this channel there: it makes a new connection.")]
    return failure(
        request, home, 409, _("This connection cannot be changed now"), text, steps, page="cannot-update", detail=state
    )


def update_ended(request: HttpRequest, link: LinkSession) -> HttpResponse:
    return failure(
        request,
        link.channel,
        410,
        _("Your changes could not be saved"),
        _("JTL did not accept them: the link has expired or has been used before. Nothing was changed."),
        [
            _("Go back to JTL-Wawi."),
            _("Open the update for this channel there once more, and enter your changes again."),
        ],
        page="update-ended",
        detail=link.outcome,
    )


def update_under_way(request: HttpRequest, home: Channel) -> HttpResponse:
    return unconfirmed(
        request,
        home,
        _("Your changes were sent, but JTL has not confirmed them yet. You do not need to send anything again."),
        _("You may also close it. We go on asking JTL, and take your changes over once it confirms."),
        page="update-under-way",
    )


def updated(request: HttpRequest, link: LinkSession) -> HttpResponse:
    wanted = Membership.objects.filter(seller=link.seller, wanted=True).select_related("marketplace")
    marketplaces = by_name(row.marketplace for row in wanted)
    return saved(request, link.channel, link.seller, marketplaces)


def saved(request: HttpRequest, home: Channel, seller: Seller | None, marketplaces: Sequence[Channel]) -> HttpResponse:
    """The last page of an update."""
    return show(request, "sellers/updated.html", home, {"seller": seller, "marketplaces": marketplaces})
