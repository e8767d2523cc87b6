import pytest


@pytest.mark.parametrize("body", [None, [], {}, {"advance": None}, {"advance": "soon"}, {"advance": 10**12}])
def test_the_clock_takes_seconds_only(scx, body):
    assert scx.control("POST", "clock", 400, json=body)["error"]
    assert scx.control("GET", "clock")["offset"] == 0


def test_a_refresh_token_has_one_merchant(scx):
    scx.control("POST", "accounts", 201, json={"refreshToken": "SELLER:mine"})
    refused = scx.control("POST", "accounts", 400, json={"refreshToken": "SELLER:mine"})
    assert refused["error"] == "Another channel or merchant has this refresh token."
    assert len(scx.control("GET", "accounts")["accounts"]) == 1


def test_after_the_highest_account_id_one_has_to_be_named(scx):
    scx.control("POST", "accounts", 201, json={"jtlAccountId": 2**31 - 1})
    refused = scx.control("POST", "accounts", 400, json={})
    assert refused["error"] == "The highest account id is in use; name one that is free."
    scx.control("POST", "accounts", 201, json={"jtlAccountId": 5})
