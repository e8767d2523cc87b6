"""Every example of the API's description is sent as it stands, and taken."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from tests.api.conftest import Caller
from tests.factories import (
    AccountFactory,
    ClaimFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
)

pytestmark = pytest.mark.django_db

EXAMPLES = [
    pytest.param(operation, body, id=f"{operation} {name}")
    for operation, bodies in settings.PORTAL_API_EXAMPLES.items()
    for name, body in bodies.items()
]


@pytest.fixture
def places(api: Caller) -> dict[str, dict[str, Any]]:
    """What the examples are about, and the path parameters by the resource that stands first in the path."""
    mall = PlatformFactory(code="mall")
    germany, austria = (MarketplaceFactory(code=code, platform=mall) for code in ("mall-de", "mall-at"))
    seller = MembershipFactory(
        seller__channel=mall, seller__seller_id="S-1001", marketplace=germany, confirmed=True
    ).seller
    account = AccountFactory(channel=mall, email="merchant@mueller.example")
    awaited = {"handed_over_revision": 1, "revision": 1, "awaited_since": timezone.now()}
    offer, _other = (OfferFactory(pk=pk, channel=germany, seller=seller, **awaited) for pk in (17, 18))
    made = api.post("webhook-endpoints/", {"url": "https://mall.example/", "topics": ["*"]}).json()
    return {
        "accounts": {"id": account.pk},
        "channels": {"code": "mall-de"},
        "claims": {"id": ClaimFactory(offer=offer).token},
        "offers": {"id": 17},
        "sellers": {"seller_id": "S-1001", "code": austria.code},
        "webhook-endpoints": {"id": made["id"]},
    }


@pytest.mark.parametrize(("operation", "body"), EXAMPLES)
def test_it_is_taken(api, places, operation, body):
    method, _space, path = operation.partition(" /api/v1/")
    address = path.format(**places.get(path.split("/")[0], {}))

    answer = api.call(method, address, body)

    assert 200 <= answer.status_code < 300, answer.content
    assert all(outcome["outcome"] != "error" for outcome in answer.json().get("results", []) if "outcome" in outcome)


def test_every_body_has_one_and_none_is_of_a_call_that_is_gone(client):
    paths = client.get("/api/schema/?format=json").json()["paths"]
    described = {
        f"{method.upper()} {path}": operation["requestBody"]["content"]["application/json"]
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }

    assert described.keys() == settings.PORTAL_API_EXAMPLES.keys()
    for operation, content in described.items():
        told = [example["value"] for example in content["examples"].values()]
        assert told == list(settings.PORTAL_API_EXAMPLES[operation].values())
