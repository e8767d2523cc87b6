"""What the control API refuses it says in plain English, whatever language is asked for."""

import pytest
import requests

GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize("language", ["de", "en", "fr", None])
def test_an_unknown_route_is_refused_in_english(scx, language):
    headers = {"Accept-Language": language} if language else {}
    answer = requests.get(f"{scx.base_url}/control/nothing", headers=headers, timeout=30)
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is no such route."}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("books?limit=x", "limit is a whole number, at least 0."),
        ("books?limit=-1", "limit is a whole number, at least 0."),
        ("books?limit=1.5", "limit is a whole number, at least 0."),
        ("mails?since=x", "since is a whole number, at least 0."),
        ("events?since=99999999999999999999", "since is a whole number, at least 0."),
        ("books?status=abc", "status is a number, or a hundred such as 4xx."),
        ("books?account=abc", "account is a jtlAccountId."),
        ("reports?offerId=abc", "offerId is a whole number."),
        ("offers?offerId=abc", "offerId is a whole number."),
        ("offers?offerId=99999999999999999999", "offerId is a whole number."),
        ("events?state=odd", "state is one of waiting, delivered, acknowledged, dead."),
    ],
)
def test_a_query_that_does_not_fit_is_refused_in_words(scx, query, words):
    answer = requests.get(f"{scx.base_url}/control/{query}", headers=GERMAN, timeout=30)
    assert answer.status_code == 400
    assert answer.json() == {"error": words}


@pytest.mark.parametrize("method", ["revoke", "pin"])
def test_an_account_number_beyond_all_is_refused_in_words(scx, method):
    answer = requests.post(f"{scx.base_url}/control/accounts/99999999999999999999/{method}", headers=GERMAN, timeout=30)
    assert answer.status_code == 400
    assert answer.json() == {"error": "There is no account 99999999999999999999."}
