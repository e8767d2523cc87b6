import pytest
import requests


def test_a_refresh_token_as_a_form_gives_an_access_token_for_an_hour(scx, shop):
    answer = requests.post(f"{scx.base_url}/v1/auth", data={"refreshToken": shop.refresh_token}, timeout=30)
    assert answer.status_code == 200
    assert answer.json()["scope"] == "CHANNEL"
    assert answer.json()["expiresIn"] == 3600
    assert answer.json()["tokenExpireAt"].endswith("+00:00")


def test_a_refresh_token_as_multipart_passes_too(scx, merchant):
    form = {"refreshToken": (None, merchant.refresh_token)}
    answer = requests.post(f"{scx.base_url}/v1/auth", files=form, timeout=30)
    assert (answer.status_code, answer.json()["scope"]) == (200, "SELLER")


def test_an_unknown_refresh_token_is_ath100(scx):
    answer = requests.post(f"{scx.base_url}/v1/auth", data={"refreshToken": "CHANNEL:no"}, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["errorList"][0]["code"] == "ATH100"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Bearer \u00e4", "Basic YTpi"])
def test_a_bad_access_token_is_401(scx, shop, authorization):
    headers = {"Authorization": authorization.encode("latin-1")}
    answer = requests.get(f"{scx.base_url}/v1/channel", headers=headers, timeout=30)
    assert answer.status_code == 401
    assert answer.json()["errorList"][0]["code"] == "ATH000"


def test_each_token_opens_its_own_api_only(shop, merchant):
    assert shop("GET", "/v1/seller").status_code == 401
    assert merchant("GET", "/v1/channel").status_code == 401


def test_an_access_token_ends_with_its_life(scx, shop):
    scx.advance(3601)
    assert shop("GET", "/v1/channel").status_code == 401


def test_revoked_tokens_are_refused_and_the_refresh_token_lives_on(scx, shop):
    scx.control("POST", "channels/DEMOSHOP/revoke", 204, json={})
    assert shop("GET", "/v1/channel").status_code == 401
    assert scx.channel()("GET", "/v1/channel").status_code == 200


def test_errors_are_german_unless_english_is_asked_for(scx, shop):
    german = requests.get(f"{scx.base_url}/v1/channel", timeout=30).json()["errorList"][0]["message"]
    assert german == "Das Zugriffstoken fehlt, ist abgelaufen oder gilt nicht für diese API."
    headers = {"Accept-Language": "en"}
    english = requests.get(f"{scx.base_url}/v1/channel", headers=headers, timeout=30).json()["errorList"][0]["message"]
    assert english == "The access token is missing, has expired or does not open this API."


def test_the_books_keep_no_token(scx, shop):
    [book] = scx.books(path="/v1/auth")
    assert book["request"] == "refreshToken=***"
    assert book["answer"]["authToken"] == "***"
    assert book["channel"] == "DEMOSHOP"
