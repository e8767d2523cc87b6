"""Whether the addresses that JTL-Wawi opens for merchants lead to this portal: it calls them as a stranger would.

In the place of SCX's session stands a value that the portal has signed, good for two minutes. The page that meets it
answers with a signature of its own, and asks SCX nothing, writes nothing and sets no cookie.
"""

import hashlib
import ipaddress
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import outside
from platforms.guard import Network
from platforms.models import SESSION_PLACEHOLDER, AddressProbe, Channel

Problem = AddressProbe.Problem

VALID_FOR = timedelta(minutes=2)
REDIRECTS_AT_MOST = 5
# No hop is begun later than this: a person waits.
SECONDS_AT_MOST = 15.0
LARGEST_ANSWER = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
# Goes along with every hop, so that a page whose address lost the session on the way can still say whose it is.
HEADER = "X-Portal-Probe"
# No character of it needs quoting in a query.
SEPARATOR = "~"
ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@dataclass(frozen=True)
class Outcome:
    """What an address was found to be; `problem` is "" for one that leads to this portal's page of the channel."""

    problem: str = ""
    detail: str = ""


def check(channel: Channel) -> list[AddressProbe]:
    """Call the channel's sign-up and update address, and keep what came of it; of a marketplace, its platform's.

    Makes HTTP calls: never within a transaction.
    """
    home = channel.home
    found: dict[str, Outcome] = {}
    rows = []
    for kind, url in addresses(home).items():
        if url not in found:
            found[url] = _outcome(url, home.code)
        values = {"url": url, "at": timezone.now(), "problem": found[url].problem, "detail": found[url].detail[:300]}
        rows.append(AddressProbe.objects.update_or_create(channel=home, kind=kind, defaults=values)[0])
    return rows


def addresses(home: Channel) -> dict[str, str]:
    """The kind of each address and the address, with {SESSION}."""
    Kind = AddressProbe.Kind
    return {Kind.SIGN_UP.value: home.effective_sign_up_url, Kind.UPDATE.value: home.effective_update_url}


def answer(request: HttpRequest, code: str) -> HttpResponse | None:
    """The answer of the channel's page to a probe, None where the request is none."""
    session, header = request.GET.get("session") or request.GET.get("sid") or "", request.headers.get(HEADER, "")
    if _is_ours(session):
        return _reply(session, code, Problem.NONE)
    return _reply(header, code, Problem.SESSION_LOST) if _is_ours(header) else None


def told(probe: AddressProbe) -> str:
    """What is wrong with the address and what to do, in words; "" where nothing is."""
    texts = {
        Problem.NO_ANSWER: _("%(detail)s does not answer. See that its name, its firewall and its server are right."),
        Problem.CERTIFICATE: _(
            "%(detail)s has no certificate that browsers accept: it has expired, is for another name, or there is none."
        ),
        Problem.NOT_ALLOWED: _("It leads to %(detail)s, which is not a public address that answers by https."),
        Problem.REDIRECTS: _("It leads on and on: the portal’s page was not reached after five redirects."),
        Problem.SESSION_LOST: _(
            "It reaches the portal, but without the session: something on the way drops the query of the address."
        ),
        Problem.OTHER_CHANNEL: _("It leads to the page of another channel, “%(detail)s”."),
        Problem.OTHER_PAGE: _("What answers there is not the portal’s page (%(detail)s)."),
    }
    return texts.get(Problem(probe.problem), "") % {"detail": probe.detail}


def _outcome(template: str, code: str) -> Outcome:
    value = _signer().sign_object({"nonce": secrets.token_urlsafe(12)})
    url = template.replace(SESSION_PLACEHOLDER, quote(value))
    give_up = time.monotonic() + SECONDS_AT_MOST
    for _hop in range(REDIRECTS_AT_MOST + 1):
        host = urlsplit(url).hostname or url
        if time.monotonic() > give_up:
            return Outcome(Problem.NO_ANSWER, host)
        try:
            said = outside.call(
                "GET",
                url,
                allowed=_allowed(url),
                headers={"Accept": "text/plain", HEADER: value},
                largest=LARGEST_ANSWER,
            )
        except outside.NotAllowed:
            return Outcome(Problem.NOT_ALLOWED, host)
        except outside.NotTrusted:
            return Outcome(Problem.CERTIFICATE, host)
        except outside.NoAnswer:
            return Outcome(Problem.NO_ANSWER, host)
        except outside.UnusableAnswer:
            return Outcome(Problem.OTHER_PAGE, host)
        if said.status not in REDIRECTS or not said.headers.get("Location"):
            return _read(said, value, code, host)
        url = urldefrag(urljoin(url, said.headers["Location"])).url
    return Outcome(Problem.REDIRECTS, host)


def _read(said: outside.OutsideAnswer, value: str, code: str, host: str) -> Outcome:
    try:
        reply = _replies().unsign_object(said.body.decode("ascii").strip())
    except (signing.BadSignature, ValueError):
        return Outcome(Problem.OTHER_PAGE, f"{host}: {said.status}")
    if reply["probe"] != _digest(value):
        # An answer to somebody else's call, kept on the way.
        return Outcome(Problem.OTHER_PAGE, f"{host}: {said.status}")
    if reply["code"] != code:
        return Outcome(Problem.OTHER_CHANNEL, reply["code"])
    return Outcome(reply["problem"], host)


def _allowed(url: str) -> tuple[Network, ...]:
    """The portal's own host may lie in a private network, at its port; a marketplace's systems where webhooks may."""
    if _place(url) == _place(settings.PORTAL_URL):
        return ANYWHERE
    return tuple(settings.WEBHOOK_ALLOWED_NETWORKS)


def _place(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _is_ours(value: str) -> bool:
    try:
        _signer().unsign_object(value, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError):
        return False
    return True


def _reply(value: str, code: str, problem: str) -> HttpResponse:
    text = _replies().sign_object({"probe": _digest(value), "code": code, "problem": problem})
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=SEPARATOR, salt="platforms.probes")


def _replies() -> signing.Signer:
    return signing.Signer(sep=SEPARATOR, salt="platforms.probes.reply")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
