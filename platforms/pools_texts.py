"""Stock sync groups in words: who shares with whom, and what a move changes."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from platforms.pool_moves import Move
from platforms.pools import Sharing


def sentences(sharing: Sharing) -> list[str]:
    """What JTL-Wawi does: one sentence a pool, one for those that share with nobody."""
    said = [_pool(label, codes) for label, codes in sharing.pools.items()]
    if sharing.loners:
        said.append(_("Separately, each its own updates: %(channels)s.") % {"channels": ", ".join(sharing.loners)})
    return said


def _pool(label: str, codes: Sequence[str]) -> str:
    if len(codes) == 1:
        text = _("%(group)s: one update per SKU to %(channels)s, which shares with nobody yet.")
    else:
        text = _("%(group)s: one update per SKU, to one of %(channels)s.")
    return text % {"group": label, "channels": ", ".join(codes)}


def change(move: Move) -> str:
    """What a move means for the channel's stock."""
    if move.is_renaming:
        return renaming(move)
    names = {"channel": move.channel.code, "before": move.before, "after": move.after}
    said = []
    if move.before:
        said.append(_("%(channel)s leaves %(before)s: its stock is kept, and is its own from then on.") % names)
    if move.after:
        said.append(_("%(channel)s joins %(after)s: from then on its stock is that of the group.") % names)
    return " ".join([*said, waiting(move)]).strip()


def renaming(move: Move) -> str:
    """What another label of its group means for a channel."""
    names = {"channel": move.channel.code, "before": move.before, "after": move.after}
    text = _("%(channel)s stays in the group, which is called %(after)s from then on, no more %(before)s.") % names
    return f"{text} {waiting(move)}".strip()


def waiting(move: Move) -> str:
    """That a change waits for JTL, where it does."""
    if not move.is_waiting:
        return ""
    if move.shown:
        text = _("It waits for JTL: SCX shows the group %(shown)s, and until it shows the change, that is what counts.")
    else:
        text = _("It waits for JTL: SCX shows no group, and until it shows the change, that is what counts.")
    return text % {"shown": move.shown}
