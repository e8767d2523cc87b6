"""Holds every answer against the OpenAPI documents that the embedded SCX serves."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import requests
import schemathesis
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

FOLDER = Path(__file__).resolve().parent.parent.parent / "platforms" / "sandbox" / "openapi"
CHECKS = [status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]


@cache
def document(name: str) -> OpenApiSchema:
    """`scx` or `control`."""
    return schemathesis.openapi.from_path(FOLDER / f"{name}.yaml")


def differences(answer: requests.Response) -> str:
    """What the answer has that its document has not, in words; empty when it is as described."""
    path = urlsplit(str(answer.request.url)).path
    if not path.startswith(("/v1/", "/v2/", "/control/")):
        return ""
    described = document("control" if path.startswith("/control/") else "scx")
    operation = described.find_operation_by_path(answer.request.method, path)
    if operation is None:
        return "" if answer.status_code in (401, 404, 405) else f"{answer.request.method} {path} is in no document."
    path_parameters = {parameter.name: parameter.name for parameter in operation.path_parameters}
    try:
        operation.Case(path_parameters=path_parameters).validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        return "\n".join(f"{operation.label}, {answer.status_code}: {each.message}" for each in group.exceptions)
    return ""


def payload_differences(payload: Any, name: str) -> list[str]:
    """What is wrong with an event's payload, which the document of the envelope leaves open."""
    whole = document("scx").raw_schema
    schema = {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(payload)]
