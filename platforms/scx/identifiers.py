"""The patterns SCX demands of what we send (contract section 1); a violation is a ValueError that quotes no secret."""

import re

_SELLER_ID = re.compile(r"\w{1,50}", re.ASCII)
# SCX says ^\w{5,15}$, its own guide uses names such as amazon-de.
_CHANNEL = re.compile(r"[A-Za-z0-9_-]{2,30}", re.ASCII)
_LONGEST_SESSION = 4096


def checked_seller_id(seller_id: str) -> str:
    if not _SELLER_ID.fullmatch(seller_id):
        raise ValueError("sellerId: SCX takes 1 to 50 letters, digits and underscores only.")
    return seller_id


def checked_channel(channel: str) -> str:
    if not _CHANNEL.fullmatch(channel):
        raise ValueError("channel: SCX takes letters, digits, underscores and hyphens only.")
    return channel


def checked_session(session: str) -> str:
    """An SCX session is opaque (contract 14 #4): any printable ASCII text."""
    if not 1 <= len(session) <= _LONGEST_SESSION or not all("!" <= character <= "~" for character in session):
        raise ValueError("session: it is empty, too long or has characters no SCX session has.")
    return session


def checked_number(name: str, number: int) -> int:
    if isinstance(number, bool) or not 1 <= number < 2**63:
        raise ValueError(f"{name}: SCX takes whole numbers from 1 on.")
    return number
