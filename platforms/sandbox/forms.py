"""The console's form for a channel. What it sends obeys the same checks as the body of `POST /control/channels`."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from platforms.sandbox import arrangement, pricing, shapes
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.channels import FEATURES
from platforms.sandbox.models import Channel
from platforms.sandbox.problems import Refusal
from platforms.sandbox.validation import validated

STANDALONE, PLATFORM = "standalone", "platform"
MARKETPLACE = "marketplace of "
BLANK = {"currency": "EUR", "countries": ["DE"], "languages": ["de", "en"]}
INVOICES = ("not-supported", "from-channel", "from-seller")


class ListField(forms.CharField):
    """Words between commas or blanks."""

    def to_python(self, value: Any) -> Any:
        return re.findall(r"[^\s,;]+", super().to_python(value) or "")

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class ChannelForm(forms.Form):
    """Its fields are named as on the wire."""

    code = forms.CharField(label=_("Code"), help_text=_("2 to 30 letters, digits, _ or -. The real SCX wants 5 to 15."))
    displayName = forms.CharField(label=_("Name"), required=False, help_text=_("What merchants see. Empty: the code."))
    kind = forms.ChoiceField(label=_("Kind"), help_text=_("A platform is virtual: no token, no events."))
    signUpUrl = forms.CharField(
        label=_("Sign-up URL"),
        required=False,
        help_text=_("Your page for new sellers. SCX puts the session in place of {SESSION}."),
    )
    updateUrl = forms.CharField(label=_("Update URL"), required=False, help_text=_("Empty: the sign-up URL."))
    minimumClientsVersionRequired = ListField(
        label=_("Oldest JTL-Wawi"), required=False, help_text=_("For example 1.11.0.0; an older one gets SLR202.")
    )
    isActive = forms.BooleanField(label=_("Active"), required=False, initial=True)
    currency = forms.CharField(label=_("Currency"), required=False)
    countries = ListField(label=_("Countries"), required=False, help_text=_("Codes such as DE, AT."))
    languages = ListField(label=_("Languages"), required=False, help_text=_("Codes such as de, en."))
    priceTypes = ListField(
        label=_("Price types"),
        required=False,
        help_text=_("For example B2C, B2B. A channel without one gets no offers."),
    )
    stockSyncGroup = forms.CharField(
        label=_("Stock sync group"),
        required=False,
        help_text=_("Marketplaces only. One channel of the group is told of a stock change."),
    )
    mfaContact = forms.CharField(
        label=_("MFA contact"), required=False, help_text=_("Pins for changing channel data are mailed here.")
    )
    website = forms.CharField(label=_("Website"), required=False)
    vendor = forms.CharField(label=_("Vendor"), required=False)

    def __init__(self, data: Any = None, channel: Channel | None = None) -> None:
        super().__init__(data, initial=_shown(channel) if channel else BLANK)
        self.fields["kind"].choices = _kinds(channel)  # type: ignore[attr-defined]
        for name, default in FEATURES.items():
            self.fields[name] = _feature(name, default)
        if channel:
            self.fields["code"].disabled = True

    @property
    def main(self) -> Iterator[BoundField]:
        return (self[name] for name in list(self.fields)[: -len(FEATURES)])

    @property
    def features(self) -> Iterator[BoundField]:
        return (self[name] for name in FEATURES)

    def save(self) -> tuple[Channel, bool] | None:
        """The channel and whether it is new; None when a rule forbids it, which the form's errors then say."""
        body = self._body()
        try:
            wish = validated(shapes.CONTROL_CHANNEL, body)
            return arrangement.set_channel(wish, {key for key, value in body.items() if value is None})
        except Impossible as error:
            self.add_error(None, str(error))
        except Refusal as refusal:
            for problem in refusal.problems:
                self._complain(problem.message)
        return None

    def _body(self) -> dict[str, Any]:
        given = {name: value or None for name, value in self.cleaned_data.items()}
        kind = str(given.pop("kind"))
        versions = given["minimumClientsVersionRequired"] or []
        return {
            **{name: value for name, value in given.items() if name not in FEATURES},
            "isActive": bool(given["isActive"]),
            "isPlatform": kind == PLATFORM,
            "platform": kind.removeprefix(MARKETPLACE) if kind.startswith(MARKETPLACE) else None,
            "minimumClientsVersionRequired": [{"type": "Wawi", "version": version} for version in versions],
            "featureList": {name: self.cleaned_data[name] for name in FEATURES if self.cleaned_data[name] != ""},
        }

    def _complain(self, message: str) -> None:
        """Under the field whose JSON path is in front of the message, else above the form."""
        path, _colon, text = message.partition(": ")
        words = [word for word in re.split(r"[.\[\]]", path) if word in self.fields]
        self.add_error(words[-1] if words else None, text if words else message)


def _shown(channel: Channel) -> dict[str, Any]:
    kind = PLATFORM if channel.is_platform else STANDALONE
    columns = {name: getattr(channel, column) for name, column in arrangement.COLUMNS.items()}
    return {
        **columns,
        **FEATURES,
        **channel.features,
        "code": channel.code,
        "kind": f"{MARKETPLACE}{channel.platform.code}" if channel.platform else kind,
        "priceTypes": pricing.named(channel),
        "minimumClientsVersionRequired": [each["version"] for each in channel.minimum_client_versions],
    }


def _kinds(channel: Channel | None) -> list[Any]:
    kinds: list[Any] = [(STANDALONE, _("standalone channel")), (PLATFORM, _("platform"))]
    platforms = Channel.objects.filter(is_platform=True).exclude(code=channel.code if channel else "").order_by("code")
    children = [(f"{MARKETPLACE}{each.code}", f"{each.display_name} ({each.code})") for each in platforms]
    return [*kinds, (_("marketplace of"), children)] if children else kinds


def _feature(name: str, default: Any) -> forms.Field:
    if isinstance(default, bool):
        return forms.BooleanField(label=name, required=False, initial=default)
    return forms.ChoiceField(label=name, required=False, choices=[(each, each) for each in INVOICES], initial=default)
