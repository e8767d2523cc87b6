"""Pictures are copied while their links live: once for a name, over real HTTP, with the reason where that fails."""

import ipaddress
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from listings import finders
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer, Picture, PictureFile
from listings.pictures import files, job, links, overdue
from listings.pictures.images import copy
from platforms.jobs import Run
from platforms.models import JobStatus
from tests.factories import (
    ChannelFactory,
    ListingRuleFactory,
    MarketplaceFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.listings.build import happen, listing, offer, variation
from tests.listings.images import image
from tests.outside_server import Reply, System, running_system

pytestmark = pytest.mark.django_db
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
# The events of these tests happen at noon of the first; their links live until the eighth.
NOW = "2026-01-01T13:00:00Z"


@pytest.fixture(autouse=True)
def _portal(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PORTAL_URL = "https://portal.example"
    settings.PICTURE_ALLOWED_NETWORKS = [LOOPBACK]
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def channel(db):
    return ChannelFactory(languages=["en"])


@pytest.fixture
def scx():
    """A server of pictures: a different one for each name."""
    with running_system() as system:
        system.respond = lambda question: Reply(picture_of(question.path))
        yield system


def picture_of(path: str) -> bytes:
    return image(size=(40 + len(path), 40), colour=f"#{abs(hash(path.partition('?')[0])) % 0xFFFFFF:06x}")


def fetch(channel, **how) -> Run:
    run = Run(**how)
    job.fetch_due(channel, run)
    return run


def asked(system: System) -> list[str]:
    return [question.path for question in system.asked]


def stored(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


class TestFetching:
    def test_every_picture_of_an_offer_and_its_variations_is_copied(self, channel, seller, scx, client):
        part = variation(2, pictureList=[f"{scx.url}/c.png"])
        pictures = [f"{scx.url}/a.png", f"{scx.url}/b.png"]
        happen(channel, listing(seller, 1, pictureList=pictures, variationList=[part]))

        assert fetch(channel).counts["fetched"] == 3

        assert {row.state for row in Picture.objects.all()} == {"fetched"}
        content = Picture.objects.get(name="a.png").content
        assert (content.format, content.width, content.height) == ("PNG", 46, 40)
        response = client.get(content.url.removeprefix("https://portal.example"))
        assert response["Content-Type"] == "image/png"
        assert len(b"".join(response.streaming_content)) == content.size

    def test_a_name_that_is_known_is_not_fetched_again(self, channel, seller, scx):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png?link=1"]))
        fetch(channel)
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/b.png", f"{scx.url}/a.png?link=2"]), 60, "Update")
        happen(channel, listing(seller, 2, pictureList=[f"{scx.url}/a.png?link=3"]))

        assert [row.state for row in offer(seller, 2).pictures.all()] == ["fetched"]
        fetch(channel)
        assert asked(scx) == ["/a.png?link=1", "/b.png"]
        first, second = offer(seller, 1).pictures.order_by("position")
        assert (first.name, second.name, second.source) == ("b.png", "a.png", f"{scx.url}/a.png?link=2")
        assert PictureFile.objects.count() == 2

    def test_nor_one_that_the_same_event_names_elsewhere(self, channel, seller, scx):
        same = [f"{scx.url}/a.png?for={number}" for number in range(3)]
        happen(channel, listing(seller, 1, pictureList=same[:1], variationList=[variation(2, pictureList=same[1:2])]))
        happen(channel, listing(seller, 3, pictureList=same[2:]))

        fetch(channel)

        assert len(asked(scx)) == 1
        assert set(Picture.objects.values_list("state", flat=True)) == {"fetched"}

    def test_nor_one_that_another_marketplace_of_the_platform_has(self, scx):
        platform = PlatformFactory()
        germany, france = MarketplaceFactory(platform=platform), MarketplaceFactory(platform=platform)
        merchant = SellerFactory(channel=platform)
        for market in (germany, france):
            happen(market, listing(merchant, 1, pictureList=[f"{scx.url}/a.png?for={market.code}"]))

        fetch(germany)
        fetch(france)

        assert len(asked(scx)) == 1
        assert Picture.objects.filter(state="fetched").count() == 2

    def test_another_sellers_picture_of_the_same_name_is_another(self, channel, seller, scx):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/1/a.png"]))
        happen(channel, listing(SellerFactory(channel=channel), 1, pictureList=[f"{scx.url}/22/a.png"]))
        fetch(channel)
        assert len(asked(scx)) == PictureFile.objects.count() == 2

    def test_the_same_content_is_stored_once(self, channel, seller, scx, tmp_path):
        scx.respond = lambda question: Reply(image())
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/{name}.png" for name in "abc"]))
        fetch(channel)
        assert len(asked(scx)) == 3
        assert PictureFile.objects.count() == 1
        assert len(stored(tmp_path)) == 2

    def test_the_oldest_deadline_comes_first(self, channel, seller, scx, monkeypatch):
        monkeypatch.setattr(job, "THREADS", 1)
        for number, name in enumerate("cab"):
            happen(channel, listing(seller, number + 1, pictureList=[f"{scx.url}/{name}.png"]), seconds=-number)
        fetch(channel)
        assert asked(scx) == ["/b.png", "/a.png", "/c.png"]

    def test_several_at_once_but_not_too_many_of_one_server(self, channel, seller, scx):
        calls, most = [0], [0]
        lock, enough = threading.Lock(), threading.Event()

        def respond(question):
            with lock:
                calls[0] += 1
                most[0] = max(most[0], calls[0])
                if calls[0] == job.AT_ONCE_PER_HOST:
                    enough.set()
            enough.wait(5)
            with lock:
                calls[0] -= 1
            return Reply(picture_of(question.path))

        scx.respond = respond
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/{number}.png" for number in range(9)]))
        fetch(channel)
        assert most[0] == job.AT_ONCE_PER_HOST
        assert Picture.objects.filter(state="fetched").count() == 9

    def test_readers_of_the_offers_hear_of_it(self, channel, seller, scx):
        part = variation(2, pictureList=[f"{scx.url}/c.png"])
        happen(channel, listing(seller, 1, variationList=[part]))
        before = offer(seller, 1).number
        fetch(channel)
        assert offer(seller, 1).number > before
        assert offer(seller, 2).number > before

    def test_an_event_with_pictures_asks_for_it(self, channel, seller, scx, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        assert JobStatus.objects.get(job="pictures").queued_at


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            (Reply(status=404), "answered 404"),
            (Reply(status=200, body=b"<html>Not here</html>"), "no picture of the kind"),
            (Reply(image(size=(300, 300))[:-50]), "damaged"),
            (Reply(status=302, headers={"Location": "http://10.0.0.1/a.png"}), "does not call this address"),
            (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "does not call this address"),
            (Reply(status=302, headers={"Location": "/again"}), "on and on"),
            (Reply(status=302), "answered 302"),
        ],
        ids=["404", "html", "damaged", "to a private address", "to a file", "in a circle", "to nowhere"],
    )
    def test_each_is_told_and_tried_again_later(self, channel, seller, scx, reply, why):
        scx.respond = lambda question: reply
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))

        assert fetch(channel).counts["failed"] == 1

        row = Picture.objects.get()
        assert why in row.error
        assert (row.state, row.attempts) == ("pending", 1)
        assert row.not_before > timezone.now()
        number = len(scx.asked)
        fetch(channel)
        assert len(scx.asked) == number
        fetch(channel, ignore_backoff=True)
        assert Picture.objects.get().attempts == 2

    @pytest.mark.parametrize(
        "link",
        [
            "http://127.0.0.1/a.png",
            "http://localhost/a.png",
            "http://2130706433/a.png",
            "http://0x7f.1/a.png",
            "http://017700000001/a.png",
            "http://[::1]/a.png",
            "http://[::ffff:127.0.0.1]/a.png",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/a.png",
            "https://100.64.0.1/a.png",
            "https://0.0.0.0/a.png",
            "https://[fe80::1]/a.png",
            "https://[64:ff9b::7f00:1]/a.png",
            "https://[2002:7f00:1::]/a.png",
            "http://１２７.０.０.１/a.png",
            "file:///etc/passwd",
            "ftp://pictures.example/a.png",
            "https://user:password@pictures.example/a.png",
            "//pictures.example/a.png",
            "a.png",
            "http://[",
        ],
    )
    def test_no_link_leads_inside(self, channel, seller, settings, link):
        settings.PICTURE_ALLOWED_NETWORKS = []
        happen(channel, listing(seller, 1, pictureList=[link]))
        fetch(channel)
        row = Picture.objects.get()
        assert (row.state, row.attempts) == ("pending", 1)
        # One that is no address at all does not get as far as the guard.
        assert "does not call this address" in row.error or "does not answer" in row.error

    def test_a_redirect_is_followed_and_looked_at_anew(self, channel, seller, scx):
        def respond(question):
            if question.path == "/a.png":
                return Reply(status=307, headers={"Location": "/real.png#part"})
            return Reply(picture_of(question.path))

        scx.respond = respond
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        assert fetch(channel).counts["fetched"] == 1
        assert asked(scx) == ["/a.png", "/real.png"]

    def test_one_too_many_bytes_is_not_read_on(self, channel, seller, scx, monkeypatch):
        monkeypatch.setattr("listings.pictures.images.LARGEST_BYTES", 1000)
        scx.respond = lambda question: Reply(b"x" * 100_000)
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        fetch(channel)
        assert "The picture has more than" in Picture.objects.get().error

    def test_one_failure_costs_no_other(self, channel, seller, scx):
        scx.respond = lambda question: Reply(status=500) if "a" in question.path else Reply(picture_of(question.path))
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/{name}.png" for name in "abxy"]))
        fetch(channel)
        states = dict(Picture.objects.values_list("name", "state"))
        assert states == {"a.png": "pending", "b.png": "fetched", "x.png": "fetched", "y.png": "fetched"}

    def test_a_server_that_is_busy_is_left_alone_and_no_picture_is_to_blame(self, channel, seller, scx, monkeypatch):
        monkeypatch.setattr(job, "THREADS", 1)
        scx.respond = lambda question: Reply(status=429, headers={"Retry-After": "120"})
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/{number}.png" for number in range(20)]))
        fetch(channel)
        assert len(scx.asked) == 1
        assert set(Picture.objects.values_list("attempts", "error")) == {(0, "")}
        ahead = [row.not_before - timezone.now() for row in Picture.objects.all()]
        assert timedelta(seconds=110) < min(ahead) <= max(ahead) <= timedelta(seconds=120)

    def test_a_server_that_answers_nothing_is_left_alone_for_a_minute(self, channel, seller, scx, monkeypatch):
        monkeypatch.setattr(job, "THREADS", 1)
        scx.respond = lambda question: Reply(pieces=[])
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/{number}.png" for number in range(20)]))

        fetch(channel)

        assert len(scx.asked) == job.SILENT
        assert sorted(Picture.objects.values_list("attempts", flat=True)) == [0] * 17 + [1] * 3
        ahead = [row.not_before - timezone.now() for row in Picture.objects.filter(attempts=0)]
        assert timedelta(seconds=50) < min(ahead) <= max(ahead) <= timedelta(seconds=60)

    def test_a_later_event_renews_the_link_at_once(self, channel, seller, scx):
        scx.respond = lambda question: Reply(picture_of(question.path) if "fresh" in question.path else b"")
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png?stale"]))
        fetch(channel)
        happen(channel, listing(seller, 2, pictureList=[f"{scx.url}/a.png?fresh"]), 60)

        fetch(channel)

        assert asked(scx) == ["/a.png?stale", "/a.png?fresh"]
        assert set(Picture.objects.values_list("state", "error")) == {("fetched", "")}

    def test_a_killed_process_delays_its_pictures_by_a_minute(self, channel, seller, scx, monkeypatch):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))

        def killed(*_args):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(files, "keep", killed)
            with pytest.raises(KeyboardInterrupt):
                fetch(channel)
        assert fetch(channel).counts["fetched"] == 0
        Picture.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert fetch(channel).counts["fetched"] == 1

    def test_a_disk_that_is_full_leaves_it_due(self, channel, seller, scx, settings, tmp_path):
        (tmp_path / "pictures").write_text("no folder")
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        with pytest.raises(OSError, match="pictures"):
            fetch(channel)
        assert not PictureFile.objects.exists()
        assert Picture.objects.get().state == "pending"


