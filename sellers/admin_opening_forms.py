"""The form by which staff say whom a marketplace is given to."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.models import Channel
from platforms.theme import CheckboxInput, NumberInput, Select, Textarea, TextInput
from sellers import openings
from sellers.opening_conditions import MOST_IDS, Conditions


class IdsField(forms.CharField):
    """Seller ids as people paste them: one a line, or with spaces, commas or semicolons between them."""

    widget = Textarea

    def clean(self, value: Any) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", super().clean(value)))))
        if len(ids) > MOST_IDS:
            text = _("These are %(number)s ids; at most %(most)s can be given at once.")
            raise ValidationError(text % {"number": len(ids), "most": MOST_IDS})
        return ids


class PlaceField(forms.ModelChoiceField):
    def label_from_instance(self, channel: Channel) -> str:
        return f"{channel.home.display_name} · {channel.display_name}"


class GiveForm(forms.Form):
    """The marketplace, and what sellers have to meet; what is left empty is not asked of them."""

    marketplace = PlaceField(Channel.objects.none(), label=gettext_lazy("Marketplace"), widget=Select)
    active_on = PlaceField(
        Channel.objects.none(),
        label=gettext_lazy("Who sells on"),
        required=False,
        widget=Select,
        help_text=gettext_lazy("Only sellers whom SCX has confirmed there and who have not paused."),
    )
    linked_since = forms.DateField(
        label=gettext_lazy("Connected since"), required=False, widget=TextInput(attrs={"type": "date"})
    )
    linked_before = forms.DateField(
        label=gettext_lazy("Connected before"),
        required=False,
        widget=TextInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The day itself does not count. Who saves the update page counts as connected then."),
    )
    search = forms.CharField(
        label=gettext_lazy("Seller id or company"),
        required=False,
        max_length=100,
        widget=TextInput,
        help_text=gettext_lazy("A part of it is enough."),
    )
    jtl_account_id = forms.IntegerField(
        label=gettext_lazy("JTL account"), required=False, min_value=0, max_value=2**63 - 1, widget=NumberInput
    )
    seller_ids = IdsField(
        label=gettext_lazy("Only these seller ids"),
        required=False,
        widget=Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, or with commas between them."),
    )
    with_declined = forms.BooleanField(
        label=gettext_lazy("Also sellers who decided against it"),
        required=False,
        widget=CheckboxInput,
        help_text=gettext_lazy("Who left it out when asked, or for whom it was switched off."),
    )
    with_forbidden = forms.BooleanField(
        label=gettext_lazy("Also sellers whose account does not allow it"), required=False, widget=CheckboxInput
    )

    def __init__(self, data: Any = None, *, places: QuerySet[Channel], channels: Iterable[str] | None, **kwargs: Any):
        """`places`: the marketplaces the user may see; `channels`: the codes he is limited to, None for no limit."""
        super().__init__(data, **kwargs)
        self.channels = None if channels is None else tuple(sorted(channels))
        for name in ("marketplace", "active_on"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = places.select_related("platform").order_by("platform__display_name", "display_name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        marketplace, active_on = cleaned.get("marketplace"), cleaned.get("active_on")
        if marketplace:
            try:
                openings.check(marketplace)
            except ValidationError as error:
                self.add_error("marketplace", error)
        if marketplace and active_on and active_on.platform_id != marketplace.platform_id:
            self.add_error("active_on", _("Choose a marketplace of the same platform."))
        return cleaned

    @property
    def conditions(self) -> Conditions:
        """Of a valid form."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("marketplace", "active_on")}
        place = self.cleaned_data["active_on"]
        return Conditions(**values, active_on=place.code if place else "", channels=self.channels)
