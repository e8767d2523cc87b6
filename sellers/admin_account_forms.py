"""The admin's forms of accounts, of their access codes, and of files with many of them."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models import Channel
from platforms.theme import CheckboxInput, FileInput, PasswordInput, Select, TextInput
from sellers import account_csv, account_rules, accounts, invitations
from sellers.models import Account


class AccountForm(forms.ModelForm):
    """An account; its access code is kept as a hash, so it can be replaced but not read."""

    new_access_code = forms.CharField(
        label=_("Access code"),
        required=False,
        max_length=accounts.LONGEST_CODE,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "What the seller enters when signing up. It replaces the one that is stored, which is never shown."
        ),
    )
    invite = forms.BooleanField(
        label=_("Send an invitation"),
        required=False,
        widget=CheckboxInput,
        help_text=_("Instead of a code: a mail with a link by which the merchant makes the code; it works for 7 days."),
    )

    class Meta:
        model = Account
        fields = ("channel", "login", "company_name", "email", "marketplaces", "access_code_expires_at", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "new_access_code" in self.fields:
            self._check_code(cleaned)
        try:
            account_rules.check_block(Account(pk=self.instance.pk, is_active=cleaned.get("is_active", True)))
        except ValidationError as error:
            self.add_error("is_active", error)
        if cleaned.get("channel") and "marketplaces" in cleaned:
            try:
                accounts.check_marketplaces(Account(channel=cleaned["channel"]), cleaned["marketplaces"])
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned

    def _check_code(self, cleaned: dict[str, Any]) -> None:
        code, invite = cleaned.get("new_access_code"), cleaned.get("invite")
        try:
            if code:
                accounts.check_access_code(code, cleaned.get("access_code_expires_at"))
            elif invite:
                invitations.check(Account(is_active=bool(cleaned.get("is_active")), email=cleaned.get("email") or ""))
            elif not self.instance.pk:
                self.add_error("new_access_code", _("An account needs an access code."))
        except ValidationError as error:
            self.add_error(None, self._at_fields(error))

    def _at_fields(self, error: ValidationError) -> Any:
        """The rule's errors at the form's fields."""
        names = {"access_code": "new_access_code"}
        if not hasattr(error, "error_dict"):
            return error
        return {names.get(name, name): errors for name, errors in error.error_dict.items()}


class RotationForm(forms.Form):
    """For how long the codes so far go on working."""

    hours = forms.IntegerField(
        label=_("The code so far works for … more hours"),
        min_value=1,
        max_value=24 * 90,
        initial=72,
        widget=TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("Until then the merchant can sign up with either of the two."),
    )

    @property
    def until(self) -> datetime:
        return timezone.now() + timedelta(hours=self.cleaned_data["hours"])


class ImportForm(forms.Form):
    """A CSV file with accounts of one channel."""

    channel = forms.ModelChoiceField(queryset=Channel.objects.none(), label=_("Channel"), widget=Select)
    file = forms.FileField(
        label=_("CSV file"),
        widget=FileInput,
        help_text=_(
            "The first line names the columns: login, access_code, company, email, marketplaces, expires. Only login "
            "is needed. Marketplaces are codes with spaces between them; none means all. Comma, semicolon and tab "
            "separate."
        ),
    )
    empty = forms.ChoiceField(
        label=_("Where the file has no access code"),
        choices=[
            ("generate", _("make one, and show it once after the import")),
            ("invite", _("send an invitation to the e-mail address")),
        ],
        widget=Select,
    )

    def __init__(self, *args: Any, channels: QuerySet[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = channels

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > account_csv.MOST_BYTES:
            raise ValidationError(_("The file is too large. Import it in parts."))
        return account_csv.text_of(file.read())
