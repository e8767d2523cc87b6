"""A marketplace opened later: who gets it, who does not and why, whatever happens meanwhile."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.jobs import Run
from platforms.models import Channel, JobStatus
from sellers import memberships, opening_results, openings, settlement
from sellers.models import Membership, Opening, Seller
from sellers.opening_conditions import Conditions, LeftOut
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    OpeningFactory,
    PlatformFactory,
    SellerFactory,
)

pytestmark = pytest.mark.django_db

EVERYBODY = Conditions()


@pytest.fixture
def place() -> Channel:
    return MarketplaceFactory(code="mall-fr", display_name="Mall FR", platform=PlatformFactory(display_name="The Mall"))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch) -> None:
    monkeypatch.setattr(openings, "CHUNK", 3)


def seller(place: Channel, name: str = "", **values: Any) -> Seller:
    named = {"seller_id": name} if name else {}
    return SellerFactory(channel=place.platform, **named, **values)


def member(seller: Seller, place: Channel, **values: Any) -> Membership:
    return MembershipFactory(seller=seller, marketplace=place, **values)


def ids(rows: Any) -> list[str]:
    return [row.seller_id for row in rows]


def wanted(place: Channel) -> set[str]:
    rows = Membership.objects.filter(marketplace=place, wanted=True)
    return set(rows.values_list("seller__seller_id", flat=True))


def one_of_each_kind(place: Channel) -> None:
    """Sellers named for their fate."""
    seller(place, "plain")
    seller(place, "never_asked", state="inactive")
    member(Seller.objects.get(seller_id="never_asked"), place, wanted=False, confirmed=False, is_chosen=False)
    for state in ("linking", "unlinking", "unlinked", "removed"):
        seller(place, state, state=state)
    member(seller(place, "has"), place)
    member(seller(place, "refused"), place, confirmed=None, is_refused=True, attempts=1)
    seller(place, "rejected", credentials_rejected_at=timezone.now())
    elsewhere = AccountFactory(channel=place.platform)
    elsewhere.marketplaces.add(MarketplaceFactory(platform=place.platform))
    seller(place, "forbidden", account=elsewhere)
    here = AccountFactory(channel=place.platform)
    here.marketplaces.add(place)
    seller(place, "allowed", account=here)
    member(seller(place, "declined"), place, wanted=False, confirmed=False)


LEFT_OUT = {
    LeftOut.REMOVED: ["removed"],
    LeftOut.NOT_LINKED: ["linking", "unlinking", "unlinked"],
    LeftOut.REFUSED: ["refused"],
    LeftOut.HAS: ["has"],
    LeftOut.CREDENTIALS: ["rejected"],
    LeftOut.FORBIDDEN: ["forbidden"],
    LeftOut.DECLINED: ["declined"],
}


def test_the_preview_names_who_gets_it_and_who_does_not_and_why(place):
    one_of_each_kind(place)
    SellerFactory(channel=PlatformFactory())

    seen = openings.preview(place, EVERYBODY)

    assert (seen.given, seen.paused, ids(seen.first)) == (3, 1, ["plain", "never_asked", "allowed"])
    assert seen.left_out == {reason: len(names) for reason, names in LEFT_OUT.items()}
    assert {reason: ids(rows) for reason, rows in seen.first_left_out.items()} == LEFT_OUT
    assert not Opening.objects.exists()
    assert wanted(place) == {"has", "refused"}


def test_what_the_preview_says_is_what_happens(place, django_capture_on_commit_callbacks):
    one_of_each_kind(place)
    seen = openings.preview(place, EVERYBODY)

    with django_capture_on_commit_callbacks(execute=True):
        opening = openings.give(place, EVERYBODY, "staff")

    assert (opening.given, opening.requested_by) == (seen.given, "staff")
    assert opening.left_out == {reason.value: number for reason, number in seen.left_out.items()}
    assert opening.finished_at is not None
    assert ids(row.seller for row in opening.memberships.order_by("seller_id")) == ids(seen.first)
    assert wanted(place) == {"plain", "never_asked", "allowed", "has", "refused"}
    row = opening.memberships.get(seller__seller_id="never_asked")
    assert (row.wanted, row.is_chosen, row.is_refused, row.attempts) == (True, True, False, 0)
    assert row.not_before <= timezone.now()
    nudged = set(JobStatus.objects.exclude(queued_at=None).values_list("job", "channel__code"))
    assert nudged == {(job, "mall-fr") for job in ("sellers", "handover", "reports", "stock")}


def test_who_decided_against_it_and_whose_account_forbids_it_can_be_asked_in(place):
    one_of_each_kind(place)

    assert openings.preview(place, Conditions(with_declined=True)).given == 4
    assert openings.preview(place, Conditions(with_forbidden=True)).given == 4
    openings.give(place, Conditions(with_declined=True, with_forbidden=True), "")

    assert {"declined", "forbidden"} < wanted(place)
    assert not {"rejected", "linking", "unlinked", "removed"} & wanted(place)


def test_a_second_opening_gives_it_to_those_who_came_since(place):
    first, late = seller(place, "first"), seller(place, "late", state="unlinked")
    one = openings.give(place, EVERYBODY, "")
    again = openings.give(place, EVERYBODY, "")
    Seller.objects.filter(pk=late.pk).update(state="active")
    two = openings.give(place, EVERYBODY, "")

    assert (one.given, again.given, two.given) == (1, 0, 1)
    assert again.left_out == {"has": 1, "not-linked": 1}
    assert [row.opening for row in Membership.objects.order_by("seller_id")] == [one, two]
    assert first.memberships.get().opening == one


CONDITIONS = [
    (Conditions(seller_ids=("S1", "S3", "S9")), {"S1", "S3"}),
    (Conditions(search="krä"), {"S2"}),
    (Conditions(search="s1"), {"S1"}),
    (Conditions(jtl_account_id=7), {"S3"}),
    (Conditions(linked_since=date(2026, 3, 2)), {"S2", "S3"}),
    (Conditions(linked_before=date(2026, 3, 2)), {"S1"}),
    (Conditions(linked_since=date(2026, 3, 2), linked_before=date(2026, 3, 3)), {"S2"}),
    (Conditions(active_on="mall-de"), {"S1"}),
    (Conditions(channels=("mall-de",)), {"S1", "S2"}),
    (Conditions(channels=("mall",)), {"S1", "S2", "S3"}),
    (Conditions(channels=()), set()),
    (Conditions(), {"S1", "S2", "S3"}),
]


@pytest.mark.parametrize(("conditions", "names"), CONDITIONS)
def test_conditions_narrow_who_is_meant(place, conditions, names):
    Channel.objects.filter(pk=place.platform_id).update(code="mall")
    de = MarketplaceFactory(code="mall-de", platform=place.platform)
    noon = timezone.make_aware(datetime(2026, 3, 1, 12))
    member(seller(place, "S1", linked_at=noon), de)
    midnight = timezone.make_aware(datetime(2026, 3, 2))
    member(seller(place, "S2", company_name="Krämer AG", linked_at=midnight), de, confirmed=False)
    seller(place, "S3", jtl_account_id=7, linked_at=noon + timedelta(days=2))

    assert {row.seller_id for row in conditions.sellers(place)} == names
    assert Conditions.of(conditions.as_data()) == conditions
    assert {row.seller_id for row in openings.preview(place, conditions).first} == names


def test_a_paused_seller_does_not_count_as_selling_elsewhere(place):
    de = MarketplaceFactory(code="mall-de", platform=place.platform)
    member(seller(place, state="inactive"), de)

    assert openings.preview(place, Conditions(active_on="mall-de")).given == 0


def test_ids_that_no_seller_has_are_named(place):
    seller(place, "S1")

    assert openings.preview(place, Conditions(seller_ids=("S1", "S8", "S9"))).unknown_ids == ["S8", "S9"]


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (lambda: PlatformFactory(display_name="The Mall"), "The Mall is no marketplace of a platform"),
        (lambda: ChannelFactory(display_name="Shop"), "Shop is no marketplace of a platform"),
        (lambda: MarketplaceFactory(display_name="Mall FR", is_active=False), "Mall FR is switched off here"),
    ],
)
def test_what_cannot_be_given_is_refused_with_the_reason(channel, said):
    channel = channel()
    for call in (openings.preview, lambda *args: openings.give(*args, "")):
        with pytest.raises(ValidationError, match=said):
            call(channel, EVERYBODY)
    assert not Opening.objects.exists()


def test_an_opening_that_was_begun_goes_on_with_the_job(place, monkeypatch):
    for _ in range(7):
        seller(place)
    opening = openings.give(place, EVERYBODY, "", seconds=0)
    assert (opening.given, opening.finished_at) == (3, None)
    monkeypatch.setattr(memberships, "send", lambda *args: None)

    run = Run()
    settlement.settle(place, run)

    opening.refresh_from_db()
    assert opening.given == 7
    assert opening.finished_at is not None
    assert run.counts["openings carried on"] == 1
    settlement.settle(place, run)
    assert run.counts["openings carried on"] == 1


def test_it_rests_while_the_marketplace_is_switched_off(place):
    for _ in range(4):
        seller(place)
    opening = openings.give(place, EVERYBODY, "", seconds=0)
    Channel.objects.filter(pk=place.pk).update(is_active=False)
    openings.carry_on(place, Run())
    opening.refresh_from_db()
    assert (opening.given, opening.finished_at) == (3, None)

    Channel.objects.filter(pk=place.pk).update(is_active=True)
    openings.carry_on(place, Run())
    opening.refresh_from_db()
    assert opening.given == 4


class Killed(BaseException):
    pass


@given(
    kills=st.lists(st.integers(1, 4), max_size=3),
    states=st.lists(st.sampled_from(["active", "inactive", "unlinked"]), min_size=1, max_size=7),
    changes=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["leave", "return", "off", "on"])), max_size=4),
    repeats=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_killed_repeated_and_overtaken_it_gives_each_seller_the_marketplace_once(
    monkeypatch, kills, states, changes, repeats
):
    """A process dies at some of its chunks, sellers come and go between them: nobody is forgotten, nothing doubled."""
    place = MarketplaceFactory()
    begun = Opening.objects.filter(marketplace=place)
    people = [seller(place, state=state) for state in states]
    real, calls, left = openings._want, [], list(changes)

    def want(opening, keys):
        calls.append(keys)
        done = real(opening, keys)
        if len(calls) in kills:
            raise Killed
        return done

    monkeypatch.setattr(openings, "_want", want)
    for _try in range(len(kills) + len(changes) + 1):
        try:
            if repeats or not begun.exists():
                openings.give(place, EVERYBODY, "", seconds=0)
            openings.carry_on(place, Run())
        except Killed:
            pass
        if left:
            _change(people, place, *left.pop())
    monkeypatch.setattr(openings, "_want", real)
    openings.carry_on(place, Run())

    rows = Membership.objects.filter(marketplace=place)
    assert not begun.filter(finished_at=None).exists()
    assert sum(begun.values_list("given", flat=True)) >= rows.exclude(opening=None).count()
    for each in people:
        each.refresh_from_db()
        row = rows.filter(seller=each).first()
        stayed = not any(people[number % len(people)] == each for number, _what in changes)
        if stayed and each.is_linked:
            assert row is not None
            assert (row.wanted, row.is_refused, row.opening is None) == (True, False, False)
        if stayed and not each.is_linked:
            assert row is None


def _change(people: list[Seller], place: Channel, number: int, what: str) -> None:
    one = Seller.objects.get(pk=people[number % len(people)].pk)
    if what in ("leave", "return"):
        Seller.objects.filter(pk=one.pk).update(state="unlinked" if what == "leave" else "active")
    elif one.is_linked:
        memberships.set_wanted(one, place, what == "on")


def test_what_became_of_each_is_told_and_counted(place):
    opening = OpeningFactory(marketplace=place)
    given = {
        "off": {"wanted": False, "confirmed": False},
        "disconnected": {"confirmed": True},
        "refused": {"confirmed": None, "is_refused": True, "attempts": 1, "error": "SLR1"},
        "paused": {"confirmed": False},
        "connected": {"confirmed": True},
        "failing": {"confirmed": None, "attempts": 2, "error": "SCX answered 503"},
        "waiting": {"confirmed": None},
    }
    states = {"disconnected": "unlinked", "paused": "inactive"}
    for name, values in given.items():
        member(seller(place, name, state=states.get(name, "active")), place, opening=opening, **values)
    member(seller(place, "of another"), place)

    found = {row.seller.seller_id: row.result for row in opening_results.of(opening)}

    assert found == {name: name for name in given}
    counts = opening_results.counts(opening)
    assert counts == dict.fromkeys(given, 1)
    assert opening_results.is_under_way(opening, counts)
    assert not opening_results.is_under_way(opening, {"connected": 5, "refused": 1})
    assert opening_results.is_under_way(Opening(), {})


def test_the_refused_are_asked_of_scx_again_in_one_go_and_no_others(place):
    opening = OpeningFactory(marketplace=place)
    refused = {"confirmed": None, "is_refused": True, "attempts": 3, "error": "SLR1", "opening": opening}
    for _ in range(5):
        member(seller(place), place, **refused)
    gone = member(seller(place, state="unlinked"), place, **refused)
    off = member(seller(place), place, **refused | {"wanted": False})
    other = member(seller(place), place, **refused | {"opening": None})

    assert openings.retry(opening) == 5

    again = Membership.objects.filter(is_refused=False)
    assert again.count() == 5
    assert set(again.values_list("attempts", "error")) == {(0, "")}
    assert set(Membership.objects.filter(is_refused=True)) == {gone, off, other}
    assert openings.retry(opening) == 0
    Channel.objects.update(is_active=False)
    with pytest.raises(ValidationError, match="switched off here"):
        openings.retry(Opening.objects.get())
