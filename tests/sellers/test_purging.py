"""Personal data of removed sellers goes after the retention time, all of it, and nothing of anybody else."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from listings.models import Offer, PictureFile
from platforms import erasure
from platforms.jobs import Run
from platforms.models import Event
from sellers import endings, exporting, purging, settlement
from sellers.models import Account, Seller, Unlinking
from stock.models import StockLevel
from tests.factories import (
    ChannelFactory,
    EventFactory,
    MarketplaceFactory,
    OfferFactory,
    OpeningFactory,
    PictureFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.sellers import traces
from tests.sellers.traces import MARK, NUMBER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def removed():
    seller = traces.seller_with_traces()
    traces.remove(seller, days_ago=31)
    return seller


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_nothing_of_the_person_stays_anywhere(removed, tmp_path):
    assert {"sellers.Seller", "platforms.Event", "listings.Offer", "admin.LogEntry"} <= traces.where(MARK)
    assert files(tmp_path)

    purging.purge(Run())

    assert traces.where(MARK) == traces.where("zacharias") == traces.where(str(NUMBER)) == set()
    assert not [model for model in traces.referring() if model._base_manager.filter(seller=removed).exists()]
    assert not StockLevel.objects.exists()
    assert files(tmp_path) == []


def test_the_row_stays_with_its_id_and_says_what_went(removed, caplog):
    run = Run()
    with caplog.at_level(logging.INFO, "sellers.purging"):
        purging.purge(run)

    removed.refresh_from_db()
    assert (removed.state, removed.seller_id, str(removed)) == ("removed", "S1", "S1")
    assert removed.purged_at is not None
    assert removed.purged == {
        "stock levels": 2,
        "stock updates": 1,
        "stock differences": 1,
        "stock news of sellers": 1,
        "stock cursors": 1,
        "pictures": 1,
        "offers": 2,
        "prices": 1,
        "revisions": 1,
        "listing reports": 1,
        "failure pages": 1,
        "link sessions": 1,
        "memberships": 1,
        "log entries": 2,
        "disconnections": 1,
        "messages in JTL-Wawi": 1,
        "mails": 1,
        "differences from SCX": 1,
        "open points after a restore": 1,
        "webhook deliveries": 1,
        "events": 2,
    }
    assert run.counts["sellers purged"] == 1
    assert run.counts["offers purged"] == 2
    assert "Personal data of removed seller S1" in caplog.text
    assert "2 offers" in caplog.text
    assert MARK not in caplog.text


def test_the_account_that_he_left_can_go(removed):
    purging.purge(Run())

    Account.objects.get().delete()

    assert Seller.objects.exists()


def test_an_event_stays_known_so_that_scx_cannot_deliver_it_again(removed):
    purging.purge(Run())

    assert list(Event.objects.values_list("payload", "error", "size")) == [({}, "", 0)] * 2


def test_nothing_goes_before_the_channels_own_time(removed):
    Seller.objects.update(state_changed_at=timezone.now() - timedelta(days=29))

    purging.purge(Run())

    assert "sellers.Seller" in traces.where(MARK)
    assert Seller.objects.get().purged_at is None


@pytest.mark.parametrize("state", ["active", "inactive", "unlinking", "unlinked"])
def test_nothing_goes_of_a_seller_who_is_not_removed(state):
    traces.seller_with_traces(state=state, state_changed_at=timezone.now() - timedelta(days=900))
    before = traces.where(MARK)

    purging.purge(Run())

    assert traces.where(MARK) == before


def test_nobody_else_loses_anything_not_even_one_with_the_same_id_elsewhere(removed):
    other = "Somebody Else"
    traces.seller_with_traces(mark=other)
    neighbour = SellerFactory(channel=removed.channel, company_name=other)
    OfferFactory(channel=removed.channel.marketplaces.get(), seller=neighbour)
    EventFactory(channel=ChannelFactory(), payload={"sellerId": "S1", "contact": other})
    before = traces.where(other)

    purging.purge(Run())

    assert traces.where(other) == before
    assert (Offer.objects.count(), StockLevel.objects.count()) == (3, 2)
    assert Event.objects.exclude(payload={}).count() == 3


def test_a_picture_file_that_serves_another_offer_stays(removed, tmp_path):
    shared = PictureFile.objects.get()
    PictureFactory(content=shared)
    before = sorted(files(tmp_path))

    purging.purge(Run())

    assert sorted(files(tmp_path)) == before
    assert PictureFile.objects.get() == shared


def test_what_a_killed_run_left_the_next_one_removes_and_counts(removed, monkeypatch):
    monkeypatch.setattr(erasure, "BATCH", 1)
    steps = iter(range(7))
    real = purging._add_up

    def killed(*args):
        real(*args)
        if next(steps, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(purging, "_add_up", killed)
    with pytest.raises(KeyboardInterrupt):
        purging.purge(Run())
    assert Seller.objects.get().purged_at is None
    monkeypatch.setattr(purging, "_add_up", real)
    purging.purge(Run())

    assert traces.where(MARK) == set()
    assert (Seller.objects.get().purged["offers"], Seller.objects.get().purged["events"]) == (2, 2)


def test_a_run_whose_time_is_up_goes_on_next_time(removed, monkeypatch):
    monkeypatch.setattr(purging, "SECONDS_A_RUN", 0.0)
    purging.purge(Run())
    assert Seller.objects.get().purged_at is None
    # A person who asks gets all of it at once.
    purging.purge(Run(ignore_backoff=True))
    assert Seller.objects.get().purged_at is not None


def test_one_whose_files_cannot_be_deleted_keeps_neither_the_others_nor_the_rest_of_the_job(removed, monkeypatch):
    other = SellerFactory(channel=removed.channel, state="removed", credentials={}, company_name="Other")
    Seller.objects.filter(pk=other.pk).update(state_changed_at=timezone.now() - timedelta(days=31))

    def fail(name: str) -> None:
        raise OSError("the storage is away")

    monkeypatch.setattr(default_storage, "delete", fail)
    sent: list[object] = []
    monkeypatch.setattr(settlement.unlinking, "send", lambda channel, run: sent.append(channel))
    run = Run()
    settlement.settle(channel := ChannelFactory(), run)

    removed.refresh_from_db()
    other.refresh_from_db()
    assert (removed.purged_at, other.purged_at is None, sent) == (None, False, [channel])
    assert run.error == "Personal data of removed seller S1 cannot be purged: OSError: the storage is away"

    monkeypatch.undo()
    purging.purge(Run())
    removed.refresh_from_db()
    assert removed.purged_at is not None


def test_a_retention_without_end_is_no_error(removed):
    removed.channel.retention_days = 2**31 - 1
    removed.channel.save()

    purging.purge(Run())

    assert Seller.objects.get().purged_at is None


def test_purging_is_a_step_of_the_job_sellers_also_for_channels_that_are_off(removed):
    removed.channel.is_active = False
    removed.channel.save()

    settlement.settle(ChannelFactory(), Run())

    assert Seller.objects.get().purged_at is not None


def test_it_waits_until_scx_has_heard_that_it_shall_forget_the_seller(removed):
    open_one = Unlinking.objects.create(seller=removed, channel=removed.channel.marketplaces.get(), reason="contract")
    purging.purge(Run())
    assert Seller.objects.get().purged_at is None

    Unlinking.objects.filter(pk=open_one.pk).update(sent_at=timezone.now())
    purging.purge(Run())
    assert Seller.objects.get().purged_at is not None


def test_who_comes_back_after_the_purge_is_purged_anew_after_the_next_end(removed):
    purging.purge(Run())
    Seller.objects.update(state="active", company_name=MARK)
    market = removed.channel.marketplaces.get()
    seller = Seller.objects.get()
    endings.end(seller, market, "gone", removed=True)
    traces.remove(seller, days_ago=31)
    purging.purge(Run())

    assert traces.where(MARK) == set()


def test_after_the_purge_there_is_nothing_left_to_export(removed):
    purging.purge(Run())

    assert MARK not in "".join(exporting.lines(Seller.objects.get()))


def test_an_opening_forgets_the_name_it_looked_for_and_no_other():
    seller = SellerFactory(channel=PlatformFactory(), company_name="Zacharias Muster GmbH")
    place = MarketplaceFactory(platform=seller.channel)
    his, other, elsewhere, none = (
        OpeningFactory(marketplace=where, conditions=conditions)
        for where, conditions in (
            (place, {"search": "zacharias", "with_declined": True}),
            (place, {"search": "Krämer"}),
            (MarketplaceFactory(), {"search": "zacharias"}),
            (place, {}),
        )
    )
    traces.remove(seller, days_ago=100)

    purging.purge(Run())

    for opening in (his, other, elsewhere, none):
        opening.refresh_from_db()
    assert his.conditions == {"search": "…", "with_declined": True}
    assert [row.conditions.get("search") for row in (other, elsewhere, none)] == ["Krämer", "zacharias", None]
    seller.refresh_from_db()
    assert (seller.company_name, seller.purged) == ("", {"openings": 1})