class TestDeadLinks:
    @pytest.fixture
    def unfetched(self, channel, seller, scx):
        """A listing and its variation, each with a picture that could not be fetched."""
        scx.respond = lambda question: Reply(status=404)
        part = variation(2, pictureList=[f"{scx.url}/b.png"])
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"], variationList=[part]))
        fetch(channel)
        return offer(seller, 1)

    def test_the_seller_is_told_of_each_picture(self, channel, unfetched):
        channel.languages = ["de"]
        channel.save()
        with time_machine.travel("2026-01-08T12:00:01Z"):
            assert fetch(channel).counts["given up"] == 2

        unfetched.refresh_from_db()
        assert unfetched.state == Offer.State.FAILED
        assert [error["code"] for error in unfetched.errors] == [overdue.NOT_FETCHED] * 2
        assert "„a.png“" in unfetched.errors[0]["message"]
        assert "404" in unfetched.errors[0]["long_message"]
        report = ListingReport.objects.get()
        assert (report.kind, len(report.content["errors"])) == ("failed", 2)
        assert set(Picture.objects.values_list("state", flat=True)) == {"failed"}

    def test_not_a_second_before(self, channel, unfetched):
        with time_machine.travel("2026-01-08T11:59:59Z", tick=False):
            fetch(channel, ignore_backoff=True)
        assert set(Picture.objects.values_list("state", flat=True)) == {"pending"}

    def test_what_is_listed_stays_listed_and_staff_read_of_it(self, channel, unfetched):
        Offer.objects.update(state="listed")
        with time_machine.travel("2026-01-08T12:00:01Z"):
            fetch(channel)
            (lost,) = finders.lost_pictures()
        assert not ListingReport.objects.exists()
        assert lost.text.startswith("2 pictures of")
        assert set(Offer.objects.values_list("state", flat=True)) == {"listed"}

    def test_staff_are_warned_a_day_before(self, channel, unfetched):
        assert list(finders.dying_pictures()) == []
        with time_machine.travel("2026-01-07T13:00:00Z"):
            (dying,) = finders.dying_pictures()
        assert dying.text.startswith("2 pictures of")
        assert "404" in dying.text

    def test_one_with_a_fresh_link_elsewhere_lives_on(self, channel, seller, unfetched, scx):
        happen(channel, listing(seller, 5, pictureList=[f"{scx.url}/a.png"]), 3600)
        with time_machine.travel("2026-01-08T12:30:00Z"):
            fetch(channel)
            assert dict(Picture.objects.values_list("offer__offer_id", "state")) == {
                1: "pending",
                2: "failed",
                5: "pending",
            }

    def test_a_failed_one_comes_back_with_the_next_event(self, channel, seller, unfetched, scx):
        with time_machine.travel("2026-01-08T12:00:01Z"):
            fetch(channel)
        scx.respond = lambda question: Reply(picture_of(question.path))
        with time_machine.travel("2026-01-09T12:00:00Z"):
            happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]), 8 * 24 * 3600, "Update")
            fetch(channel)
        row = offer(seller, 1)
        assert (row.state, row.errors) == ("pending", [])
        assert [picture.state for picture in row.pictures.all()] == ["fetched"]


