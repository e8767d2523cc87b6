"""A marketplace given to many sellers through the API: looked at, done, followed to each result."""

import pytest

from platforms.models import Channel
from sellers.models import Membership, Opening
from tests.api.conftest import fields
from tests.factories import (
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    OpeningFactory,
    PlatformFactory,
    SellerFactory,
)


@pytest.fixture
def mall(db) -> Channel:
    platform = PlatformFactory(code="mall")
    for name in ("de", "fr"):
        MarketplaceFactory(platform=platform, code=f"mall-{name}", display_name=f"Mall {name.upper()}")
    return platform


def place(name: str) -> Channel:
    return Channel.objects.get(code=f"mall-{name}")


def seller(mall: Channel, name: str, **values):
    return SellerFactory(channel=mall, seller_id=name, company_name=f"Firma {name}", **values)


@pytest.fixture
def people(mall):
    MembershipFactory(seller=seller(mall, "S1"), marketplace=place("de"))
    seller(mall, "S2", state="inactive")
    MembershipFactory(seller=seller(mall, "S3"), marketplace=place("fr"))


def test_a_dry_run_tells_whom_and_does_nothing(api, people):
    answer = api.post("openings/", {"marketplace": "mall-fr", "dry_run": True, "seller_ids": ["S1", "S2", "S3", "S9"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "marketplace": "mall-fr",
        "given": 2,
        "paused": 1,
        "first": [{"seller_id": "S1", "company_name": "Firma S1"}, {"seller_id": "S2", "company_name": "Firma S2"}],
        "left_out": {"has": 1},
        "unknown_seller_ids": ["S9"],
    }
    assert not Opening.objects.exists()


def test_an_opening_is_made_read_and_followed_to_its_sellers(api, people):
    answer = api.post("openings/", {"marketplace": "mall-fr", "linked_since": "2025-12-31"})

    opening = Opening.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "id": opening.pk,
        "marketplace": "mall-fr",
        "requested_at": answer.json()["requested_at"],
        "requested_by": "test",
        "conditions": {"linked_since": "2025-12-31"},
        "given": 2,
        "left_out": {"has": 1},
        "finished_at": answer.json()["finished_at"],
        "results": {"waiting": 1, "paused": 1},
    }
    assert answer.json()["finished_at"]
    assert api.get(f"openings/{opening.pk}/").json() == answer.json()
    (listed,) = api.get("openings/").json()["results"]
    assert listed == {name: value for name, value in answer.json().items() if name != "results"}

    Membership.objects.filter(seller__seller_id="S1").update(confirmed=True)
    rows = api.get(f"openings/{opening.pk}/sellers/").json()["results"]
    assert [(row["seller_id"], row["company_name"], row["state"], row["error"]) for row in rows] == [
        ("S1", "Firma S1", "connected", ""),
        ("S2", "Firma S2", "paused", ""),
    ]


def test_results_come_by_state_and_in_pages(api, mall):
    opening = OpeningFactory(marketplace=place("fr"))
    for number in range(3):
        row = {"opening": opening, "confirmed": None, "is_refused": True, "error": "SLR1"}
        MembershipFactory(seller=seller(mall, f"S{number}"), marketplace=place("fr"), **row)
    MembershipFactory(seller=seller(mall, "S9"), marketplace=place("fr"), opening=opening)

    path = f"openings/{opening.pk}/sellers/"
    first = api.get(path, state="refused", limit=2).json()
    second = api.get(first["next"]).json()

    names = [[row["seller_id"] for row in page["results"]] for page in (first, second)]
    assert names == [["S0", "S1"], ["S2"]]
    assert second["next"] is None
    assert {row["error"] for row in first["results"]} == {"SLR1"}
    assert fields(api.get(path, state="burnt")) == {"state": "invalid_choice"}


def test_the_refused_are_asked_again(api, mall):
    opening = OpeningFactory(marketplace=place("fr"))
    row = {"opening": opening, "confirmed": None, "is_refused": True, "error": "SLR1"}
    MembershipFactory(seller=seller(mall, "S1"), marketplace=place("fr"), **row)

    answer = api.post(f"openings/{opening.pk}/retry/")

    assert (answer.status_code, answer.json()) == (202, {"retried": 1})
    assert not Membership.objects.get().is_refused


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("code", "said"),
    [("mall", "is no marketplace of a platform"), ("SHOP", "is no marketplace"), ("mall-fr", "switched off here")],
)
def test_what_nobody_can_be_given_is_a_conflict_with_the_reason(api, people, code, said, dry_run):
    ChannelFactory(code="SHOP")
    Channel.objects.filter(code="mall-fr").update(is_active=False)

    answer = api.post("openings/", {"marketplace": code, "dry_run": dry_run})

    assert answer.status_code == 409
    assert said in answer.json()["detail"]
    assert not Opening.objects.exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"marketplace": "nothing"}, {"marketplace": "unknown_channel"}),
        ({"active_on": "nothing"}, {"active_on": "unknown_channel"}),
        ({"active_on": "other"}, {"active_on": "invalid"}),
        ({"active_on": "mall"}, {"active_on": "invalid"}),
        ({"linked_since": "yesterday"}, {"linked_since": "invalid"}),
        ({"jtl_account_id": -1}, {"jtl_account_id": "min_value"}),
        ({"seller_ids": ["x" * 51]}, {"seller_ids.0": "max_length"}),
        ({"seller_ids": ["x"] * 5001}, {"seller_ids": "max_length"}),
        ({"with_declined": None}, {"with_declined": "null"}),
        ({"channels": ["mall"]}, {"channels": "unknown"}),
        ({"by": "me"}, {"by": "unknown"}),
    ],
)
def test_a_condition_that_is_none_is_named(api, people, changes, expected):
    MarketplaceFactory(code="other")

    answer = api.post("openings/", {"marketplace": "mall-fr", **changes})

    assert answer.status_code == 400
    assert fields(answer) == expected
    assert not Opening.objects.exists()


