"""The API keeps what its description promises, whatever it is sent."""

import os

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from platforms import api_keys
from platforms.models import ApiKey
from sellers.models import Notice
from tests.factories import (
    AccountFactory,
    ClaimFactory,
    EventFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    OpeningFactory,
    PlatformFactory,
    PriceFactory,
    StockLevelFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

pytestmark = pytest.mark.slow

# Not checked: that all data the schema allows is taken. It cannot say which channels and offers there are.
EXAMPLES = hypothesis_settings(
    max_examples=int(os.environ.get("SCHEMA_EXAMPLES") or 12),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def rows(db, headers):
    """What path parameters may name, by the resource that stands first in the path."""
    market = MarketplaceFactory(platform=PlatformFactory())
    seller = MembershipFactory(seller__channel=market.platform, marketplace=market).seller
    offer = OfferFactory(channel=market, seller=seller)
    PriceFactory(offer=offer)
    StockLevelFactory(channel=market, offer_row=offer)
    endpoint = WebhookEndpointFactory(api_key=ApiKey.objects.get(name="contract"))
    return {
        "channels": {"code": market.code},
        "sellers": {"seller_id": seller.seller_id, "code": market.code},
        "notifications": {"id": Notice.objects.create(seller=seller, channel=market, message="A").pk},
        "openings": {"id": OpeningFactory(marketplace=market).pk},
        "accounts": {"id": AccountFactory(channel=market.platform).pk},
        "offers": {"id": offer.pk},
        "claims": {"id": str(ClaimFactory(offer=offer).token)},
        "events": {"id": EventFactory(channel=market).pk},
        "webhook-endpoints": {"id": endpoint.pk},
        "deliveries": {"id": WebhookDeliveryFactory(endpoint=endpoint).pk},
    }


@pytest.fixture
def headers(db, monkeypatch):
    """Those of a key that writes; it may call as often as it likes."""
    monkeypatch.setattr("platforms.rest.throttling.KeyThrottle.allow_request", lambda *args: True)
    return {"Authorization": f"Bearer {api_keys.make('contract', 'write')[1]}"}


@pytest.fixture
def described(db):
    """The description, from the portal in this process; as in Django's client, no request closes the connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    settings.ALLOWED_HOSTS.append("localhost")
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    settings.ALLOWED_HOSTS.remove("localhost")
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def broken_promises(described, headers, name_rows):
    """What each operation got wrong, by its name; `name_rows` may change a case before it is sent."""
    found = {}
    for result in described.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @EXAMPLES
        def call(case):
            name_rows(case)
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        try:
            call()
        except (FailureGroup, Failure) as failure:
            found[operation.label] = str(failure)
    return found


def test_any_call_is_answered_as_described(described, rows, headers):
    assert broken_promises(described, headers, lambda case: None) == {}


def test_calls_of_rows_that_exist_are_answered_as_described(described, rows, headers):
    def name_rows(case):
        resource = case.operation.path.removeprefix("/api/v1/").split("/")[0]
        case.path_parameters.update({name: rows[resource][name] for name in case.path_parameters})

    assert broken_promises(described.include(path_regex=r"\{"), headers, name_rows) == {}