class TestFiles:
    def test_what_no_offer_shows_any_more_goes_after_a_day(self, channel, seller, scx, tmp_path):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png", f"{scx.url}/b.png"]))
        fetch(channel)
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/b.png"]), 60, "Update")

        assert fetch(channel).counts["dropped"] == 0
        with time_machine.travel("2026-01-02T13:30:00Z"):
            assert fetch(channel).counts["dropped"] == 1
        assert [row.name for row in Picture.objects.all()] == ["b.png"]
        assert len(stored(tmp_path)) == 2

    def test_a_picture_is_shown_for_ever_and_to_whoever_knows_it(self, channel, seller, scx, client):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        fetch(channel)
        content = PictureFile.objects.get()
        path = content.url.removeprefix("https://portal.example")

        def answer(path, **headers):
            response = client.get(path, headers=headers)
            if response.streaming:
                b"".join(response.streaming_content)
            return response

        response = answer(path)
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert answer(path, **{"If-None-Match": response["ETag"]}).status_code == 304
        small = answer(content.thumbnail_path)
        assert (small["Content-Type"], small.status_code) == ("image/webp", 200)
        assert client.get(path.replace(".png", ".jpg")).status_code == 404
        assert client.get(f"/pictures/{'0' * 64}.png").status_code == 404

    def test_a_connector_gets_the_copy(self, channel, seller, scx, marketplace):
        channel.connector = "own"
        channel.save()
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png", f"{scx.url}/b.png"]))
        scx.respond = lambda question: Reply(status=404) if "b" in question.path else Reply(image(size=(70, 50)))
        fetch(channel)
        hand_over(channel, Run())
        data = marketplace.given[0]
        first, second = data.pictures
        assert (first.name, first.state, first.width, first.height) == ("a.png", "fetched", 70, 50)
        assert first.url == PictureFile.objects.get().url
        assert (second.name, second.state, second.url, second.width) == ("b.png", "pending", "", None)


