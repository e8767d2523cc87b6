"""The pages of a sign-in at the marketplace's own login that came to nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import pages
from sellers.models import LinkSession

RETRY_SECONDS = 60


def failed(request: HttpRequest, link: LinkSession, text: str, *, is_theirs: bool) -> HttpResponse:
    """Nobody signed in, for the reason in `text`; `is_theirs`: the login, or our settings of it, is at fault."""
    if is_theirs:
        steps = [
            _("Wait a few minutes, then sign in once more."),
            _("If it takes longer, tell the support of %(name)s.") % {"name": link.channel.display_name},
        ]
    else:
        steps = [
            _("Sign in once more, with the account that you want to sell with."),
            _("You may also close this page: you can begin again from JTL-Wawi at any time."),
        ]
    return pages.failure(
        request,
        link.channel,
        503 if is_theirs else 403,
        _("You are not signed in"),
        text,
        steps,
        page="sign-in-failed",
        retry_after=RETRY_SECONDS if is_theirs else None,
        retry=_("Sign in once more"),
        retry_url=reverse("sign-in", args=[link.channel.code, link.ref]),
    )


def over(request: HttpRequest, home: Channel) -> HttpResponse:
    """A sign-in came back that nobody waits for: used up, replaced by a newer one, or begun in another browser."""
    return pages.failure(
        request,
        home,
        410,
        _("This sign-in is over"),
        _("It was used already, a newer one took its place, or it was begun in another browser. Nothing was changed."),
        [
            _("If the page on which you began is still open, go on there."),
            _("Otherwise go back to JTL-Wawi and open the channel’s page there once more."),
        ],
        page="sign-in-over",
    )
