"""The admin's form of webhook endpoints."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from platforms.connector_fields import AddressField
from platforms.forms import WordsField
from platforms.models import WebhookEndpoint
from platforms.rest.serializers import Strict
from platforms.webhooks import messages


class EndpointAddress(Strict):
    url = AddressField()


class WebhookEndpointForm(forms.ModelForm):
    topics = WordsField(label=_("Topics"), initial="*")

    class Meta:
        model = WebhookEndpoint
        fields = (*("api_key", "url", "topics", "channels", "payload", "description", "owner_email", "concurrency"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].help_text = _(
            "With commas between them: %(topics)s, a family such as offer.*, or * for all."
        ) % {"topics": ", ".join(messages.topics())}

    def clean_url(self) -> str:
        read = EndpointAddress(data={"url": self.cleaned_data["url"]}, context={"is_saving": True})
        if not read.is_valid():
            raise ValidationError([str(each) for each in read.errors["url"]])
        return str(read.validated_data["url"])

    def clean_topics(self) -> list[str]:
        topics: list[str] = self.cleaned_data["topics"]
        messages.check(topics)
        return topics

    def clean_concurrency(self) -> int:
        number: int = self.cleaned_data["concurrency"]
        if not 1 <= number <= 20:
            raise ValidationError(_("Give a number from 1 to 20."))
        return number