class TestSizeRule:
    """A rule on the size of pictures, from the event to the marketplace."""

    @pytest.fixture
    def channel(self, db):
        made = ChannelFactory(languages=["en"], connector="own")
        ListingRuleFactory(channel=made, kind="picture_size", width=100, height=30)
        return made

    def test_a_listing_waits_until_its_pictures_were_tried(self, channel, seller, scx, marketplace):
        part = variation(2, pictureList=[f"{scx.url}/b.png"])
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"], variationList=[part]))
        happen(channel, listing(seller, 5))
        hand_over(channel, Run())
        assert list(marketplace.shelf) == [5]

        scx.respond = lambda question: Reply(image(size=(200, 50)))
        fetch(channel)
        hand_over(channel, Run())
        assert list(marketplace.shelf) == [5, 1]

    def test_one_that_could_not_be_had_holds_up_nothing(self, channel, seller, scx, marketplace):
        scx.respond = lambda question: Reply(status=404)
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        fetch(channel)
        hand_over(channel, Run())
        assert list(marketplace.shelf) == [1]

    def test_small_ones_fail_the_listing(self, channel, seller, scx, marketplace):
        happen(channel, listing(seller, 1, pictureList=[f"{scx.url}/a.png"]))
        fetch(channel)
        hand_over(channel, Run())
        assert (marketplace.shelf, offer(seller, 1).errors[0]["code"]) == ({}, "PICTURE_TOO_SMALL")


