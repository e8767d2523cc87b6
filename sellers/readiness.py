"""The steps about merchants: an account to sign up with, and the first who is connected."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from platforms.models import Channel
from platforms.readiness import Step
from platforms.readiness_places import wawi
from sellers.identification.manual import ManualIdentification
from sellers.identification.registry import identification_of
from sellers.models import Account, Membership, Seller


def account(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Only where merchants sign up with accounts of the portal; those of a marketplace are its platform's."""
    asking = [channel for channel in channels if not channel.is_platform and _needs_account(channel.home)]
    homes = {channel.home.pk for channel in asking}
    has = set(Account.objects.filter(channel__in=homes, is_active=True).order_by().values_list("channel", flat=True))
    return {channel.pk: _account(channel.home, is_there=channel.home.pk in has) for channel in asking}


def _needs_account(home: Channel) -> bool:
    # A connector may have been taken out of the settings since the channel was saved.
    return home.connector in settings.CONNECTORS and isinstance(identification_of(home), ManualIdentification)


def _account(home: Channel, *, is_there: bool) -> Step:
    code, title = "account", _("Account for the first merchant")
    if is_there:
        return Step(code, title, "done", _("Somebody can sign up: an account is there."))
    text = _("Merchants sign up with a login and an access code. Make an account for the first one.")
    url = reverse("admin:sellers_account_add", query={"channel": home.pk})
    return Step(code, title, "todo", text, url, _("Make an account"))


def first_seller(channels: Sequence[Channel]) -> Mapping[int, Step]:
    """Whether somebody sells there now."""
    asking = {channel.pk: channel for channel in channels if not channel.is_platform}
    active = Seller.objects.filter(channel=OuterRef("pk"), state=Seller.State.ACTIVE)
    wanted = Membership.objects.filter(marketplace=OuterRef("pk"), wanted=True, seller__state=Seller.State.ACTIVE)
    rows = Channel.objects.filter(pk__in=list(asking)).order_by()
    answers = rows.values_list("pk", Exists(active), Exists(wanted), Exists(wanted.filter(confirmed=True)))
    return {pk: _first_seller(asking[pk], *answer) for pk, *answer in answers}


def _first_seller(channel: Channel, is_active: bool, is_wanted: bool, is_confirmed: bool) -> Step:
    code, title = "seller", _("First merchant connected")
    if is_active or is_confirmed:
        return Step(code, title, "done", _("A merchant sells here."))
    if is_wanted:
        text = _("A merchant has signed up for this marketplace, and SCX has not confirmed it yet.")
        url = reverse("admin:sellers_membership_changelist", query={"marketplace__id__exact": channel.pk})
        return Step(code, title, "unknown", text, url, _("See the memberships"))
    text = _(
        "In JTL-Wawi, let the merchant open the marketplaces (JTL-Channels), choose “%(channel)s” and connect it. That "
        "opens the portal’s sign-up page."
    ) % {"channel": channel.home.display_name}
    if channel.platform:
        text += " " + _("There “%(marketplace)s” is ticked.") % {"marketplace": channel.display_name}
    url, link_text = wawi()
    return Step(code, title, "todo", text, url, link_text)
