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
