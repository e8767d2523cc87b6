"""How a merchant's client comes by its tokens: an onboarding pin, and a refresh token it asks for itself."""

import pytest
import requests

PIN = "/v1/auth/create/seller-token"


def swap(scx, refresh_token):
    return requests.post(f"{scx.base_url}/v1/auth", data={"refreshToken": refresh_token}, timeout=30)


def post(scx, path, token=None, **kwargs):
    headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return requests.post(scx.base_url + path, headers=headers, timeout=30, **kwargs)


def make_pin(scx, account: int = 1001) -> str:
    return scx.control("POST", f"accounts/{account}/pin", 201, json={})["pin"]


def test_a_pin_gives_an_access_token_that_logs_in(scx, merchant):
    answer = post(scx, PIN, params={"pin": make_pin(scx)}).json()
    assert answer["scope"] == "SELLER"
    refresh_token = post(scx, "/v1/seller/login", answer["authToken"]).json()["refreshToken"]
    assert refresh_token.startswith("SELLER:")
    assert swap(scx, refresh_token).json()["scope"] == "SELLER"


def test_a_pin_is_good_once_and_for_a_while(scx, merchant):
    pin = make_pin(scx)
    late = make_pin(scx)
    assert post(scx, PIN, params={"pin": pin}).status_code == 200
    scx.advance(901)
    for each in (pin, late, "000"):
        answer = post(scx, PIN, params={"pin": each})
        assert answer.status_code == 404
        assert [error["code"] for error in answer.json()["errorList"]] == ["ATH101"]


def test_a_pin_has_to_be_sent(scx):
    answer = post(scx, PIN)
    assert (answer.status_code, answer.json()["errorList"][0]["message"]) == (400, "pin: is required")


def test_pins_are_made_for_merchants_there_are(scx):
    assert "1009" in scx.control("POST", "accounts/1009/pin", 400, json={})["error"]


@pytest.mark.parametrize("replaces", [False, True])
def test_login_keeps_or_replaces_the_older_refresh_tokens(scx, merchant, replaces):
    second = merchant("POST", "/v1/seller/login", 200)["refreshToken"]
    scx.settings(loginReplacesToken=replaces)
    third = merchant("POST", "/v1/seller/login", 200)["refreshToken"]
    old, young = (400, 200) if replaces else (200, 200)
    assert [swap(scx, token).status_code for token in (merchant.refresh_token, second, third)] == [old, old, young]
    assert merchant("GET", "/v1/seller").status_code == (401 if replaces else 200)


def test_login_is_for_merchants(scx, shop):
    assert shop("POST", "/v1/seller/login").status_code == 401


def test_the_books_keep_neither_pin_nor_token(scx, merchant):
    pin = make_pin(scx)
    token = post(scx, PIN, params={"pin": pin}).json()["authToken"]
    fresh = post(scx, "/v1/seller/login", token).json()["refreshToken"]
    kept = str(scx.books())
    assert pin not in kept
    assert token not in kept
    assert fresh not in kept
