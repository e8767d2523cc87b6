"""No token and no pin can be read in the books, also when a request is slightly off."""

import json

import pytest
import requests

TOKEN = "SELLER:Geheim-4711=="
PIN = "98765432"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TO_AUTH = [
    ("", FORM, "a=1&refresh%54oken={}"),
    ("", FORM, "refreshtoken={}"),
    ("", FORM, "{}"),
    ("", FORM, "{}=refreshToken"),
    ("", FORM, "refreshToken={0}&token={0}"),
    ("", FORM, '{{"refreshToken": "{}"}}'),
    ("", "text/plain", "{}"),
    ("", "text/plain", "refreshToken: {}"),
    ("", JSON, '{{"refreshToken": ["{}"]}}'),
    ("", JSON, '{{"{}": "refreshToken"}}'),
    ("", JSON, '"{}"'),
    ("", "application/octet-stream", "{}"),
    ("?refreshToken={}", FORM, ""),
    ("?refresh_tokn={}", FORM, ""),
    ("?{}", FORM, ""),
    ("/{}", FORM, ""),
    ("//{}", FORM, ""),
    ("/create/seller-token/{}", FORM, ""),
]
PINS = [
    ("PATCH", "/v1/channel?mfaPin={}", None),
    ("PATCH", "/v1/channel?MFA%50in={}", None),
    ("POST", "/v1/auth/create/seller-token?pin={}", None),
    ("POST", "/v1/auth/create/seller-token?Pin={}", None),
    ("POST", "/v1/auth/create/seller-token?code={}", None),
    ("PATCH", "/v1/channel", '{{"mfaPin": ["{}"]}}'),
    ("PATCH", "/v1/channel", '{{"mfaPin": {{"a": [{{"b]": "{}"}}]}}}}'),
    ("PATCH", "/v1/channel", '{{"pin": "{}"}}'),
    ("PATCH", "/v1/channel", '{{"mfa\\u0050in": {}}}'),
    ("PATCH", "/v1/channel", '{{"data": "{{\\"mfaPin\\":\\"{}\\"}}"}}'),
    ("PATCH", "/v1/channel", "mfaPin={}"),
    ("PATCH", "/v1/channel", "mfaPin: {}"),
    ("PATCH", "/v1/channel", "data=%7B%22mfaPin%22%3A{}%7D"),
]
ACCESS = [
    ("?access_token={}", None),
    ("?authToken={}", None),
    ("?auth%54oken={}", None),
    ("", '{{"Authorization": "Bearer {}"}}'),
    ("", '{{"headers": {{"authorization": ["Bearer {}"]}}}}'),
]


@pytest.mark.parametrize(("suffix", "content_type", "body"), TO_AUTH)
def test_a_refresh_token_is_not_readable(scx, suffix, content_type, body):
    scx.merchant(refreshToken=TOKEN)
    url = f"{scx.base_url}/v1/auth{suffix.format(TOKEN)}"
    requests.post(url, data=body.format(TOKEN), headers={"Content-Type": content_type}, timeout=30)
    assert "Geheim" not in _told(scx)


def test_the_names_of_what_was_sent_for_a_token_stay_readable(scx):
    requests.post(f"{scx.base_url}/v1/auth", data="grant_type=x&refresh%54oken=y", headers=_of(FORM), timeout=30)
    requests.post(f"{scx.base_url}/v1/auth", json={"refreshToken": "y", "scope": 1}, timeout=30)
    form, as_json = [book["request"] for book in scx.books(path="/v1/auth")]
    assert form == "grant_type=***&refreshToken=***"
    assert as_json == {"refreshToken": "***", "scope": "***"}


@pytest.mark.parametrize(("method", "path", "body"), PINS)
def test_a_pin_is_not_readable(scx, shop, method, path, body):
    shop(method, path.format(PIN), data=body and body.format(PIN), headers=_of(JSON))
    assert PIN not in _told(scx)


def test_a_pin_in_another_encoding_is_not_readable(scx, shop):
    shop("PATCH", "/v1/channel", data=json.dumps({"mfaPin": PIN}).encode("utf-16"), headers=_of(JSON))
    (book,) = scx.books(path="/v1/channel")
    assert book["request"] == {"mfaPin": "***"}


@pytest.mark.parametrize(("suffix", "body"), ACCESS)
def test_an_access_token_is_not_readable(scx, shop, suffix, body):
    shop("PATCH", f"/v1/channel{suffix.format('eyJhbGc')}", data=body and body.format("eyJhbGc"), headers=_of(JSON))
    assert "eyJ" not in _told(scx)


def test_what_only_sounds_like_a_secret_stays_readable(scx, shop):
    body = {"shipping": "DHL", "title": "Pinsel, Token 1: fein", "pins": 3, "tokenExpireAt": "soon"}
    shop("PATCH", "/v1/channel?SHIPPING=a%20b&spinning=1", json=body)
    (book,) = scx.books(path="/v1/channel")
    assert book["request"] == body
    assert book["query"] == "SHIPPING=a%20b&spinning=1"


def _of(content_type):
    return {"Content-Type": content_type}


def _told(scx):
    books = scx.books()
    assert books
    return json.dumps(books)


@pytest.mark.parametrize(
    ("boundary", "head"),
    [
        ("", ""),
        ("; boundary=b", ""),
        ("; boundary=", ""),
        ("; boundary=ü", ""),
        ("; boundary=" + "b" * 300, ""),
        ("; boundary=b", "Content-Transfer-Encoding: base64\r\n"),
    ],
)
def test_a_multipart_form_that_cannot_be_read_is_in_the_books(scx, boundary, head):
    body = f'--b\r\nContent-Disposition: form-data; name="refreshToken"\r\n{head}\r\nGeheim\r\n--b--\r\n'
    headers = _of(f"multipart/form-data{boundary}".encode("latin-1"))
    answer = requests.post(f"{scx.base_url}/v1/auth", data=body, headers=headers, timeout=30)
    assert answer.status_code == 400
    assert [(book["status"], book["request"]) for book in scx.books()] == [(400, "(multipart form)")]
