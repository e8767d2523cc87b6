"""Fetching what a link leads to: over the guarded door, with each redirect looked at anew."""

import logging
from urllib.parse import urldefrag, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from listings.pictures import images
from listings.pictures.images import Copy, UnusablePicture
from platforms import outside
from platforms.outside import NotAllowed, OutsideAnswer, OutsideError, UnusableAnswer

logger = logging.getLogger(__name__)

MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = (429, 503)
# As long as a host that is busy is left alone where it does not say how long.
REST_SECONDS = 60.0
LONGEST_REST_SECONDS = 3600.0


class NotFetched(Exception):
    """The link led to no picture; the text says why. `rest`: seconds to leave its host alone, 0 for none.

    `is_silent`: its host did not answer at all.
    """

    def __init__(self, text: str, rest: float = 0.0, *, is_silent: bool = False) -> None:
        super().__init__(text)
        self.rest = rest
        self.is_silent = is_silent


def host_of(link: str) -> str:
    try:
        return urlsplit(link).netloc.lower()
    except ValueError:
        return ""


def fetch(link: str) -> Copy:
    """The picture behind a link; raises NotFetched. No redirect leads where the link itself must not."""
    try:
        return images.copy(_body(link))
    except UnusablePicture as problem:
        raise NotFetched(str(problem)) from problem


def _body(link: str) -> bytes:
    url = urldefrag(link).url
    for _redirect in range(MOST_REDIRECTS + 1):
        answer = _call(url)
        target = answer.headers.get("Location")
        if answer.status not in REDIRECTS or not target:
            return _content(answer)
        try:
            url = urldefrag(urljoin(url, target)).url
        except ValueError:
            raise NotFetched(_("The link leads on to an address that is none.")) from None
    raise NotFetched(_("The link leads on and on, more than %(most)s times.") % {"most": MOST_REDIRECTS})


def _call(url: str) -> OutsideAnswer:
    networks = settings.PICTURE_ALLOWED_NETWORKS
    try:
        return outside.call("GET", url, allowed=networks, headers={"Accept": "image/*"}, largest=images.LARGEST_BYTES)
    except NotAllowed as error:
        logger.warning("A picture is not fetched: %s", error)
        text = _("The portal does not call this address: a picture's link is a https address of a public server.")
        raise NotFetched(text) from None
    except UnusableAnswer:
        most = images.LARGEST_BYTES // (1024 * 1024)
        raise NotFetched(_("The picture has more than %(most)s MB.") % {"most": most}) from None
    except OutsideError:
        raise NotFetched(_("The server of the picture does not answer."), is_silent=True) from None


def _content(answer: OutsideAnswer) -> bytes:
    if answer.status in BUSY:
        raise NotFetched(_said(answer.status), rest=_rest(answer.headers.get("Retry-After", "")))
    if answer.status != 200:
        raise NotFetched(_said(answer.status))
    return answer.body


def _said(status: int) -> str:
    return _("The server of the picture answered %(status)s.") % {"status": status}


def _rest(retry_after: str) -> float:
    """Seconds; a date, or nonsense, counts as none."""
    seconds = float(retry_after) if retry_after.strip().isdecimal() else REST_SECONDS
    return min(max(seconds, 1.0), LONGEST_REST_SECONDS)
