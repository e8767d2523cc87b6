"""The test kit for connectors: what the portal relies on, as checks that any connector can be put to.

Each check takes a connector and its settings, gives it invented offers as the portal would, and raises an
AssertionError that says what is wrong. It needs no database, but a marketplace that may be played with.
"""

import copy
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from listings import result_rules
from listings.handover.base import (
    Answer,
    CredentialsRejected,
    Handover,
    OfferData,
    OfferRef,
    PictureData,
    PriceData,
    Result,
)

Settings = dict[str, Any]
Check = Callable[[Handover, Settings], None]
# More the portal never gives at once; the worker ends a task that takes longer.
LARGEST_BATCH, LONGEST_SECONDS = 200, 60
TEXT = "Größe 42 „½“ – 日本語 😀 <b>&amp;</b>"


def offer(key: int = 1, **changes: Any) -> OfferData:
    """A listing with everything that a listing can have but variations."""
    deadline = datetime.now(UTC) + timedelta(days=7)
    picture = PictureData(0, f"https://pictures.example/{key}/a.jpg", deadline, "a.jpg")
    whole = OfferData(
        key=key,
        channel="KITSHOP",
        seller="kit-seller",
        offer_id=1000 + key,
        revision=1,
        sku=f"KIT-{key}",
        gtin="4006381333931",
        mpn="MPN-1",
        brand="Kit",
        title=TEXT,
        sub_title="Kit",
        description=f"<p>{TEXT}</p>",
        category="1/2",
        tax_percent=Decimal("19.0000"),
        recommended_price={"amount": "20.00", "currency": "EUR"},
        attributes=({"id": "colour", "value": "red", "group": None}, {"id": "colour", "value": "blue", "group": "1"}),
        product_attributes=({"name": "Material", "value": TEXT},),
        quantity=Decimal("5.0000"),
        prices=(PriceData("B2C", Decimal(1), Decimal("14.6500"), "EUR"),),
        pictures=(picture, replace(picture, position=1, state="fetched", url="https://portal.example/p.jpg")),
        credentials={"key": "kit-secret"},
    )
    return replace(whole, **changes)


def bare(key: int = 1) -> OfferData:
    """A listing with no more than SCX requires, and no stock known."""
    price = PriceData("B2C", Decimal(1), Decimal(1), "EUR")
    return OfferData(key, "KITSHOP", "kit-seller", 1000 + key, revision=1, sku=f"KIT-{key}", prices=(price,))


def reference(data: OfferData, *, is_over: bool = False, was_listed: bool = True) -> OfferRef:
    """The listing as it is named when it is to be taken down."""
    return OfferRef(
        key=data.key,
        channel=data.channel,
        seller=data.seller,
        offer_id=data.offer_id,
        sku=data.sku,
        is_over=is_over,
        was_listed=was_listed,
        credentials=data.credentials,
    )


def settings_are_accepted(connector: Handover, settings: Settings) -> None:
    """The settings are right in the connector's own eyes, and wrong ones raise nothing but ValidationError."""
    check = getattr(connector, "check_settings", None)
    if check is None:
        return
    check(settings)
    for wrong in ({}, {"handover": 7}, dict.fromkeys(settings)):
        try:
            check(wrong)
        except ValidationError:
            continue


def takes_a_listing(connector: Handover, settings: Settings) -> None:
    """A listing with all that one can have is taken, and what is answered can be recorded."""
    _give(connector, settings, [offer()])


def takes_a_bare_listing(connector: Handover, settings: Settings) -> None:
    """A listing with no text, no picture and no stock is taken; it may fail, but with a result."""
    _give(connector, settings, [bare()])


def takes_variations(connector: Handover, settings: Settings) -> None:
    """A listing with many variations is taken as one, and answered as one."""
    sizes = tuple(offer(100 + n, dimensions=({"id": "size", "value": str(n), "group": None},)) for n in range(50))
    _give(connector, settings, [offer(2, variations=sizes)])


def takes_a_full_batch(connector: Handover, settings: Settings) -> None:
    """The largest batch is taken before the worker would lose patience."""
    started = time.monotonic()
    _give(connector, settings, [offer(key) for key in range(1, LARGEST_BATCH + 1)])
    took = time.monotonic() - started
    assert took < LONGEST_SECONDS, f"{LARGEST_BATCH} offers took {took:.0f} s; after 90 s the worker ends the task."


