"""The update page's forms: what a seller may change of himself."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import hiding
from platforms.models import Channel
from platforms.names import by_name
from sellers import access_codes, offering
from sellers.forms import WhoForm, facts_of
from sellers.identification.base import Identity
from sellers.identification.registry import sign_in_of
from sellers.models import Membership, Seller
from sellers.update import Change

NewSellers = Channel.NewSellers


class SellerForm(forms.Form):
    """Company, contact, and whether the seller sells at all."""

    company_name = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the name of your company.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Contact person"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter an e-mail address, such as name@example.com.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    is_paused = forms.BooleanField(label=gettext_lazy("Pause selling"), required=False)
    marketplaces = forms.MultipleChoiceField(
        label=gettext_lazy("Marketplaces"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one marketplace. To sell nowhere for a while, pause instead."),
            "invalid_choice": gettext_lazy("“%(value)s” is not among the marketplaces you can choose from."),
        },
    )

    def __init__(
        self, offered: list[Channel], data: QueryDict | None, initial: dict[str, Any], *, must_tick: bool = True
    ) -> None:
        """`must_tick`: whether a tick is needed somewhere; not where the seller is on a marketplace in any case."""
        super().__init__(data, initial=initial)
        self.offered = offered
        field = self.fields["marketplaces"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(channel.code, channel.display_name) for channel in offered]
        field.required = must_tick
        if not offered:
            del self.fields["marketplaces"]

    @property
    def ticked(self) -> list[str]:
        return list(self["marketplaces"].value() or ()) if self.offered else []


class UpdateForm:
    """All of the page as one: what it shows of the seller, and the change it leads to."""

    def __init__(
        self,
        seller: Seller,
        data: QueryDict | None = None,
        *,
        sent: Change | None = None,
        signed_in: Identity | None = None,
        memberships: Iterable[Membership] | None = None,
    ) -> None:
        """`sent`: what was entered before, and did not reach SCX. `signed_in`: who came back from the login.

        `memberships`: the seller's, None for those that are stored.
        """
        self.seller = seller
        self.home = seller.channel
        if memberships is None:
            memberships = seller.memberships.select_related("marketplace")
        self.memberships = {row.marketplace_id: row for row in memberships}
        self.offered = self._offered()
        self.included = [row for row in self.offered if row.new_sellers == NewSellers.ALWAYS and self._is_wanted(row)]
        self.form = SellerForm(self.offered, data, self._initial(sent), must_tick=not self.included)
        self.needs_credentials = seller.credentials_rejected_at is not None
        self.sign_in = sign_in_of(self.home)
        self.signed_in = signed_in if self.sign_in else None
        self.who = None if self.sign_in else self._who(data)

    def change(self, address: str, language: str) -> Change | None:
        """The change, or None with the errors at their fields. Credentials are checked before they are taken."""
        identity = self._identity(address)
        if self._tells_access_data():
            self.form.add_error("company_name", _("JTL is told this name. Please leave your access data out of it."))
        if not self.form.is_valid() or (self.who and self.who.fields.errors):
            self._focus_first_error()
            return None
        values = self.form.cleaned_data
        return Change(
            company_name=values["company_name"],
            contact_name=values["contact_name"],
            contact_email=values["contact_email"],
            contact_phone=values["contact_phone"],
            is_active=not values["is_paused"],
            wanted=self._wanted(values["marketplaces"]) if self.offered else None,
            identity=identity,
            language=language,
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each marketplace with its switch, if it has one, and its state as SCX has confirmed it."""
        ticked = self.form.ticked
        return [
            {
                "channel": channel,
                "is_included": channel in self.included,
                "is_ticked": channel.code in ticked,
                "facts": facts_of(channel),
                "state": state_of(self.memberships.get(channel.pk), self.seller, has_tick=channel not in self.included),
            }
            for channel in sorted(self.offered, key=lambda channel: channel not in self.included)
        ]

    @property
    def asks_for_credentials(self) -> bool:
        return bool(self.sign_in or (self.who and self.who.identification.is_proof))

    def _who(self, data: QueryDict | None) -> WhoForm:
        """The connector's form, bound only where something was entered among its fields."""
        who = WhoForm(self.home, beside=SellerForm.base_fields)
        entered = data is not None and any(data.get(who.fields.add_prefix(name)) for name in who.fields.fields)
        return WhoForm(self.home, data, beside=SellerForm.base_fields) if entered else who

    def _identity(self, address: str) -> Identity | None:
        if self.who and self.who.fields.is_bound:
            return self.who.identity(address)
        if self.signed_in:
            return self.signed_in
        if self.needs_credentials:
            self.form.add_error(None, _("The marketplace needs new access data from you: enter them below."))
        return None

    def _tells_access_data(self) -> bool:
        company = self.form.cleaned_data.get("company_name", "") if self.form.is_valid() else ""
        if company == self.seller.company_name:
            return False
        if access_codes.is_code_of(self.seller.account, company):
            return True
        return hiding.without([self.seller.credentials, self._entered_secrets()], company) != company

    def _entered_secrets(self) -> list[str]:
        if self.who is None:
            return []
        fields = self.who.fields
        hidden = [name for name, field in fields.fields.items() if isinstance(field.widget, forms.PasswordInput)]
        return [fields.data.get(fields.add_prefix(name), "") for name in hidden]

    def _initial(self, sent: Change | None) -> dict[str, Any]:
        if sent:
            return {
                "company_name": sent.company_name,
                "contact_name": sent.contact_name,
                "contact_email": sent.contact_email,
                "contact_phone": sent.contact_phone,
                "is_paused": not sent.is_active,
                "marketplaces": list(sent.wanted or ()),
            }
        seller = self.seller
        wanted = [row.marketplace.code for row in self.memberships.values() if row.wanted]
        return {
            "company_name": seller.company_name,
            "contact_name": seller.contact_name,
            "contact_email": seller.contact_email,
            "contact_phone": seller.contact_phone,
            "is_paused": seller.state == Seller.State.INACTIVE,
            "marketplaces": wanted,
        }

    def _offered(self) -> list[Channel]:
        """The active marketplaces that the seller may choose, and those where he is in any case."""
        active = by_name(self.home.marketplaces.filter(is_active=True))
        pickable = offering.pickable(self.seller)
        return [channel for channel in active if channel.pk in pickable or self._is_wanted(channel)]

    def _is_wanted(self, marketplace: Channel) -> bool:
        row = self.memberships.get(marketplace.pk)
        return row is not None and row.wanted

    def _wanted(self, ticked: Iterable[str]) -> tuple[str, ...]:
        """The ticked ones, those that have no tick, and those given to the seller since the page was shown to him."""
        shown = self.form.data.getlist("shown") if isinstance(self.form.data, QueryDict) else []
        given = [row for row in self.offered if shown and row.code not in shown and self._is_wanted(row)]
        kept = {row.code for row in [*self.included, *given]}
        return tuple(row.code for row in self.offered if row.code in kept or row.code in ticked)

    def _focus_first_error(self) -> None:
        for form in (self.form, self.who.fields) if self.who else (self.form,):
            for name in form.errors:
                if name in form.fields:
                    form.fields[name].widget.attrs["autofocus"] = True
                    return


def state_of(membership: Membership | None, seller: Seller, *, has_tick: bool = True) -> str:
    """How SCX has the seller on a marketplace, in the seller's words."""
    if membership is None or (membership.confirmed is None and not membership.wanted):
        return _("not connected")
    if not seller.is_linked:
        return _("disconnected")
    if membership.is_ended and not has_tick:
        return _("disconnected by JTL; save to connect it again")
    if membership.is_ended:
        return _("disconnected by JTL; save with the tick to connect it again")
    if membership.is_refused:
        return _("JTL refused: %(error)s") % {"error": membership.error} if membership.error else _("refused by JTL")
    if membership.confirmed != membership.shall_be_active:
        return _("JTL is being told")
    return _("on, confirmed by JTL") if membership.confirmed else _("off, confirmed by JTL")
