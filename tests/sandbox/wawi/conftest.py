"""A browser without script, and the seller it acts for."""

import re

import pytest
import requests

from tests.sandbox.conftest import Scx


class Browser:
    """A browser without script: posts the forms of the page it is on."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"

    def get(self, path: str = "/", status: int = 200) -> str:
        answer = self.session.get(self.base_url + path, timeout=30)
        assert answer.status_code == status
        return answer.text

    def post(self, path: str, *, follow: bool = True, **fields) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get())
        assert token is not None
        data = {**fields, "csrfmiddlewaretoken": token[1]}
        return self.session.post(self.base_url + path, data=data, allow_redirects=follow, timeout=30)


@pytest.fixture
def browser(scx: Scx) -> Browser:
    return Browser(scx.base_url)


@pytest.fixture
def seller_page(scx, linked, browser) -> str:
    """The address of the merchant's seller S1 on the shop."""
    browser.post("/account", account="1001")
    address = re.search(r'href="(/sellers/\d+)"', browser.get())
    assert address is not None
    return address[1]


@pytest.fixture
def change(scx: Scx, browser: Browser):
    """Posts a change of the offer with this id, as the forms of the page do."""

    def post(offer_id: int, action: str, **fields) -> requests.Response:
        offers = scx.control("GET", "offers", params={"offerId": offer_id})["offers"]
        return browser.post(f"/offers/{offers[0]['id']}/change", action=action, **fields)

    return post


def skus(page: str) -> list[str]:
    """The SKUs of the listings that a page shows, in its order."""
    return re.findall(r"<p class=\"facts\">.*? · SKU ([^ <]+)", page)


def notices(page: str) -> list[str]:
    return re.findall(r'<p class="notice[^"]*">([^<]*)</p>', page)
