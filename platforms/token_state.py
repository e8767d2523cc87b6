"""How a channel stands with its refresh token, in a word or two."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from platforms.fields import is_unreadable
from platforms.models import Channel
from platforms.theme import label


def shown(channel: Channel) -> SafeString:
    """As a coloured label."""
    if channel.is_platform:
        return label(_("not needed"))
    if is_unreadable(channel.refresh_token):
        return label(_("unreadable: enter it again"), "danger")
    if channel.token_refused_since:
        return label(_("refused by SCX"), "danger")
    return label(_("set"), "success") if channel.has_token else label(_("not set"), "warning")
