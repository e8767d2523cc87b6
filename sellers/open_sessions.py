"""What stands before the form of a sign-up and of an update: the session is this browser's, of the kind, and open."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from platforms.fields import is_unreadable
from platforms.models import Channel
from sellers import outcomes, pages, sessions, visits
from sellers.models import LinkSession


def of_page(
    request: HttpRequest,
    code: str,
    ref: str,
    kind: LinkSession.Kind,
    outcome: Callable[[HttpRequest, LinkSession], HttpResponse],
) -> LinkSession | HttpResponse:
    """The session whose form may be shown or sent, else the page that is shown instead: `outcome` of a settled one."""
    channel = visits.channel_of(code)
    if channel is None or channel.kind == Channel.Kind.MARKETPLACE:
        return pages.unknown_channel(request)
    link = sessions.of_browser(channel, ref, visits.browser_of(request))
    if link is None:
        return pages.other_browser(request, channel)
    if link.kind != kind:
        return redirect(visits.FORMS[link.kind], code=code, ref=ref)
    if link.state != LinkSession.State.OPEN:
        return outcome(request, outcomes.seen_by(request.method, link))
    if is_unreadable(channel.connector_settings):
        return pages.out_of_order(request, channel)
    if is_unreadable(link.session):
        return pages.unreadable_session(request, channel)
    return link
