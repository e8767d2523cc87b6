import json
import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.utils import translation


@pytest.fixture(scope="module")
def schema():
    return json.loads(Client().get("/api/schema/?format=json").content)


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_schema_is_public_and_the_same_as_yaml_and_json(client, schema):
    answer = client.get("/api/schema/")

    assert answer["Content-Type"] == "application/vnd.oai.openapi"
    assert yaml.safe_load(answer.content) == schema


def test_the_schema_is_english_whoever_asks_first(client, schema):
    with translation.override("de"):
        answer = client.get("/api/schema/?format=json", headers={"Accept-Language": "de"})

    assert json.loads(answer.content) == schema


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_needs_a_key_and_documents_its_problems(schema):
    for name, operation in operations(schema):
        assert operation["security"] == [{"key": []}], name
        assert {"400", "401", "429"} <= set(operation["responses"]), name
        assert not any(status.startswith("5") for status in operation["responses"]), name


def test_every_parameter_and_field_an_offer_filter_takes_is_described(schema):
    parameters = {parameter["name"] for parameter in schema["paths"]["/api/v1/offers/"]["get"]["parameters"]}

    assert parameters == {"channel", "seller", "state", "sku", "updated_after", "limit", "cursor"}


def header_names(answer):
    return set(answer.get("headers", {}))


RATE = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


def test_every_answer_to_a_key_is_described_with_what_is_left_to_it(schema):
    for name, operation in operations(schema):
        for status, answer in operation["responses"].items():
            assert header_names(answer) >= RATE if status != "401" else not header_names(answer), (name, status)
        assert "Retry-After" in header_names(operation["responses"]["429"]), name
    described = schema["components"]["headers"]
    assert set(described) == {*RATE, "Retry-After", "Idempotency-Replayed"}
    assert all(header["description"] and header["schema"] for header in described.values())


def test_every_write_takes_an_idempotency_key_and_says_what_it_may_lead_to(schema):
    for name, operation in operations(schema):
        takes = "Idempotency-Key" in {parameter["name"] for parameter in operation.get("parameters", ())}
        statuses = operation["responses"]
        assert takes == (not name.startswith("get")), name
        if takes:
            assert {"409", "422"} <= set(statuses), name
            assert "still at work" in statuses["409"]["description"], name
            assert "Retry-After" in header_names(statuses["409"]), name
            replayed = {status for status, answer in statuses.items() if "Idempotency-Replayed" in header_names(answer)}
            assert replayed == set(statuses) - {"401", "403", "413", "422", "429"}, name


def test_names_in_the_schema_are_chosen_not_numbered(schema):
    assert not [name for name in schema["components"]["schemas"] if re.search(r"\d|[A-Z][a-z0-9]{2}Enum$", name)]


def test_the_docs_page_loads_nothing_from_outside(client):
    answer = client.get("/api/docs/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "://" not in page
    assert "<style" not in page
    assert "style=" not in page
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(source.startswith(("/static/", "/api/docs/")) for source in sources)
    assert "unsafe" not in answer["Content-Security-Policy"]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()