def test_pictures_of_an_older_process_are_fetched_as_well(channel, scx):
    row = OfferFactory(channel=channel)
    deadline = timezone.now() + timedelta(days=1)
    Picture.objects.create(offer=row, position=0, source=f"{scx.url}/a.png?x", deadline=deadline)
    fetch(channel)
    picture = Picture.objects.get()
    assert (picture.name, picture.state, picture.channel, picture.seller) == ("a.png", "fetched", channel, row.seller)


def test_a_picture_that_moves_up_is_there_at_once(channel, scx):
    seller = SellerFactory(channel=channel)
    first, second = scx.url + "/a.png", scx.url + "/b.png"
    happen(channel, listing(seller, 1, pictureList=[first, second]))
    fetch(channel)
    happen(channel, listing(seller, 1, pictureList=[second]), 1, "Update")

    picture = Picture.objects.get()
    assert (picture.position, picture.name, picture.state) == (0, "b.png", "fetched")
    assert len(asked(scx)) == 2


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://x/a/48dd.png?sig=1#top", "48dd.png"),
        ("https://x/sch%C3%B6n.jpg", "schön.jpg"),
        ("https://x/1", "1"),
    ],
)
def test_a_name_is_the_last_part_of_the_path(link, name):
    assert links.name_of(link) == name


@pytest.mark.parametrize("link", ["https://x/", "https://x", "https://x/%00", "https://x/%FF", "http://[", "x" * 999])
def test_without_one_the_link_itself_is_the_name(link):
    assert len(links.name_of(link)) == 64
    assert links.name_of(link) != links.name_of(link + "/2")


steps = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 9), st.lists(st.sampled_from("abcd"), max_size=3), st.booleans()),
    min_size=1,
    max_size=8,
)


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_in_whatever_order_events_come_the_newest_content_counts_and_is_fetched(steps, channel, seller):
    """Of (offer, second, pictures, whether the job runs before the next)."""
    Offer.objects.all().delete()
    PictureFile.objects.all().delete()
    newest: dict[int, tuple[int, int, list[str]]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "fetch", lambda link: _copy(links.name_of(link)))
        for number, (offer_id, second, names, runs) in enumerate(steps):
            pictures = [f"https://x/{name}?{number}" for name in dict.fromkeys(names)]
            event = happen(channel, listing(seller, offer_id, pictureList=pictures), second, "Update")
            version = (second, event.event_id, list(dict.fromkeys(names)))
            newest[offer_id] = max(newest.get(offer_id, version), version)
            if runs:
                job.fetch_due(channel, Run())
        job.fetch_due(channel, Run())
    shown = {
        offer_id: [picture.name for picture in offer(seller, offer_id).pictures.order_by("position")]
        for offer_id in newest
    }
    assert shown == {offer_id: names for offer_id, (_second, _event, names) in newest.items()}
    assert set(Picture.objects.values_list("state", flat=True)) <= {"fetched"}


def _copy(name: str):
    return copy(image(colour={"a": "red", "b": "blue", "c": "green", "d": "teal"}[name]))
