"""The sign-up form: the connector's identification and, on a platform, the marketplaces to choose from."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.models import Channel
from sellers.identification.base import FieldErrors, Identity
from sellers.identification.registry import described, identification_of
from sellers.sign_up import Application


class MarketplaceForm(forms.Form):
    """Checkboxes named `marketplaces`. With one marketplace or none there is nothing to ask."""

    marketplaces = forms.MultipleChoiceField(
        label=gettext_lazy("Marketplaces"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("“%(value)s” is not among the marketplaces you can choose from.")
        },
    )

    def __init__(self, data: QueryDict | None, offered: Iterable[Channel]) -> None:
        super().__init__(data)
        self.offered = list(offered)
        field = self.fields["marketplaces"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(channel.code, channel.display_name) for channel in self.offered]
        if not self.is_question:
            del self.fields["marketplaces"]

    @property
    def is_question(self) -> bool:
        return len(self.offered) > 1

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of each marketplace: all ticked until somebody has chosen."""
        codes = [channel.code for channel in self.offered]
        ticked = self.data.getlist("marketplaces") if isinstance(self.data, QueryDict) else codes
        return [{"channel": channel, "is_ticked": channel.code in ticked} for channel in self.offered]

    def chosen(self, allowed: Sequence[str]) -> tuple[str, ...]:
        """The codes the seller gets, of those his account allows; adds the field's error and gives none otherwise.

        All ticked is how the page came: it means "wherever I may". Who took one away meant each of the others.
        """
        offered = {channel.code: channel.display_name for channel in self.offered}
        ticked = self.cleaned_data.get("marketplaces", list(offered))
        if len(allowed) == 1:
            return tuple(allowed)
        self.offered = [channel for channel in self.offered if channel.code in allowed]
        foreign = [offered[code] for code in ticked if code not in allowed]
        wanted = tuple(code for code in ticked if code in allowed)
        if foreign and len(ticked) < len(offered):
            text = _("Your account may not sell on %(names)s. Please check your choice and send the form again.")
            self.add_error("marketplaces", text % {"names": ", ".join(foreign)})
        elif not wanted:
            self.add_error("marketplaces", _("Choose at least one marketplace."))
        else:
            return wanted
        return ()


class SignUpForm:
    """Both forms as one: what the page shows, and the application it leads to."""

    def __init__(self, home: Channel, data: QueryDict | None = None) -> None:
        self.channel = described(home)
        self.identification = identification_of(home)
        self.who = self.identification.form_class(self.channel)(data)
        active = home.marketplaces.filter(is_active=True).order_by("display_name", "code")
        self.where = MarketplaceForm(data, active if home.is_platform else [])
        self.retry_after: int | None = None

    def application(self, address: str) -> Application | None:
        """The application, or None with the errors at their fields."""
        application = self._application(address)
        self._focus_first_error()
        return application

    def refuse(self, message: str) -> None:
        """Say at the form why it cannot be accepted as it is."""
        self.who.add_error(None, message)
        self._focus_first_error()

    def _application(self, address: str) -> Application | None:
        if not self.who.is_valid() or not self.where.is_valid():
            return None
        outcome = self.identification.identify(self.channel, self.who.cleaned_data, address=address)
        if isinstance(outcome, FieldErrors):
            self.retry_after = outcome.retry_after
            for name, message in outcome.messages.items():
                self.who.add_error(name or None, message)
            return None
        return self._choice(outcome)

    def _choice(self, identity: Identity) -> Application | None:
        if not self.channel.marketplaces:
            return Application(identity)
        if not identity.marketplaces:
            self.refuse(_("No marketplace is open to this account at the moment. Please ask the marketplace."))
            return None
        wanted = self.where.chosen(identity.marketplaces)
        return Application(identity, wanted) if wanted else None

    def _focus_first_error(self) -> None:
        if self.who.is_bound:
            for name in self.who.errors:
                if name in self.who.fields:
                    self.who.fields[name].widget.attrs["autofocus"] = True
                    return
