import gc

from listings.api import OfferViewSet
from listings.models import Offer
from tests.factories import ChannelFactory, OfferFactory


def walk(api, link, direction="next"):
    """The pages from a link on, until there is none."""
    while link:
        page = api.get(link).json()
        yield [row["code"] for row in page["results"]]
        link = page[direction]


def test_pages_lead_through_everything_once_and_back(api):
    codes = [channel.code for channel in ChannelFactory.create_batch(5)]

    first = api.get("channels/", limit=2).json()
    pages = [[row["code"] for row in first["results"]], *walk(api, first["next"])]
    assert pages == [codes[:2], codes[2:4], codes[4:]]
    assert first["previous"] is None
    assert first["next"].startswith("http://testserver/api/v1/channels/?")

    last = api.get(api.get(first["next"]).json()["next"]).json()
    assert last["next"] is None
    assert list(walk(api, last["previous"], "previous")) == [codes[2:4], codes[:2]]


def test_the_last_page_may_be_full(api):
    ChannelFactory.create_batch(2)

    page = api.get("channels/", limit=2).json()

    assert (len(page["results"]), page["next"]) == (2, None)


def test_an_empty_list_is_a_page(api):
    assert api.get("channels/").json() == {"results": [], "next": None, "previous": None}


def test_a_page_holds_100_unless_the_caller_says_otherwise(api):
    ChannelFactory.create_batch(101)

    assert len(api.get("channels/").json()["results"]) == 100
    assert len(api.get("channels/", limit=500).json()["results"]) == 101


def test_links_keep_the_other_parameters(api):
    channel = ChannelFactory()
    OfferFactory.create_batch(2, channel=channel)

    link = api.get("offers/", channel=channel.code, state="pending", limit=1).json()["next"]

    assert f"channel={channel.code}" in link
    assert "state=pending" in link
    assert "limit=1" in link


def test_a_row_that_comes_while_reading_is_neither_lost_nor_told_twice(api):
    codes = [channel.code for channel in ChannelFactory.create_batch(3)]
    first = api.get("channels/", limit=2).json()
    codes.append(ChannelFactory().code)

    told = [row["code"] for row in first["results"] + api.get(first["next"]).json()["results"]]

    assert told == codes


def test_nothing_of_a_page_of_megabytes_stays_in_memory_while_the_next_is_read(api):
    for _number in range(4):
        OfferFactory(description="€" * 1_100_000)
    url, in_memory = "offers/?limit=1", []
    gc.collect()
    before = sum(type(each) is Offer for each in gc.get_objects())
    gc.disable()
    try:
        while url:
            url = api.get(url).json()["next"]
            in_memory.append(sum(type(each) is Offer for each in gc.get_objects()) - before)
    finally:
        gc.enable()

    assert in_memory == [1, 1, 1, 1]


def test_a_page_holds_nothing_that_was_not_weighed(api, monkeypatch):
    OfferFactory(offer_id=1)
    weights = OfferViewSet.weights

    def weighed(view, offers, limit):
        found = weights(view, offers, limit)
        OfferFactory(offer_id=2)
        return found

    monkeypatch.setattr(OfferViewSet, "weights", weighed)

    page = api.get("offers/").json()

    assert [row["offer_id"] for row in page["results"]] == [1]


def test_rows_that_go_while_a_page_is_read_lead_nobody_back_to_the_start(api, monkeypatch):
    offers = [OfferFactory(offer_id=number) for number in (1, 2, 3)]
    weights = OfferViewSet.weights

    def weighed(view, rows, limit):
        found = weights(view, rows, limit)
        Offer.objects.filter(pk=offers[1].pk).delete()
        return found

    first = api.get("offers/", limit=1).json()
    monkeypatch.setattr(OfferViewSet, "weights", weighed)
    second = api.get(first["next"]).json()

    assert second["results"] == []
    assert [row["offer_id"] for row in api.get(second["next"]).json()["results"]] == [3]
