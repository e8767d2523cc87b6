"""Whatever the embedded SCX is sent, it answers as its OpenAPI documents say."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from tests.contract import described, walks
from tests.contract.parties import Party

pytestmark = pytest.mark.slow

EXCLUDED = [
    # The document cannot say which channels, sellers and sessions there are.
    positive_data_acceptance,
    # What real clients send in place of the documented types passes on purpose.
    negative_data_rejection,
    # Held against the whole document, not the one with short lists that calls are made from.
    response_schema_conformance,
]
EXAMPLES = hypothesis_settings(
    max_examples=int(os.environ.get("SCHEMA_EXAMPLES") or 15),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Whatever a call holds, who has no token is told so.
FEW = hypothesis_settings(EXAMPLES, max_examples=5)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
WIDE = {group: [1_000_000, 60] for group in ("default", "channel", "event", "offer", "stock-updates-all")}
# The longest list in a call; an offer with lists of the documented lengths takes seconds to make up.
LONGEST = 2


def of_an_update(merchant: Party, shop: Party) -> dict[str, str]:
    return {"session": walks.start_update(merchant, shop.code, "S1")}


# Where other names than those of the seller who is there let a call succeed.
BY_OPERATION: dict[str, Callable[[Party, Party], dict[str, str]]] = {
    "POST /v1/channel/seller": lambda merchant, shop: {"sellerId": "S2"},
    "PATCH /v1/channel/seller": of_an_update,
    "GET /v1/channel/seller/update-session": of_an_update,
}


@dataclass(frozen=True)
class Scene:
    """What a call of an operation finds: names that exist, by parameter and key, and the caller's headers."""

    names: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def shortened(node: Any) -> Any:
    """The document with short lists."""
    if isinstance(node, list):
        return [shortened(each) for each in node]
    if not isinstance(node, dict):
        return node
    short = {name: shortened(each) for name, each in node.items()}
    if node.get("type") == "array" and "minItems" not in node:
        return {**short, "maxItems": LONGEST}
    return {**short, "maxItems": max(LONGEST, node["minItems"])} if node.get("type") == "array" else short


def operations(name: str) -> Iterator[APIOperation]:
    for result in schemathesis.openapi.from_dict(shortened(described.document(name).raw_schema)).get_all_operations():
        yield result.ok()


def renamed(body: Any, names: dict[str, Any]) -> Any:
    """The body with names that exist under every key that takes one."""
    if isinstance(body, list):
        return [renamed(each, names) for each in body]
    if isinstance(body, dict):
        return {key: names[key] if key in names else renamed(each, names) for key, each in body.items()}
    return body


def broken_promise(operation: APIOperation, base_url: str, scene: Scene, examples: hypothesis_settings) -> str:
    """What the operation got wrong; empty when it is as described."""

    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES)))
    @examples
    def call(case: Case) -> None:
        case.path_parameters = renamed(case.path_parameters, scene.names)
        case.query = renamed(case.query, scene.names)
        case.body = renamed(case.body, scene.names)
        headers = {**(case.headers or {}), **scene.headers}
        answer = case.call_and_validate(base_url, headers=headers, excluded_checks=EXCLUDED, timeout=60)
        assert described.differences(answer) == ""

    try:
        call()
    except (AssertionError, Failure, FailureGroup) as failure:
        return str(failure)
    return ""


def broken_promises(
    name: str, base_url: str, arranged: Callable[[APIOperation], Scene], examples: hypothesis_settings = EXAMPLES
) -> dict[str, str]:
    """What each operation of the document got wrong, by its name."""
    wrong = {each.label: broken_promise(each, base_url, arranged(each), examples) for each in operations(name)}
    return {label: promise for label, promise in wrong.items() if promise}


def test_any_call_without_a_token_is_answered_as_described(control):
    control.settings(quotas=WIDE)
    assert broken_promises("scx", control.base_url, lambda operation: Scene(), FEW) == {}


def test_any_call_of_a_good_caller_is_answered_as_described(control):
    def arranged(operation):
        control.control("POST", "reset", 204, json={})
        # With these, more than the first call of an operation can succeed.
        control.settings(quotas=WIDE, mfaPinRequired=False, permanentlyRemovedByChannel=False, historicRoutes=True)
        shop, merchant = control.channel(mfaContact="ops@example.com"), control.merchant(jtlAccountId=1001)
        [market] = control.platform("MARKETDE")
        control.link("PLATFORM", "S1", jtlAccountId=1001)
        walks.sign_up(merchant, shop, "S1")
        caller = merchant if {"merchant": []} in operation.definition.raw.get("security", []) else shop
        caller = market if "platform" in operation.path else caller
        names = {
            "channel": caller.code or shop.code,
            "sellerId": "S1",
            "jtlAccountId": 1001,
            "session": walks.start_sign_up(merchant, shop.code),
            "mfaPin": None,
            "refreshToken": shop.refresh_token,
        }
        names |= BY_OPERATION.get(operation.label, lambda *parties: {})(merchant, shop)
        return Scene(names, {"Authorization": caller.session.headers["Authorization"]})

    assert broken_promises("scx", control.base_url, arranged) == {}


def test_any_call_of_the_control_api_is_answered_as_described(control):
    def arranged(operation):
        control.control("POST", "reset", 204, json={})
        control.channel()
        control.link("DEMOSHOP", "S1", jtlAccountId=1001)
        control.emit("DEMOSHOP")
        fault = control.control("POST", "faults", 201, json={"fault": "status", "match": {"method": "TRACE"}})
        names = {"channel": "DEMOSHOP", "code": "DEMOSHOP", "sellerId": "S1", "jtlAccountId": 1001, "id": fault["id"]}
        return Scene(names)

    assert broken_promises("control", control.base_url, arranged) == {}
