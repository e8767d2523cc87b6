"""A browser's part of the demo: opens a page, fills in its form as it stands, and sends it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from platforms.demo.http import Party
from platforms.demo.problems import DemoError


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    values: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {name for name, _value in self.values}


class _Forms(HTMLParser):
    """Every form of a page with what a browser would send if nobody touched it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = True
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag == "input" and self.is_inside and values.get("name"):
            kind = values.get("type", "text")
            if kind not in {"submit", "button"} and (kind not in {"checkbox", "radio"} or "checked" in values):
                self.forms[-1].values.append((values["name"], values.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


def form_with(page: requests.Response, *names: str) -> Form:
    """The form on the page that has all the fields."""
    form = _find(page, names)
    if form is None:
        raise DemoError(f"{page.url.split('?')[0]} (status {page.status_code}) has no form with {', '.join(names)}.")
    return form


def has_form(page: requests.Response, *names: str) -> bool:
    return _find(page, names) is not None


def _find(page: requests.Response, names: tuple[str, ...]) -> Form | None:
    parser = _Forms()
    parser.feed(page.text)
    return next((form for form in parser.forms if form.names.issuperset(names)), None)


def send(browser: Party, page: requests.Response, form: Form, **filled_in: str) -> requests.Response:
    """Send the form with the fields filled in; follows where the answer leads."""
    values = [(name, filled_in.get(name, value)) for name, value in form.values]
    # As browsers do; Django's CSRF check asks for it.
    headers = {"Referer": page.url, "Origin": browser.base_url}
    address = urljoin(page.url, form.action)
    return browser.request(form.method.upper(), address, data=values, headers=headers)
