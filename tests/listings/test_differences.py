"""The difference between any two revisions, as people read it."""

import pytest
from django.test import Client
from django.urls import reverse

from listings import differences, revisions
from tests.admin.rows import staff_of, user
from tests.factories import ChannelFactory, SellerFactory
from tests.listings.build import happen, listing, offer, price_list, variation

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return SellerFactory(channel=ChannelFactory())


def parts(seller, old=1, new=2):
    told = revisions.of(offer(seller, 1), [old, new])
    return differences.between(1, told[old], told[new])


def texts(pieces, kind):
    return [piece.text for piece in pieces if piece.kind == kind]


def test_a_text_is_compared_word_by_word(seller):
    happen(seller.channel, listing(seller, 1, title="A red shoe of leather"))
    happen(seller.channel, listing(seller, 1, title="A blue shoe of leather"), 1, "Update")

    (part,) = parts(seller)
    (title,) = part.differences

    assert (part.is_variation, title.label) == (False, "title")
    assert (texts(title.old, "gone"), texts(title.new, "added")) == (["red"], ["blue"])
    assert "".join(piece.text for piece in title.old) == "A red shoe of leather"


def test_prices_pictures_and_attributes_are_lines(seller):
    first = {
        "pictureList": ["https://x/a.jpg?s=1", "https://x/b.jpg"],
        "channelAttributeList": [{"attributeId": "colour", "value": "red", "group": "1"}],
    }
    second = {"pictureList": ["https://x/a.jpg?s=2"], "priceList": price_list("12.50")}
    happen(seller.channel, listing(seller, 1, **first))
    happen(seller.channel, listing(seller, 1, **second), 1, "Update")

    (part,) = parts(seller)
    found = {difference.label: difference for difference in part.differences}

    assert set(found) == {"prices", "pictures", "attributes"}
    assert "".join(piece.text for piece in found["pictures"].new) == "a.jpg"
    assert "".join(piece.text for piece in found["prices"].new) == "B2C from 1: 12.5 EUR"
    assert "".join(piece.text for piece in found["attributes"].old) == "colour (1): red"
    assert found["attributes"].new == ()


def test_variations_that_came_went_and_changed_are_told_by_themselves(seller):
    happen(seller.channel, listing(seller, 1, variationList=[variation(2), variation(3), variation(5)]))
    changed = variation(3, priceList=price_list("6.00"))
    happen(seller.channel, listing(seller, 1, variationList=[changed, variation(4), variation(5)]), 1, "Update")

    told = {part.offer_id: part.kind for part in parts(seller)}

    assert told == {2: "gone", 3: "same", 4: "added"}


def test_any_two_can_be_compared_and_the_same_one_with_itself(seller):
    for number, title in enumerate(["A", "B", "A"]):
        happen(seller.channel, listing(seller, 1, title=title), number, "Update")

    assert parts(seller, 1, 3) == []
    assert parts(seller, 2, 2) == []
    assert len(parts(seller, 2, 3)) == 1


def test_a_word_of_a_megabyte_is_told_as_the_word(seller):
    long = "".join(f"<li>Word {number} of a long text</li>" for number in range(20_000))
    happen(seller.channel, listing(seller, 1, description=long))
    happen(seller.channel, listing(seller, 1, description=long.replace("Word 5 ", "Word five ")), 1, "Update")

    (part,) = parts(seller)
    (description,) = part.differences

    assert (texts(description.old, "gone"), texts(description.new, "added")) == (["5"], ["five"])
    assert "".join(piece.text for piece in description.old) == long


@pytest.mark.parametrize(("number", "gone"), [(1_500, 2), (20_000, 1)])
def test_changes_far_apart_in_a_long_text_are_told_by_tags_or_as_one(seller, number, gone):
    long = "".join(f"<li>Word {n} of a long text</li>" for n in range(number))
    changed = long.replace("Word 0 ", "Word zero ").replace(f"Word {number - 1} ", "Word last ")
    happen(seller.channel, listing(seller, 1, description=long))
    happen(seller.channel, listing(seller, 1, description=changed), 1, "Update")

    (part,) = parts(seller)
    (description,) = part.differences

    assert len(texts(description.old, "gone")) == gone
    assert "".join(piece.text for piece in description.old) == long
    assert "".join(piece.text for piece in description.new) == changed


class TestPage:
    @pytest.fixture
    def changed(self, seller):
        happen(seller.channel, listing(seller, 1, title="<b>A red shoe</b>"))
        happen(seller.channel, listing(seller, 1, title="<b>A blue shoe</b>"), 1, "Update")
        return offer(seller, 1)

    def page(self, by, row, **query):
        client = Client()
        client.force_login(by)
        return client.get(reverse("admin:listings_offer_differences", args=[row.pk]), query)

    def test_the_offers_page_leads_to_it(self, changed):
        client = Client()
        client.force_login(user(is_staff=True, is_superuser=True))
        page = client.get(reverse("admin:listings_offer_change", args=[changed.pk]))

        assert reverse("admin:listings_offer_differences", args=[changed.pk]) in page.text

    def test_it_compares_the_last_two_unless_others_are_chosen(self, changed):
        by = user(is_staff=True, is_superuser=True)

        page = self.page(by, changed)
        assert "A <del>red</del> shoe" in page.text
        assert "A <ins>blue</ins> shoe" in page.text
        assert "&lt;b&gt;" in page.text
        page = self.page(by, changed, **{"from": "2", "to": "1"})
        assert "A <ins>red</ins> shoe" in page.text
        assert self.page(by, changed, **{"from": "x", "to": "99"}).status_code == 200

    def test_a_listing_that_never_changed_has_nothing_to_compare(self, seller):
        happen(seller.channel, listing(seller, 1))

        page = self.page(user(is_staff=True, is_superuser=True), offer(seller, 1))

        assert "the same in everything" in page.text

    def test_staff_see_it_of_their_channels_alone(self, changed):
        assert self.page(staff_of(changed.channel), changed).status_code == 200
        assert self.page(staff_of(ChannelFactory()), changed).status_code == 404
        assert self.page(user(is_staff=True), changed).status_code == 403