def takes_the_same_again(connector: Handover, settings: Settings) -> None:
    """After a crash the same revision comes again: nothing is listed twice, and the answer can be recorded again."""
    first, second = (_give(connector, settings, [offer(3)]) for _time in range(2))
    ids = {result.channel_offer_id for _key, result in _results([*first, *second]) if result.channel_offer_id}
    assert len(ids) < 2, f"The same offer was listed twice: {', '.join(sorted(ids))}."


def takes_the_next_revision(connector: Handover, settings: Settings) -> None:
    """An update replaces what was listed."""
    _give(connector, settings, [offer(4)])
    _give(connector, settings, [offer(4, revision=2, title="Another title", pictures=(), attributes=())])


def leaves_what_it_is_given(connector: Handover, settings: Settings) -> None:
    """Neither the offers nor the settings are changed: others read them afterwards."""
    given = [offer(5)]
    kept = copy.deepcopy(given)
    before = copy.deepcopy(settings)
    connector.hand_over(settings, given)
    assert given == kept, "The connector changed the offers it was given."
    assert settings == before, "The connector changed its settings."


def takes_down(connector: Handover, settings: Settings) -> None:
    """What it has is taken down, also a second time."""
    _give(connector, settings, [offer(6)])
    for is_over in (False, True):
        _take_down(connector, settings, [reference(offer(6), is_over=is_over)])


def takes_down_what_it_never_had(connector: Handover, settings: Settings) -> None:
    """Nobody knows what a killed process had given away: there may be nothing to take down."""
    _take_down(connector, settings, [reference(offer(7), was_listed=False)])


def takes_back(connector: Handover, settings: Settings) -> None:
    """What was taken down may come back, with the revision it had."""
    _give(connector, settings, [offer(8)])
    _take_down(connector, settings, [reference(offer(8))])
    _give(connector, settings, [offer(8)])


CHECKS: tuple[Check, ...] = (
    settings_are_accepted,
    takes_a_listing,
    takes_a_bare_listing,
    takes_variations,
    takes_a_full_batch,
    takes_the_same_again,
    takes_the_next_revision,
    leaves_what_it_is_given,
    takes_down,
    takes_down_what_it_never_had,
    takes_back,
)


def verdicts(connector: Handover, settings: Settings) -> Iterable[tuple[Check, Exception | None]]:
    """Each check with what it found, None where it passed; whatever a connector raises is found too."""
    for check in CHECKS:
        try:
            check(connector, copy.deepcopy(settings))
        except Exception as error:
            yield check, error
        else:
            yield check, None


def _give(connector: Handover, settings: Settings, offers: list[OfferData]) -> Sequence[Answer]:
    answers = connector.hand_over(settings, offers)
    assert isinstance(answers, Sequence), f"hand_over returns a sequence of answers, not {type(answers).__name__}."
    revisions = {each.key: each.revision for each in offers}
    sellers = {each.seller for each in offers}
    for answer in answers:
        if isinstance(answer, CredentialsRejected):
            assert answer.seller in sellers, f"It rejects the credentials of {answer.seller}, which it was not given."
    for key, result in _results(answers):
        assert key in revisions, f"It answers for the key {key}, which it was not given: answers name `OfferData.key`."
        _can_be_recorded(key, result, revisions[key])
    return answers


def _results(answers: Iterable[Answer]) -> list[tuple[int, Result]]:
    told = [answer for answer in answers if not isinstance(answer, CredentialsRejected)]
    for answer in told:
        is_pair = isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Result)
        assert is_pair, f"An answer is (key, Result) or CredentialsRejected, not {answer!r}."
    return told


def _can_be_recorded(key: int, result: Result, revision: int) -> None:
    try:
        result_rules.check(result)
    except ValidationError as error:
        raise AssertionError(f"The result for {key} cannot be recorded: {' '.join(error.messages)}") from None
    named = result.revision
    assert named is None or 1 <= named <= revision, f"The result for {key} is for revision {named}, it had {revision}."


def _take_down(connector: Handover, settings: Settings, offers: list[OfferRef]) -> None:
    left = connector.withdraw(settings, offers)
    if left is None:
        return
    assert isinstance(left, Collection), f"withdraw returns None or keys, not {type(left).__name__}."
    unknown = set(left) - {each.key for each in offers}
    assert not unknown, f"It leaves keys to be confirmed that it was not given: {sorted(unknown)}."
