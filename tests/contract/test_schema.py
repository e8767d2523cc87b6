"""Whatever the embedded SCX is sent, it answers as its OpenAPI documents say."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.contract import described, walks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Not checked: that all data the document allows is taken. It cannot say which channels, sellers and sessions there are.
# Nor that all other data is refused: what real clients send in place of the documented types passes on purpose.
EXCLUDED = [positive_data_acceptance, negative_data_rejection]
EXAMPLES = hypothesis_settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WIDE = [1_000_000, 60]
# Faults break connections and delay answers, and so would end the run.
HARMLESS_FAULTS = ("status", "throttle", "warnings", "redeliver")

Arrange = Callable[[], dict[str, Any]]


@pytest.fixture
def names(control, linked, merchant, seller_id) -> dict[str, Any]:
    """What path and query parameters may name, by parameter."""
    account = walks.sellers_of(linked)[seller_id]["jtlAccountId"]
    return {"channel": linked.code, "code": linked.code, "sellerId": seller_id, "jtlAccountId": account, "id": 1}


def broken_promises(name: str, base_url: str, prepare: Callable[[Any], None]) -> dict[str, str]:
    """What each operation of the document got wrong, by its name; `prepare` may change a case before it is sent."""
    found = {}
    for result in described.document(name).get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @EXAMPLES
        def call(case):
            prepare(case)
            case.call_and_validate(base_url=base_url, excluded_checks=EXCLUDED, timeout=30)

        try:
            call()
        except FailureGroup as failure:
            found[operation.label] = str(failure)
    return found


def sets_headers(case, headers):
    case.headers = {**(case.headers or {}), **headers}


def test_any_call_without_a_token_is_answered_as_described(control):
    control.settings(quotas=dict.fromkeys(("default", "channel", "event", "offer"), WIDE))
    assert broken_promises("scx", control.base_url, lambda case: None) == {}


def test_any_call_of_a_good_caller_is_answered_as_described(control, linked, merchant, names):
    control.settings(quotas=dict.fromkeys(("default", "channel", "event", "offer", "stock-updates-all"), WIDE))

    def prepare(case):
        party = merchant if "merchant" in str(case.operation.security) else linked
        sets_headers(case, {"Authorization": party.session.headers["Authorization"]})

    assert broken_promises("scx", control.base_url, prepare) == {}
