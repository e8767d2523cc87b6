"""A merchant's browser on the hosted pages of a real web server: keeps its cookies, sends the form it was shown."""

import re
from typing import Any

import requests


class MerchantBrowser:
    def __init__(self, sign_up_url: str) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept-Language"] = "en"
        self.page = self.session.get(sign_up_url, timeout=60)

    def look_again(self) -> requests.Response:
        """Reload the page."""
        self.page = self.session.get(self.page.url, timeout=60)
        return self.page

    def send(self, **answers: Any) -> requests.Response:
        """Send the form of the page; a ConnectionError when the web server dies over it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page.text)
        assert token, self.page.text
        data = {"csrfmiddlewaretoken": token[1], **answers}
        self.page = self.session.post(self.page.url, data=data, timeout=60)
        return self.page

    @property
    def title(self) -> str:
        heading = re.search(r"<h1>(.*?)</h1>", self.page.text, re.DOTALL)
        return heading[1].strip() if heading else self.page.text[:200]