def test_a_key_gives_to_those_only_whom_it_sees(caller, people):
    """A key of two marketplaces knows the sellers there, and not the others of the platform."""
    answer = caller("write", place("de"), place("fr")).post("openings/", {"marketplace": "mall-fr"})

    assert (answer.json()["given"], answer.json()["left_out"]) == (1, {"has": 1})
    assert "channels" not in answer.json()["conditions"]
    assert caller("write", place("de").platform).post("openings/", {"marketplace": "mall-fr"}).json()["given"] == 1


def test_a_key_sees_the_openings_of_its_marketplaces_only(caller, mall):
    mine, other = OpeningFactory(marketplace=place("fr")), OpeningFactory(marketplace=place("de"))
    key = caller("write", place("fr"))

    assert [row["id"] for row in key.get("openings/").json()["results"]] == [mine.pk]
    assert key.get(f"openings/{other.pk}/").status_code == 404
    assert key.get(f"openings/{other.pk}/sellers/").status_code == 404
    assert key.post(f"openings/{other.pk}/retry/").status_code == 404
    assert fields(key.post("openings/", {"marketplace": "mall-de"})) == {"marketplace": "unknown_channel"}
    both = caller("read", mall).get("openings/", channel="mall").json()["results"]
    assert [row["id"] for row in both] == [mine.pk, other.pk]


def test_sellers_of_an_opening_cost_the_same_however_many(api, mall, django_assert_max_num_queries):
    opening = OpeningFactory(marketplace=place("fr"))
    for number in range(20):
        MembershipFactory(seller=seller(mall, f"S{number}"), marketplace=place("fr"), opening=opening)
    path = f"openings/{opening.pk}/sellers/"
    api.get(path)
    with django_assert_max_num_queries(6):
        assert len(api.get(path).json()["results"]) == 20
