import hashlib
import re

import pytest
import requests


@pytest.fixture
def catalogue(linked, browser, seller_page) -> dict[str, dict]:
    """The event of each article of the catalogue, by the stem of its SKU."""
    articles = re.findall(r'name="articles" value="(\w+)"', browser.get(seller_page))
    browser.post(f"{seller_page}/offers", articles=articles, channels=["DEMOSHOP"])
    offers = [event["event"] for event in linked.events()]
    assert len(offers) == len(articles)
    return {offer["sku"].split("-")[0]: offer for offer in offers}


def test_the_article_at_the_limits_is_as_wide_as_scx_allows(catalogue):
    widest = catalogue["GRENZE"]
    texts = [len(widest[name]) for name in ("title", "subTitle", "description")]
    assert texts == [512, 1024, 50_000]
    assert len(widest["channelAttributeList"]) == 250
    assert len({picture.partition("?")[0] for picture in widest["pictureList"]}) == 50


def test_there_are_articles_without_picture_gtin_and_text_and_with_variations(catalogue):
    assert catalogue["KANNE"]["pictureList"] == []
    assert "gtin" not in catalogue["LEUCHTE"]
    assert "description" not in catalogue["PFLANZE"]
    assert catalogue["BUCH"]["isbn"] == "978-3-16-148410-0"
    two_dimensions = [
        [each["value"] for each in variation["variationDimensionList"]]
        for variation in catalogue["SOCKE"]["variationList"]
    ]
    assert two_dimensions == [[c, s] for c in ("Blau", "Grün", "Weinrot") for s in ("36–40", "41–45")]


def test_every_gtin_has_its_check_digit(catalogue):
    gtins = [offer["gtin"] for offer in catalogue.values() if "gtin" in offer]
    assert len(gtins) == len(catalogue) - 1
    for gtin in gtins:
        weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin))
        assert (len(gtin), weighted % 10) == (13, 0)


def test_equal_names_are_equal_pictures_and_each_article_has_its_own(catalogue):
    contents = {}
    for offer in catalogue.values():
        for link in offer["pictureList"]:
            name = link.partition("?")[0].rpartition("/")[2]
            picture = requests.get(link, timeout=30).content
            assert contents.setdefault(name, picture) == picture
            assert name == hashlib.sha256(picture).hexdigest()[:40] + ".png"
    assert len(set(contents.values())) == len(contents) >= 50
    mains = [offer["mainPicture"].partition("?")[0] for stem, offer in catalogue.items() if stem != "GRENZE"]
    assert len({main for main in mains if main}) == len(mains) - 1


def test_the_page_shows_small_pictures_by_links_that_end(scx, browser, seller_page):
    thumbnails = re.findall(r'<img class="thumbnail" src="([^"]+)"', browser.get(seller_page))
    assert len(thumbnails) == 10
    link = scx.base_url + thumbnails[0].replace("&amp;", "&")
    assert requests.get(link, timeout=30).headers["Content-Type"] == "image/png"
    scx.advance(7 * 24 * 3600 + 1)
    assert requests.get(link, timeout=30).status_code == 403
