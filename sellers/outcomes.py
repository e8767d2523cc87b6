"""What became of a session that was sent, whatever it is for."""

from sellers import sign_up, update, waiting
from sellers.models import LinkSession

SETTLE: dict[str, waiting.Settle] = {
    LinkSession.Kind.SIGN_UP: sign_up.settle,
    LinkSession.Kind.UPDATE: update.settle,
}


def outcome_of(link: LinkSession, *, within: float | None = None) -> LinkSession:
    """See `waiting.outcome_of`."""
    return waiting.outcome_of(link, SETTLE[link.kind], within=within)


def seen_by(method: str | None, link: LinkSession) -> LinkSession:
    """What a page shows of a session that is not open: who sent the form waits for the outcome, who looks hardly."""
    return outcome_of(link, within=None if method == "POST" else waiting.LOOK_SECONDS)


def settle(link: LinkSession) -> LinkSession:
    """Finish or clean what a request that has ended left submitted."""
    return SETTLE[link.kind](link)
