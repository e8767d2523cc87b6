"""The admin's fields for how a channel's hosted pages look; their rules are those of `platforms.branding`."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from platforms import branding
from platforms.models import Channel
from platforms.theme import CheckboxInput, FileInput, TextInput

FIELDS = ("accent", "new_logo", "forget_logo", "support", *branding.LEGAL, "lost_code", "no_account")
# Where a message of `branding.check` stands in the form.
PLACES = {"logo": "new_logo", **{f"legal.{name}": name for name in branding.LEGAL}}


class LanguagesWidget(forms.MultiWidget):
    """One line a language, each with its name."""

    def __init__(self) -> None:
        super().__init__({code: TextInput(attrs={"lang": code}) for code, _name in settings.LANGUAGES})

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: Any) -> list[Any]:
        said = value if isinstance(value, dict) else dict.fromkeys(dict(settings.LANGUAGES), value)
        return [said.get(code) or "" for code, _name in settings.LANGUAGES]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        lines = self.get_context(name, value, attrs)["widget"]["subwidgets"]
        rendered = [
            (language, line["attrs"].get("id", ""), widget.render(line["name"], line["value"], line["attrs"], renderer))
            for (_code, language), line, widget in zip(settings.LANGUAGES, lines, self.widgets, strict=True)
        ]
        return render_to_string("admin/languages_widget.html", {"lines": rendered})


class LanguagesField(forms.MultiValueField):
    """A text that may differ by language: one text if it does not, else {language: text} of the languages said."""

    def __init__(self, **kwargs: Any) -> None:
        lines = [forms.CharField(required=False, max_length=branding.TEXT_CHARACTERS) for _ in settings.LANGUAGES]
        super().__init__(lines, required=False, require_all_fields=False, widget=LanguagesWidget(), **kwargs)

    def compress(self, data_list: list[str]) -> Any:
        said = {code: text for (code, _name), text in zip(settings.LANGUAGES, data_list, strict=False) if text}
        same = len(said) == len(settings.LANGUAGES) and len(set(said.values())) == 1
        return next(iter(said.values())) if same else said


class BrandingForm(forms.ModelForm):
    """Part of a channel's form; a marketplace has the pages of its platform, and so no such fields."""

    accent = forms.CharField(
        label=_("Accent colour"),
        required=False,
        widget=TextInput(attrs={"placeholder": "#1f5fbf", "spellcheck": "false"}),
        help_text=_(
            "Of buttons and links, such as #1f5fbf. Where it could not be read on light or dark ground, the pages "
            "take a darker or lighter one."
        ),
    )
    new_logo = forms.FileField(
        label=_("New logo"),
        required=False,
        widget=FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
        help_text=_("PNG, JPEG, GIF or WebP of at most 22 kB; shown 32 pixels high, so 64 are sharp everywhere."),
    )
    forget_logo = forms.BooleanField(label=_("Show no logo"), required=False, widget=CheckboxInput)
    support = LanguagesField(
        label=_("Support contact"),
        help_text=_("Whom sellers may ask: an e-mail address, an address on the web, or a line of text."),
    )
    imprint = LanguagesField(label=_("Imprint"), help_text=_("An address on the web: https://…"))
    privacy = LanguagesField(label=_("Privacy policy"), help_text=_("An address on the web: https://…"))
    terms = LanguagesField(label=_("Terms"), help_text=_("An address on the web: https://…"))
    lost_code = LanguagesField(
        label=_("Lost your code?"),
        help_text=_(
            "What a seller finds on the sign-up page who lost the access code: the word “mail” for a new code by "
            "e-mail, an e-mail address, an address on the web, or a line of text. Empty: nothing."
        ),
    )
    no_account = LanguagesField(
        label=_("No account yet?"),
        help_text=_("The same for who has no account: an e-mail address, an address on the web, or a line of text."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.kind == Channel.Kind.MARKETPLACE:
            for name in FIELDS:
                self.fields.pop(name, None)
        stored = self.instance.branding
        legal = stored.get("legal") if isinstance(stored.get("legal"), dict) else {}
        for name in {*FIELDS} & self.fields.keys():
            self.initial[name] = (legal if name in branding.LEGAL else stored).get(name, "")

    def clean_new_logo(self) -> str:
        upload = self.cleaned_data.get("new_logo")
        # One byte more tells that it is too large; the rest need not be read.
        return branding.logo_of(upload.read(branding.LOGO_BYTES + 1)) if upload else ""

    def take_branding(self) -> None:
        """Put what the fields say into the channel; what cannot stand there is an error at its field."""
        if not {*FIELDS} & self.fields.keys() or {*FIELDS} & self.errors.keys():
            return
        said = self._said()
        try:
            branding.check(said)
        except ValidationError as error:
            for key, messages in error.message_dict.items():
                self.add_error(PLACES.get(key, key), messages)
        else:
            self.instance.branding = said

    def _said(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        logo = cleaned.get("new_logo") or ("" if cleaned.get("forget_logo") else self.instance.branding.get("logo"))
        said = {
            "accent": cleaned.get("accent"),
            "logo": logo,
            "legal": {name: cleaned[name] for name in branding.LEGAL if cleaned.get(name)},
            **{name: cleaned.get(name) for name in branding.TEXTS},
        }
        return {key: value for key, value in said.items() if value}
