"""Who identified in an open session, kept with it until the seller has said the rest; wiped at its outcome."""

from dataclasses import asdict, replace

from sellers.identification.base import Identity
from sellers.models import LinkSession


def store(link: LinkSession, identity: Identity) -> bool:
    """Keep who identified; False where the session is not open any more. A sign-in under way is over with it."""
    link.identity = {**asdict(identity), "marketplaces": list(identity.marketplaces)}  # type: ignore[assignment]
    changes = {"identity": link.identity, "sign_in": {}, "sign_in_hash": ""}
    return bool(LinkSession.objects.filter(pk=link.pk, state=LinkSession.State.OPEN).update(**changes))


def stored(link: LinkSession) -> Identity | None:
    """Who identified in this session, if anybody has."""
    if not link.identity:
        return None
    identity = Identity(**link.identity)  # type: ignore[arg-type]
    return replace(identity, marketplaces=tuple(identity.marketplaces))


def forget(link: LinkSession) -> None:
    """Ask anew who it is."""
    link.identity = {}  # type: ignore[assignment]
    LinkSession.objects.filter(pk=link.pk, state=LinkSession.State.OPEN).update(identity={})
