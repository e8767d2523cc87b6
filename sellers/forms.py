"""The sign-up's forms: the connector's identification and, on a platform, the marketplaces to choose from."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers.identification.base import FieldErrors, Identity
from sellers.identification.registry import described, form_of

NewSellers = Channel.NewSellers


class MarketplaceForm(forms.Form):
    """Checkboxes named `marketplaces`, one for each that may be picked, all ticked at first.

    What every new seller gets is named beside them and cannot be left out; what none gets is not there. With one
    marketplace, or none to pick, there is nothing to ask.
    """

    marketplaces = forms.MultipleChoiceField(
        label=gettext_lazy("Marketplaces"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one marketplace."),
            "invalid_choice": gettext_lazy("“%(value)s” is not among the marketplaces you can choose from."),
        },
    )

    def __init__(self, data: QueryDict | None, offered: Iterable[Channel]) -> None:
        super().__init__(data)
        self.offered = [channel for channel in offered if channel.new_sellers != NewSellers.NEVER]
        self.included = [channel for channel in self.offered if channel.new_sellers == NewSellers.ALWAYS]
        self.choices = [channel for channel in self.offered if channel.new_sellers == NewSellers.IF_PICKED]
        field = self.fields["marketplaces"]
        assert isinstance(field, forms.MultipleChoiceField)
        # A tick where there is none to set any more, because it is included by now, is no error.
        field.choices = [(channel.code, channel.display_name) for channel in self.offered]
        field.required = not self.included
        if not self.is_question:
            del self.fields["marketplaces"]

    @property
    def is_question(self) -> bool:
        return bool(self.choices) and len(self.offered) > 1

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of each marketplace: those that may be picked are ticked until somebody has chosen."""
        ticked = self.data.getlist("marketplaces") if isinstance(self.data, QueryDict) else None
        return [
            {
                "channel": channel,
                "is_included": channel in self.included,
                "is_ticked": ticked is None or channel.code in ticked,
                "facts": facts_of(channel),
            }
            for channel in [*self.included, *self.choices]
        ]

    @property
    def chosen(self) -> tuple[str, ...]:
        """The codes the seller gets, of a valid form."""
        if not self.is_question:
            return tuple(channel.code for channel in self.offered)
        ticked = self.cleaned_data["marketplaces"]
        return tuple(row.code for row in self.offered if row in self.included or row.code in ticked)


def nowhere() -> str:
    """Why somebody who identified cannot sign up: there is no marketplace he could get."""
    return _("No marketplace is open to this account at the moment. Please ask the marketplace.")


def facts_of(marketplace: Channel) -> str:
    """Country, currency and languages of a marketplace, as far as they are known."""
    languages = [_language(code) for code in marketplace.languages]
    return " · ".join(filter(None, [", ".join(marketplace.countries), marketplace.currency, ", ".join(languages)]))


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


class WhoForm:
    """The connector's form, and whom it identifies."""

    def __init__(self, home: Channel, data: QueryDict | None = None, *, beside: Iterable[str] = ()) -> None:
        """`beside`: names of other fields on the page; where one is the same, the connector's get a prefix."""
        self.channel = described(home)
        identification = form_of(home)
        if identification is None:
            raise ValueError(f"Sellers of {home.code} identify at the marketplace's own login.")
        self.identification = identification
        form_class = self.identification.form_class(self.channel)
        prefix = "account" if set(form_class.base_fields) & set(beside) else None
        self.fields = form_class(data, prefix=prefix)
        self.retry_after: int | None = None
        self.status = 200

    def identity(self, address: str) -> Identity | None:
        """Who it is, or None with the errors at their fields."""
        identity = self._identity(address)
        self._focus_first_error()
        return identity

    def refuse(self, message: str) -> None:
        """Say at the form why it cannot be accepted as it is."""
        self.fields.add_error(None, message)
        self._focus_first_error()

    def _identity(self, address: str) -> Identity | None:
        if not self.fields.is_valid():
            return None
        outcome = self.identification.identify(self.channel, self.fields.cleaned_data, address=address)
        if isinstance(outcome, FieldErrors):
            self.retry_after = outcome.retry_after
            if outcome.retry_after:
                self.status = 503 if outcome.is_unavailable else 429
            for name, message in outcome.messages.items():
                self.fields.add_error(name or None, message)
            return None
        if self.channel.marketplaces and not outcome.marketplaces:
            self.refuse(nowhere())
            return None
        return outcome

    def _focus_first_error(self) -> None:
        if self.fields.is_bound:
            for name in self.fields.errors:
                if name in self.fields.fields:
                    self.fields.fields[name].widget.attrs["autofocus"] = True
                    return
