"""Identification by the marketplace's own system: it is asked, in a signed call, who sent the fields of its form."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework import serializers

from platforms import hiding, outside, webhook_signatures
from platforms.outside import OutsideError, UnusableAnswer
from sellers.identification import guesses
from sellers.identification.base import FieldErrors, Identity, SignUpChannel
from sellers.identification.webhook_form import form_of
from sellers.identification.webhook_settings import naming_field, webhook_settings

logger = logging.getLogger(__name__)

RETRY_SECONDS = 60
LONGEST_COMPANY = 200
LONGEST_ERROR = 300
LARGEST_CREDENTIALS = 8 * 1024

Fields = list[dict[str, Any]]


class AcceptedAnswer(serializers.Serializer[Any]):
    """Who it is. Keys that are not known here are left to versions to come."""

    account = serializers.CharField(max_length=100)
    company = serializers.CharField(max_length=1000, allow_blank=True, default="")
    marketplaces = serializers.ListField(child=serializers.CharField(max_length=30), required=False)
    credentials = serializers.DictField(default=dict)


class WebhookIdentification:
    is_proof = True

    @staticmethod
    def check_settings(connector_settings: dict[str, Any]) -> None:
        """Raises ValidationError that names each wrong one."""
        webhook_settings(connector_settings, is_saving=True)

    def form_class(self, channel: SignUpChannel) -> type[forms.Form]:
        return form_of(webhook_settings(channel.settings)["fields"])

    def identify(self, channel: SignUpChannel, answers: dict[str, Any], *, address: str) -> Identity | FieldErrors:
        webhook = webhook_settings(channel.settings)
        fields: Fields = webhook["fields"]
        given = {each["name"]: answers.get(each["name"]) or "" for each in fields}
        kept = {each["name"]: given[each["name"]] for each in fields if each["credential"]}
        passwords = [given[each["name"]] for each in fields if each["type"] == "password"]
        _remember([*kept.values(), *passwords])
        who = given[naming_field(fields) or ""]
        if guesses.are_used_up(channel.code, who, address):
            return _too_many_tries()
        try:
            answer = _ask(channel, webhook, given)
            if answer.get("errors"):
                return _refusal(answer["errors"], given)
            identity = _identity(channel, answer, kept, passwords)
        except OutsideError as error:
            logger.warning("The system that identifies sellers of %s cannot be used: %s", channel.code, error)
            return _not_available(channel)
        guesses.forget(channel.code, who, address)
        return identity


def _ask(channel: SignUpChannel, webhook: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """The answer to the signed question; raises OutsideError."""
    question = {
        "type": "seller.identify",
        "channel": channel.code,
        "language": (translation.get_language() or settings.LANGUAGE_CODE)[:2],
        "fields": given,
    }
    body = json.dumps(question, ensure_ascii=False).encode()
    answer = outside.call(
        "POST",
        webhook["url"],
        body=body,
        headers={"Content-Type": "application/json", **webhook_signatures.headers(webhook["secret"], body)},
        allowed=settings.WEBHOOK_ALLOWED_NETWORKS,
    )
    if not answer.is_success:
        raise UnusableAnswer(f"It answered with status {answer.status}.")
    return answer.mapping()


def _identity(channel: SignUpChannel, answer: dict[str, Any], kept: dict[str, str], passwords: list[str]) -> Identity:
    """Who the answer says it is; raises UnusableAnswer. `kept`: the values of the fields that are credentials."""
    serializer = AcceptedAnswer(data=answer)
    if not serializer.is_valid():
        raise UnusableAnswer(f"Its answer has no usable {', '.join(sorted(serializer.errors))}.")
    said = serializer.validated_data
    credentials = {**kept, **said["credentials"]}
    if len(json.dumps(credentials)) > LARGEST_CREDENTIALS:
        raise UnusableAnswer("The credentials in its answer are too large.")
    _remember([*passwords, *(value for value in credentials.values() if isinstance(value, str))])
    hiding.remember_data(credentials)
    company = " ".join(said["company"].split())[:LONGEST_COMPANY]
    if hiding.without([passwords, credentials], company) != company:
        # SCX is told the company, and must never be told a credential.
        logger.warning("The company that identifies a seller of %s holds a credential and is left out.", channel.code)
        company = ""
    allowed = _allowed(channel, said.get("marketplaces"))
    return Identity(said["account"], company, allowed, credentials, is_vouched=True)


def _allowed(channel: SignUpChannel, named: list[str] | None) -> tuple[str, ...]:
    """The active ones of those named, all where nothing is said; raises UnusableAnswer for an unknown one."""
    if named is None:
        return channel.marketplaces
    unknown = set(named) - {*channel.marketplaces, *channel.switched_off}
    if unknown:
        raise UnusableAnswer("Its answer names marketplaces that the channel does not have.")
    return tuple(code for code in channel.marketplaces if code in named)


def _refusal(errors: Any, given: dict[str, str]) -> FieldErrors:
    """The marketplace's own words at the fields they are for; raises UnusableAnswer where there are none."""
    if not isinstance(errors, dict) or not all(isinstance(text, str) for text in errors.values()):
        raise UnusableAnswer("The errors in its answer are no texts by field.")
    messages: dict[str, str] = {}
    for name, text in errors.items():
        place = name if name in given else ""
        said = " ".join(text.split())[:LONGEST_ERROR] or _("Please check this entry.")
        messages[place] = f"{messages[place]} {said}"[:LONGEST_ERROR] if place in messages else said
    return FieldErrors(messages)


def _not_available(channel: SignUpChannel) -> FieldErrors:
    text = _("%(name)s cannot be asked at the moment. Nothing was changed. Please send the form again in a minute.")
    return FieldErrors({"": text % {"name": channel.display_name}}, retry_after=RETRY_SECONDS, is_unavailable=True)


def _too_many_tries() -> FieldErrors:
    minutes = guesses.WINDOW_SECONDS // 60
    text = _("There were too many tries. Please wait %(minutes)d minutes, then send the form again.")
    return FieldErrors({"": text % {"minutes": minutes}}, retry_after=guesses.WINDOW_SECONDS)


def _remember(secrets: Iterable[str]) -> None:
    for secret in secrets:
        hiding.remember(secret)
