"""Marking offers by hand: what staff are asked before a result is recorded, and how it is recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listings import catalogue, result_rules, results
from listings.handover.base import ListingError, Result, State
from listings.models import Offer, OfferQuerySet
from platforms.models import Channel
from platforms.theme import Select, TextInput


class MarkForm(forms.Form):
    """Asks nothing but whether; remembers which revision of each offer the person saw."""

    state: State = "in_progress"

    def __init__(self, offers: Sequence[Offer], data: Any = None) -> None:
        super().__init__(data)
        self.offers = offers
        for offer in offers:
            revision = forms.IntegerField(min_value=1, initial=offer.revision, widget=forms.HiddenInput)
            self.fields[f"revision_{offer.pk}"] = revision

    def result(self, offer: Offer) -> Result:
        return Result(state=self.state, revision=self.cleaned_data[f"revision_{offer.pk}"])


class ListedForm(MarkForm):
    """Asks for each offer where it is listed and what the marketplace calls it; both may stay open."""

    state: State = "listed"
    names_offers = True

    def __init__(self, offers: Sequence[Offer], data: Any = None) -> None:
        super().__init__(offers, data)
        for offer in offers:
            name = f"{offer} ({offer.sku or offer.offer_id})"
            self.fields[f"listing_url_{offer.pk}"] = forms.CharField(
                label=_("Listing URL of %(offer)s") % {"offer": name},
                initial=offer.listing_url,
                required=False,
                widget=TextInput(attrs={"inputmode": "url"}),
            )
            self.fields[f"channel_offer_id_{offer.pk}"] = forms.CharField(
                label=_("Channel offer id"), initial=offer.channel_offer_id, required=False, widget=TextInput
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for offer in self.offers:
            if f"revision_{offer.pk}" not in cleaned:
                continue
            try:
                result_rules.check(self.result(offer))
            except ValidationError as error:
                for field, problems in error.update_error_dict({}).items():
                    self.add_error(f"{field}_{offer.pk}", problems)
        return cleaned

    def result(self, offer: Offer) -> Result:
        return Result(
            state=self.state,
            revision=self.cleaned_data[f"revision_{offer.pk}"],
            listing_url=self.cleaned_data.get(f"listing_url_{offer.pk}", ""),
            channel_offer_id=self.cleaned_data.get(f"channel_offer_id_{offer.pk}", ""),
        )


class FailedForm(MarkForm):
    """Asks once for the error that all these offers have."""

    state: State = "failed"
    known = forms.ChoiceField(
        label=gettext_lazy("Error of the catalogue"),
        required=False,
        widget=Select,
        help_text=gettext_lazy(
            "The seller reads its text in his language. For another error write its code and message."
        ),
    )
    code = forms.CharField(
        label=gettext_lazy("Error code"),
        required=False,
        max_length=255,
        widget=TextInput,
        help_text=gettext_lazy("Short and always the same for the same cause, such as: GTIN_MISSING"),
    )
    message = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=250,
        widget=TextInput,
        help_text=gettext_lazy("What the seller reads in JTL-Wawi: what is wrong, and what to do about it."),
    )

    def __init__(self, offers: Sequence[Offer], data: Any = None) -> None:
        super().__init__(offers, data)
        self.fields["known"].choices = [("", "–"), *known({offer.channel for offer in offers})]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("known"):
            for name in ("code", "message"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Choose an error of the catalogue, or write its code and message."))
        return cleaned

    def result(self, offer: Offer) -> Result:
        known = self.cleaned_data["known"]
        error = ListingError(known or self.cleaned_data["code"], self.cleaned_data["message"])
        return Result(state=self.state, revision=self.cleaned_data[f"revision_{offer.pk}"], errors=(error,))


def known(channels: Iterable[Channel]) -> list[tuple[str, str]]:
    """The codes that all these channels have a text for, with the text of one."""
    catalogues = [catalogue.of(channel) for channel in channels]
    if not catalogues:
        return []
    codes = set.intersection(*(set(each.codes) for each in catalogues))
    return [(code, f"{code}: {catalogues[0].worded(ListingError(code)).message}") for code in sorted(codes)]


@dataclass(frozen=True)
class Mark:
    form: type[MarkForm]
    question: str | Promise


MARKS = {
    "mark_in_progress": Mark(MarkForm, gettext_lazy("Tell SCX that these offers are being worked on?")),
    "mark_listed": Mark(ListedForm, gettext_lazy("Tell SCX that these offers are listed on the marketplace?")),
    "mark_failed": Mark(FailedForm, gettext_lazy("Tell SCX that these offers cannot be listed?")),
}


@dataclass
class Marked:
    """How many offers were marked, how many were so already, and how many had changed since they were shown.

    `left`: how many are still to be marked. `refusals`: what could not be recorded, in words.
    """

    recorded: int = 0
    unchanged: int = 0
    changed: int = 0
    left: int = 0
    refusals: list[str] = field(default_factory=list)


def record(answers: Sequence[tuple[int, Result]], allowed: OfferQuerySet, by: str) -> Marked:
    """Record these answers by the offers' keys, among those allowed, each for the revision that was seen.

    One for a revision that has been replaced is reported for it, and leaves the newer one waiting.
    """
    marked = Marked()
    outcomes = results.record_all(answers, offers=allowed, by=by)
    now = allowed.only("title", "sku", "offer_id", "revision").in_bulk([key for key, _result in answers])
    for (key, result), outcome in zip(answers, outcomes, strict=True):
        offer = now.get(key)
        if outcome.error:
            marked.refusals.append(f"{offer}: {outcome.message}" if offer else outcome.message)
        elif offer and offer.revision != result.revision:
            marked.changed += 1
        elif outcome.status == "recorded":
            marked.recorded += 1
        else:
            marked.unchanged += 1
    return marked
