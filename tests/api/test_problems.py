import logging

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.conftest import fields
from tests.factories import ChannelFactory


@pytest.fixture
def quiet(settings):
    """A client that shows the answer to an error instead of raising it."""
    return Client(raise_request_exception=False)


def test_a_problem_has_all_its_members(api):
    answer = api.get("offers/1/")

    problem = answer.json()
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "reference"}
    assert (problem["type"], problem["status"], problem["code"], problem["errors"]) == (
        "about:blank",
        404,
        "not_found",
        [],
    )
    assert problem["reference"] == answer["X-Request-Id"]


def test_the_reference_is_the_id_the_caller_gave(api):
    answer = api.call("get", "offers/1/", headers={"X-Request-Id": "my-own-reference"})

    assert answer.json()["reference"] == "my-own-reference"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/channels", "/api/v2/channels/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_an_unknown_address_is_a_problem_without_a_key(client, path, method):
    answer = getattr(client, method)(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_address"


def test_a_method_that_is_not_there_is_405(api):
    answer = api.delete("events/")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_options_tell_the_methods(api):
    assert api.call("options", "events/").json()["methods"] == ["GET", "HEAD", "OPTIONS"]


def test_head_answers_without_a_body(api):
    answer = api.call("head", "channels/")

    assert (answer.status_code, answer.content) == (200, b"")


def test_another_media_type_is_415(api):
    answer = api.call("post", "accounts/", data=b"login=x", content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_413(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20

    answer = api.post("accounts/", {"login": "x" * 30})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_answer_is_json_whatever_the_caller_accepts(api):
    answer = api.call("get", "channels/", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_unknown_and_repeated_parameters_are_named_together(api):
    answer = api.call("get", "offers/?stat=listed&sku=a&sku=b&format=api")

    assert answer.status_code == 400
    assert fields(answer) == {"stat": "unknown", "sku": "repeated", "format": "unknown"}


def test_a_resource_without_parameters_refuses_any(api):
    channel = ChannelFactory()

    assert fields(api.get(f"channels/{channel.code}/", limit=1)) == {"limit": "unknown"}
    assert fields(api.call("post", f"channels/{channel.code}/sync/?now=1", {})) == {"now": "unknown"}


def test_texts_follow_accept_language(api):
    answer = api.call("post", "accounts/", {}, headers={"Accept-Language": "de"})

    assert answer["Content-Language"] == "de"
    assert {error["message"] for error in answer.json()["errors"]} == {"Dieses Feld ist zwingend erforderlich."}


def test_an_unforeseen_error_is_a_problem_without_its_text(quiet, caller, monkeypatch, caplog):
    monkeypatch.setattr("platforms.api.ChannelViewSet.get_queryset", lambda view: 1 / 0)
    quiet.defaults.update(caller().client.defaults)

    with caplog.at_level(logging.CRITICAL, logger="django.request"):
        answer = quiet.get("/api/v1/channels/")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "server_error"
    assert "division" not in answer.content.decode()


def test_elsewhere_the_pages_of_django_stay(quiet):
    assert quiet.get("/", headers={"Host": "evil.example"})["Content-Type"].startswith("text/html")


def test_a_bad_host_below_api_is_a_problem(quiet):
    answer = quiet.get("/api/v1/channels/", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def away(*args):
    raise OperationalError("could not connect to server: 10.0.0.1 with a password")


@pytest.mark.django_db
def test_without_a_database_the_answer_is_503_and_says_when_to_come_again(api):
    with connection.execute_wrapper(away):
        api.client.raise_request_exception = False
        answer = api.get("offers/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["code"] == "unavailable"
    assert "10.0.0.1" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-up/SHOP/?session=one", "/admin/login/"])
def test_without_a_database_a_page_says_so_in_words(quiet, path):
    with connection.execute_wrapper(away):
        answer = quiet.post(path, {"username": "a", "password": "b"}, headers={"accept-language": "en"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Not available at the moment" in answer.content.decode()
    assert "10.0.0.1" not in answer.content.decode()
