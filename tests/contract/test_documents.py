"""The OpenAPI documents say all that the embedded SCX serves, and no more."""

import re

import pytest
import requests
import yaml

from tests.contract import described

SERVED = {"scx": ("/v1/", "/v2/"), "control": ("/control/",)}
METHODS = {"get", "post", "put", "patch", "delete"}
CAPTURED = re.compile(r"[<{](?:\w+:)?\w+[>}]")
ROUTE = re.compile(r'path\("([^"]+)"')


def documented(name):
    return {
        (method.upper(), CAPTURED.sub("*", path))
        for path, operations in described.document(name).raw_schema["paths"].items()
        for method in operations.keys() & METHODS
    }


def served(name):
    """The routes of the emulator's URLconf, which only its own process can import."""
    written = (described.FOLDER.parent / "urls.py").read_text()
    routes = {"/" + CAPTURED.sub("*", route) for route in ROUTE.findall(written)}
    return {route for route in routes if route.startswith(SERVED[name])}


@pytest.mark.parametrize("name", SERVED)
def test_every_route_is_documented_and_every_documented_route_is_served(name):
    assert {path for _method, path in documented(name)} == served(name)


@pytest.mark.parametrize("name", SERVED)
def test_every_method_is_documented_and_every_documented_method_is_known(control, shop, merchant, name):
    def known(method, route):
        party = merchant if "/seller" in route and not route.startswith("/v1/channel") else shop
        path = control.base_url + route.replace("*", "1")
        answer = requests.request(method, path, headers=dict(party.session.headers), data=b"no", timeout=60)
        return answer.status_code != 405

    pairs = {(method.upper(), route) for method in METHODS for route in served(name)}
    # A reset would end the tokens that the other calls need.
    harmless = {pair for pair in pairs if pair[1] != "/control/reset"}
    assert {pair for pair in harmless if known(*pair)} == documented(name) & harmless


@pytest.mark.parametrize(("name", "path"), [("scx", "/openapi.yaml"), ("control", "/control/openapi.yaml")])
def test_the_documents_are_served(control, name, path):
    answer = requests.get(control.base_url + path, timeout=60)
    assert answer.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(answer.text)["paths"] == described.document(name).raw_schema["paths"]


def test_the_operations_of_other_statuses_are_named_as_in_the_document(control):
    refused = control.control("POST", "settings", 400, json={"successStatuses": {"none": 200}})["error"]
    named = set(refused.rpartition("it has ")[2].rstrip(".").split(", "))
    assert named
    assert named <= {operation.ok().label for operation in described.document("scx").get_all_operations()}


def test_every_setting_is_documented(control):
    documented_settings = described.document("control").raw_schema["components"]["schemas"]["Settings"]["properties"]
    assert set(control.control("GET", "settings")) == set(documented_settings)


def test_what_an_answer_has_beyond_its_document_is_found(control, shop):
    answer = shop("GET", "/v1/channel")
    assert described.differences(answer) == ""
    answer._content = answer.content.replace(b'"isActive": true', b'"isActive": "yes", "more": 1')
    assert "more" in described.differences(answer)
    del answer.raw.headers["X-RateLimit-Limit"]
    assert "X-RateLimit-Limit" in described.differences(answer)
    answer.status_code = 299
    assert "299" in described.differences(answer)


@pytest.mark.parametrize("what", ["Settings", "FaultKind"])
def test_the_page_for_developers_explains_every_setting_and_fault(what):
    schema = described.document("control").raw_schema["components"]["schemas"][what]
    names = schema.get("properties") or schema["enum"]
    page = (described.FOLDER.parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []
