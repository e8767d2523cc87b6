from datetime import datetime

import pytest
import requests


def authenticate(base_url, **kwargs):
    return requests.post(f"{base_url}/v1/auth", timeout=60, **kwargs)


def code_of(answer):
    return answer.json()["errorList"][0]["code"]


def test_a_refresh_token_as_a_form_gives_an_access_token(base_url, shop):
    answer = authenticate(base_url, data={"refreshToken": shop.refresh_token})
    assert answer.status_code == 200
    assert answer.json()["expiresIn"] > 0
    assert datetime.fromisoformat(answer.json()["tokenExpireAt"]).tzinfo is not None


@pytest.mark.inferred("only guides send multipart, the reference a form")
def test_a_refresh_token_as_multipart_passes_too(base_url, merchant):
    form = {"refreshToken": (None, merchant.refresh_token)}
    assert authenticate(base_url, files=form).status_code == 200


@pytest.mark.inferred("guides print 3600 seconds and CHANNEL, other sources 360 and CHAN")
def test_an_access_token_lives_an_hour_and_names_its_scope(base_url, shop, merchant):
    answers = [authenticate(base_url, data={"refreshToken": each.refresh_token}).json() for each in (shop, merchant)]
    assert [(answer["scope"], answer["expiresIn"]) for answer in answers] == [("CHANNEL", 3600), ("SELLER", 3600)]


def test_an_unknown_refresh_token_is_ath100(base_url):
    answer = authenticate(base_url, data={"refreshToken": "CHANNEL:no"})
    assert (answer.status_code, code_of(answer)) == (400, "ATH100")


def test_no_refresh_token_is_val100(base_url):
    answer = authenticate(base_url)
    assert (answer.status_code, code_of(answer)) == (400, "VAL100")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Bearer \u00e4", "Basic YTpi"])
@pytest.mark.parametrize("path", ["/v1/channel", "/v1/seller"])
def test_a_bad_access_token_is_401(base_url, path, authorization):
    headers = {"Authorization": authorization.encode("latin-1")}
    assert requests.get(base_url + path, headers=headers, timeout=60).status_code == 401


@pytest.mark.inferred("the codes that begin with ATH are named for /v1/auth only")
def test_a_401_carries_an_ath_code(base_url):
    assert code_of(requests.get(f"{base_url}/v1/channel", timeout=60)) == "ATH000"


@pytest.mark.inferred("no source says how a token of the other API is refused")
def test_each_token_opens_its_own_api_only(shop, merchant):
    assert shop("GET", "/v1/seller").status_code == 401
    assert merchant("GET", "/v1/channel").status_code == 401


def test_an_access_token_ends_with_its_life(control, shop):
    control.advance(3599)
    assert shop("GET", "/v1/channel").status_code == 200
    control.advance(1)
    assert shop("GET", "/v1/channel").status_code == 401


def test_revoked_tokens_are_refused_and_the_refresh_token_lives_on(control, shop):
    control.control("POST", "channels/DEMOSHOP/revoke", 204, json={})
    assert shop("GET", "/v1/channel").status_code == 401
    assert control.channel()("GET", "/v1/channel").status_code == 200


def test_errors_are_german_unless_english_is_asked_for(base_url):
    def message(**headers):
        answer = requests.get(f"{base_url}/v1/channel", headers=headers, timeout=60)
        return answer.json()["errorList"][0]["message"]

    english = message(**{"Accept-Language": "en"})
    assert english.isascii()
    assert message() == message(**{"Accept-Language": "de"}) != english


def test_the_books_keep_no_token(control, shop):
    [book] = control.books(path="/v1/auth")
    assert book["request"] == "refreshToken=***"
    assert book["answer"]["authToken"] == "***"
    assert book["channel"] == "DEMOSHOP"
