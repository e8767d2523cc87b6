import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from platforms import api_keys
from platforms.jobs import Run
from platforms.models import ApiKey, Channel, WebhookEndpoint
from platforms.webhooks import endpoints, job
from tests.factories import ChannelFactory
from tests.outside_server import Reply, System, running_system


@pytest.fixture
def system(settings: Any) -> Iterator[System]:
    """The marketplace's own system; it takes everything."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_system() as system:
        system.respond = lambda question: Reply(status=204)
        yield system


@pytest.fixture
def shop(db: None) -> Channel:
    return ChannelFactory(code="SHOP")


@pytest.fixture
def key(shop: Channel) -> ApiKey:
    return api_keys.make("the shop's system", ApiKey.Scope.WRITE)[0]


@pytest.fixture
def listen(system: System, key: ApiKey) -> Callable[..., WebhookEndpoint]:
    """Makes endpoints at `system`: `listen("offer.*", …)`."""

    def make(*topics: str, owner: ApiKey = key, channels: Any = (), **values: Any) -> WebhookEndpoint:
        return endpoints.make(owner, f"{system.url}/hooks", topics or ("*",), channels, **values)[0]

    return make


def deliver(channel: Channel, **how: Any) -> Run:
    """Run the job once."""
    run = Run(**how)
    job.deliver(channel, run)
    return run


def told(system: System, topic: str = "") -> list[dict[str, Any]]:
    """The bodies that came, in their order, of the topic."""
    return [question.json for question in system.asked if topic in ("", question.json["type"])]
