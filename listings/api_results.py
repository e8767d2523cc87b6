"""What the marketplace's systems say of listing an offer, one at a time or a thousand."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as RuleError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from listings import results, takedowns
from listings.handover.base import ListingError, Result, State
from listings.models import ListingReport, OfferQuerySet
from listings.result_rules import LONGEST_CHANNEL_OFFER_ID, LONGEST_URL
from platforms.rest import problems
from platforms.rest.serializers import ErrorSerializer, MomentField, Strict

LARGEST_ID = 2**63 - 1
LARGEST_REVISION = 2**31 - 1
MOST_ERRORS = 250


class ListingErrorBody(Strict):
    """Why an offer cannot be listed; the seller reads it in JTL-Wawi."""

    code = serializers.CharField(max_length=255)
    message = serializers.CharField(
        max_length=10_000,
        required=False,
        help_text="SCX gets the first 250 characters. May be left out where the channel has a text for the code.",
    )
    long_message = serializers.CharField(max_length=100_000, required=False, allow_blank=True)
    attribute_id = serializers.CharField(max_length=512, required=False, allow_blank=True)
    recommended_value = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class InProgressBody(Strict):
    """The marketplace is working on the offer."""

    revision = serializers.IntegerField(
        min_value=1, max_value=LARGEST_REVISION, required=False, help_text="What the result is for; else the current."
    )
    at = MomentField(required=False, help_text="When it happened; else now.")


class ListedBody(InProgressBody):
    """The offer is listed."""

    channel_offer_id = serializers.CharField(max_length=LONGEST_CHANNEL_OFFER_ID, required=False)
    listing_url = serializers.CharField(max_length=LONGEST_URL, required=False, help_text="Absolute, http or https.")


class FailedBody(InProgressBody):
    """The offer cannot be listed."""

    errors = serializers.ListField(  # type: ignore[assignment]
        child=ListingErrorBody(), min_length=1, max_length=MOST_ERRORS
    )


class ResultItem(ListedBody):
    """One result of a batch."""

    offer = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The offer's `id`.")
    state = serializers.ChoiceField(ListingReport.Kind.choices)
    errors = serializers.ListField(  # type: ignore[assignment]
        child=ListingErrorBody(), required=False, max_length=MOST_ERRORS
    )


@extend_schema_field(ResultItem)
class AnyItem(serializers.JSONField):
    """An item that is read by itself, so that a wrong one does not spoil the others."""


class BatchBody(Strict):
    results = serializers.ListField(
        child=AnyItem(allow_null=True), min_length=1, max_length=results.RESULTS_AT_ONCE, help_text="Up to 1000."
    )


class ItemOutcome(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The item's place in the request, from 0.")
    offer = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(
        [("recorded", _("recorded")), ("unchanged", _("said before")), ("error", _("refused"))]
    )
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]


class BatchOutcome(serializers.Serializer[Any]):
    results = ItemOutcome(many=True)


class ResubmitBody(Strict):
    """Which failed offers: of a channel, all or those with an error of this code, or those named."""

    channel = serializers.CharField(max_length=30, help_text="The channel's code; a platform means its marketplaces.")
    code = serializers.CharField(max_length=255, required=False, help_text="Only those with an error of this code.")
    offers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        min_length=1,
        max_length=results.RESULTS_AT_ONCE,
        help_text="Only these, by their `id`.",
    )


class ResubmittedSerializer(serializers.Serializer[Any]):
    resubmitted = serializers.IntegerField(help_text="How many failed offers are checked and handed over again.")
    more = serializers.BooleanField(help_text="Whether there are more than go at once: ask again.")


class TakenDownBody(Strict):
    """Offers that the marketplace does not show any more."""

    offers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        min_length=1,
        max_length=results.RESULTS_AT_ONCE,
        help_text="By their `id`, up to 1000.",
    )


class TakenDownOutcome(serializers.Serializer[Any]):
    offer = serializers.IntegerField()
    outcome = serializers.ChoiceField(
        takedowns.OUTCOMES,
        help_text="`listed_again`: it is to be there, for it came back meanwhile, and is handed over once more.",
    )


class TakenDownSerializer(serializers.Serializer[Any]):
    results = TakenDownOutcome(many=True)


def result_of(state: State, values: dict[str, Any]) -> Result:
    """The validated body as a result."""
    at: datetime | None = values.get("at")
    return Result(
        state=state,
        revision=values.get("revision"),
        at=at,
        channel_offer_id=values.get("channel_offer_id", ""),
        listing_url=values.get("listing_url", ""),
        errors=tuple(ListingError(**error) for error in values.get("errors", [])),
    )


def record_one(offer: int, result: Result, *, by: str) -> None:
    """Record the result; raises a problem that names the field at fault."""
    try:
        results.record(offer, result, by=by)
    except RuleError as error:
        raise problems.invalid(error) from None


def record_batch(items: list[Any], offers: OfferQuerySet, *, by: str) -> list[dict[str, Any]]:
    """Record what can be, among the offers given; an `ItemOutcome` for each item, in their order."""
    answers: list[dict[str, Any]] = []
    good: list[tuple[int, tuple[int, Result]]] = []
    for index, item in enumerate(items):
        body = ResultItem(data=item)
        answer: dict[str, Any] = {"index": index, "offer": None, "outcome": "error", "errors": []}
        answers.append(answer)
        try:
            body.is_valid(raise_exception=True)
        except serializers.ValidationError as error:
            answer["errors"] = problems.errors_of(error)
            continue
        values = body.validated_data
        answer["offer"] = values["offer"]
        good.append((index, (values["offer"], result_of(values["state"], values))))
    outcomes = results.record_all([item for _index, item in good], offers=offers, by=by)
    for (index, _item), outcome in zip(good, outcomes, strict=True):
        answers[index]["outcome"] = outcome.status
        if outcome.error:
            answers[index]["errors"] = problems.errors_of(problems.invalid(outcome.error))
    return answers
