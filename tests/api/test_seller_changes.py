"""The feed of sellers: whatever the API tells of one and whoever changed it, he stands there at the change."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from platforms import numbering, restores
from platforms.models import Channel, FeedCounter
from sellers import feed, memberships
from sellers.api import MembershipSerializer, SellerSerializer
from sellers.models import Account, Membership, Seller, SellerChange
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.feeds import Reader, commit

pytestmark = pytest.mark.django_db


def told(api, **query):
    commit()
    return api.get("seller-changes/", **query).json()["results"]


def ids(api, **query):
    return [row["seller_id"] for row in told(api, **query)]


@pytest.fixture
def sellers():
    """Two sellers of one platform, on its two marketplaces each, with an account each."""
    platform = PlatformFactory(code="mall")
    markets = [MarketplaceFactory(platform=platform, code=code) for code in ("mall-at", "mall-de")]
    found = [
        SellerFactory(channel=platform, seller_id=name, account=AccountFactory(channel=platform, login=name))
        for name in ("S1", "S2")
    ]
    for seller in found:
        for market in markets:
            MembershipFactory(seller=seller, marketplace=market)
    commit()
    return found


def test_an_entry_is_the_seller_as_the_api_tells_him_with_his_place(api, sellers):
    (entry, _other) = told(api)

    assert entry.pop("cursor") == SellerChange.objects.get(seller=sellers[0]).number
    assert entry == api.get("sellers/S1/").json()


def raw(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def bulk_update(seller):
    seller.company_name = "In bulk"
    Seller.objects.bulk_update([seller], ["company_name"])


def of(seller):
    return Membership.objects.filter(seller=seller)


# What any of the writers may do, each with the sellers it concerns.
WRITES = {
    "state": lambda seller: Seller.objects.filter(pk=seller.pk).update(state="inactive"),
    "reason": lambda seller: Seller.objects.filter(pk=seller.pk).update(state_reason="Why"),
    "company, saved": lambda seller: (setattr(seller, "company_name", "Other"), seller.save()),
    "company, in bulk": bulk_update,
    "company, by hand": lambda seller: raw("UPDATE sellers_seller SET company_name = 'X' WHERE id = %s", seller.pk),
    "account": lambda seller: Seller.objects.filter(pk=seller.pk).update(account=None),
    "login of the account": lambda seller: Account.objects.filter(pk=seller.account_id).update(login="other"),
    "JTL account": lambda seller: Seller.objects.filter(pk=seller.pk).update(jtl_account_id=4711),
    "credentials": lambda seller: Seller.objects.filter(pk=seller.pk).update(credentials_rejected_at=timezone.now()),
    "wish": lambda seller: memberships.set_wanted(seller, of(seller)[0].marketplace, False),
    "confirmation": lambda seller: of(seller).update(confirmed=None),
    "error": lambda seller: of(seller).update(error="SCX said no"),
    "another marketplace": lambda seller: Membership.objects.bulk_create(
        [Membership(seller=seller, marketplace=MarketplaceFactory(platform=seller.channel))], ignore_conflicts=True
    ),
    "one marketplace fewer": lambda seller: of(seller).last().delete(),
    "no marketplace": lambda seller: of(seller).delete(),
}


@pytest.mark.parametrize("write", WRITES)
def test_whoever_writes_what_is_told_of_a_seller_moves_him_to_the_end(api, sellers, write):
    before = told(api)

    WRITES[write](Seller.objects.get(pk=sellers[0].pk))

    (entry,) = told(api, after=before[-1]["cursor"])
    assert entry["seller_id"] == "S1"
    assert entry["cursor"] > before[-1]["cursor"]
    assert {**entry, "cursor": 0} != {**before[0], "cursor": 0}


@pytest.mark.parametrize("code", ["mall", "mall-de"])
def test_a_channel_of_another_name_moves_all_its_sellers(api, sellers, code):
    before = told(api)[-1]["cursor"]

    Channel.objects.filter(code=code).update(code="renamed")

    assert ids(api, after=before) == ["S1", "S2"]


def test_what_the_api_does_not_tell_moves_nobody(api, sellers):
    before = told(api)

    Seller.objects.update(client_version="2.0", contact_name="Someone", credentials={"login": "x"})
    Seller.objects.update(state="active", company_name=Seller.objects.values("company_name")[:1])
    Membership.objects.update(attempts=3, leased_until=timezone.now(), wanted=True)
    Account.objects.update(company_name="Other")
    Channel.objects.update(display_name="Other")

    assert [row["cursor"] for row in told(api)] == [row["cursor"] for row in before]


def test_all_that_is_told_of_a_seller_is_watched():
    watched = {f"{model.__name__}.{field}" for model, (fields, _which) in feed.SHOWN.items() for field in fields}
    names = {"channel.code": "Channel.code", "account.login": "Account.login", "marketplace.code": "Channel.code"}
    shown = {
        names.get(field.source, f"{serializer.Meta.model.__name__}.{field.source}")
        for serializer in (SellerSerializer(), MembershipSerializer())
        for field in serializer.fields.values()
    }

    assert shown - {"Seller.seen_memberships"} <= watched


def test_one_who_is_signing_up_comes_in_with_the_connection(api, sellers):
    before = told(api)[-1]["cursor"]
    seller = SellerFactory(channel=sellers[0].channel, seller_id="S3", state="linking")
    assert ids(api, after=before) == []

    Seller.objects.filter(pk=seller.pk).update(state="active")

    assert ids(api, after=before) == ["S3"]


def test_a_sign_up_that_leaves_nothing_leaves_nothing_in_the_feed(api, sellers):
    seller = SellerFactory(channel=sellers[0].channel, state="linking")
    MembershipFactory(seller=seller, marketplace=sellers[0].channel.marketplaces.first())
    commit()

    assert Seller.objects.filter(pk=seller.pk).clean_up() == 1

    assert ids(api) == ["S1", "S2"]
    assert SellerChange.objects.count() == 2


def test_many_who_change_at_once_each_stand_there_once(api, sellers):
    before = told(api)[-1]["cursor"]

    Membership.objects.update(confirmed=False)

    assert ids(api, after=before) == ["S1", "S2"]
    assert SellerChange.objects.values("number").distinct().count() == 2


def test_a_key_reads_of_its_marketplace_who_sells_there_and_nothing_of_others(caller, sellers):
    other = ChannelFactory()
    SellerFactory(channel=other, seller_id="S9")
    only = MarketplaceFactory(platform=sellers[0].channel, code="mall-uk")
    MembershipFactory(seller=sellers[1], marketplace=only)

    (entry,) = told(caller("read", only))
    assert (entry["seller_id"], [each["channel"] for each in entry["channels"]]) == ("S2", ["mall-uk"])
    assert ids(caller("read", other)) == ["S9"]
    assert ids(caller("read", other, only), channel="mall-uk") == ["S2"]


def test_who_was_away_gets_each_seller_once_in_pages(sellers):
    more = [SellerFactory(channel=sellers[0].channel, seller_id=f"T{number}") for number in range(20)]
    for number in range(60):
        Seller.objects.filter(pk=more[number % 7].pk).update(company_name=f"Firma {number}")
        commit()

    reader = Reader("seller-changes", "late", limit=5)

    assert len(reader.read_all()) == reader.told == 22


def test_a_database_that_numbered_nobody_numbers_all(api, sellers):
    SellerChange.objects.all().delete()
    feed.triggers.drop(connection, feed.triggers.there(connection, feed.PREFIX))
    Seller.objects.filter(pk=sellers[0].pk).update(company_name="Nobody saw it")

    feed.install(using="default")

    assert ids(api) == ["S1", "S2"]
    feed.install(using="default")
    last = told(api)[-1]["cursor"]
    Seller.objects.filter(pk=sellers[0].pk).update(company_name="Seen")
    assert ids(api, after=last) == ["S1"]


def test_a_migration_that_makes_tables_anew_moves_only_who_changed_meanwhile(api, sellers):
    before = set(feed.triggers.there(connection, feed.PREFIX))
    assert len(before) == 8
    last = told(api)[-1]["cursor"]

    feed.lift(using="default", plan=["something"])
    assert bool(feed.triggers.there(connection, feed.PREFIX)) is (connection.vendor == "postgresql")
    Membership.objects.filter(seller=sellers[0]).update(error="SCX said no")
    commit()
    feed.install(using="default")

    assert set(feed.triggers.there(connection, feed.PREFIX)) == before
    assert ids(api, after=last) == ["S1"]


def test_a_version_that_watches_otherwise_moves_nobody(api, sellers, monkeypatch):
    before = told(api)
    monkeypatch.setitem(feed.SHOWN, Account, (("login", "company_name"), "account_id = {row}.id"))

    feed.install(using="default")

    assert told(api) == before
    Account.objects.filter(login="S2").update(company_name="Now told")
    assert ids(api, after=before[-1]["cursor"]) == ["S2"]


def test_no_number_comes_again_after_a_restore(api, sellers):
    last = told(api)[-1]["cursor"]
    now = timezone.now()

    restores.begin(now)
    Seller.objects.filter(pk=sellers[0].pk).update(company_name="After")

    assert told(api, after=last)[0]["cursor"] > numbering.floor(now)
    assert FeedCounter.objects.get(name=feed.FEED).value > numbering.floor(now)


def test_what_is_rolled_back_moves_nobody(api, sellers):
    before = told(api)

    with transaction.atomic():
        Seller.objects.update(company_name="Never")
        transaction.set_rollback(True)

    assert told(api) == before
