"""The admin's form of one kind of mail on one channel: sent or not, and its words in each language."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.models import Channel
from platforms.storable import UNSTORABLE
from platforms.theme import CheckboxInput, Textarea, TextInput
from sellers import mail_texts
from sellers.mail_texts import Text


class MailTextForm(forms.Form):
    """Fields `is_on`, and `subject_de`, `text_de` … for each language; an empty one means the portal's own text."""

    is_on = forms.BooleanField(label=gettext_lazy("Send this mail"), required=False, widget=CheckboxInput)

    def __init__(self, home: Channel, kind: str, data: Any = None) -> None:
        super().__init__(data)
        self.home, self.kind = home, kind
        self.fields["is_on"].initial = mail_texts.is_on(home, kind)
        if kind in mail_texts.ALWAYS_ON:
            del self.fields["is_on"]
        for code, name in settings.LANGUAGES:
            stored = mail_texts.own(home, kind, code)
            self.fields[f"subject_{code}"] = forms.CharField(
                label=_("Subject (%(language)s)") % {"language": name},
                initial=stored.subject,
                required=False,
                max_length=mail_texts.MOST_SUBJECT,
                widget=TextInput(attrs={"lang": code}),
            )
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Text (%(language)s)") % {"language": name},
                initial=stored.text,
                required=False,
                max_length=mail_texts.MOST_TEXT,
                widget=Textarea(attrs={"rows": 14, "lang": code}),
                help_text=_("Empty: the portal's own text."),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str):
                try:
                    self._check(name, value)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def _check(self, name: str, value: str) -> None:
        unknown = mail_texts.unknown_placeholders(value, self.kind)
        if unknown:
            text = _("There is nothing to put in for %(names)s. There are: %(known)s.")
            known = ", ".join(f"{{{each}}}" for each in mail_texts.PLACEHOLDERS[self.kind])
            raise ValidationError(text % {"names": ", ".join(f"{{{each}}}" for each in unknown), "known": known})
        needed = mail_texts.NEEDED.get(self.kind)
        if needed and value and name.startswith("text_") and f"{{{needed}}}" not in value:
            raise ValidationError(_("Without {%(name)s} the mail is of no use.") % {"name": needed})
        if name.startswith("subject_") and "{link}" in value:
            raise ValidationError(_("A link does not belong into a subject."))
        if UNSTORABLE.search(value):
            raise ValidationError(_("This holds a character that a database cannot store."))

    def previews(self) -> list[dict[str, Any]]:
        """Each language's mail with made-up values: as entered, or as stored where nothing was."""
        return [
            {"code": code, "name": name, "mail": mail_texts.example(self.home, self.kind, code, self._entered(code))}
            for code, name in settings.LANGUAGES
        ]

    def save(self) -> None:
        """Store what differs from the portal's own texts: as long as nobody changes them, they follow its own."""
        stored: dict[str, Any] = {"is_on": self.cleaned_data.get("is_on", True)}
        for code in mail_texts.LANGUAGES:
            entered, base = self._entered(code), mail_texts.default(self.kind, code)
            words = {
                key: value
                for key, value, own in (
                    ("subject", entered.subject, base.subject),
                    ("text", entered.text, base.text),
                )
                if value != own
            }
            if words:
                stored[code] = words
        with transaction.atomic():
            home = Channel.objects.select_for_update(no_key=True).only("pk", "mail_texts").get(pk=self.home.pk)
            texts = home.mail_texts if isinstance(home.mail_texts, dict) else {}
            Channel.objects.filter(pk=home.pk).update(mail_texts={**texts, self.kind: stored})

    def _entered(self, code: str) -> Text:
        base = mail_texts.default(self.kind, code)
        if not self.is_bound:
            return mail_texts.own(self.home, self.kind, code)
        subject, text = (self.data.get(f"{part}_{code}", "").strip() for part in ("subject", "text"))
        return Text(subject or base.subject, text.replace("\r\n", "\n") or base.text)
