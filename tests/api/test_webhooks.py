"""REST: webhook endpoints, and what they are told."""

import ipaddress
import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from platforms.models import WebhookDelivery, WebhookEndpoint
from tests.api.conftest import fields
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, WebhookDeliveryFactory
from tests.outside_server import Reply, running_system

pytestmark = pytest.mark.django_db
URL = "https://shop.example/hooks"
State = WebhookDelivery.State


@pytest.fixture
def system(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_system() as system:
        yield system


def make(api, **values):
    return api.post("webhook-endpoints/", {"url": URL, "topics": ["*"], **values})


def test_the_secret_is_told_once(api):
    made = make(api)

    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    path = f"webhook-endpoints/{made.json()['id']}/"
    assert "secret" not in api.get(path).json()
    assert secret not in api.get("webhook-endpoints/").content.decode()
    assert WebhookEndpoint.objects.get().secret == secret


def test_an_endpoint_is_shown_as_it_was_made(caller):
    shop = ChannelFactory(code="SHOP")
    api = caller("write", shop)
    wanted = {
        "url": URL,
        "topics": ["offer.*", "stock.changed"],
        "channels": ["SHOP"],
        "payload": "thin",
        "description": "Our ERP",
        "owner_email": "owner@shop.example",
        "concurrency": 2,
    }

    made = make(api, **wanted).json()

    assert {name: made[name] for name in wanted} == wanted
    assert made["is_active"] is True
    assert api.get(f"webhook-endpoints/{made['id']}/").json() == {
        name: value for name, value in made.items() if name != "secret"
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "ftp://shop.example/"}, "url"),
        ({"url": "https://user:password@shop.example/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "http://shop.example/"}, "url"),
        ({"topics": []}, "topics"),
        ({"topics": ["offer.nonsense"]}, "topics"),
        ({"channels": ["nobody"]}, "channels"),
        ({"payload": "fat"}, "payload"),
        ({"concurrency": 0}, "concurrency"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(api, values, field):
    answer = make(api, **values)

    assert answer.status_code == 400
    assert list(fields(answer)) == [field]
    assert WebhookEndpoint.objects.count() == 0


def test_a_key_sees_its_own_endpoints_and_its_own_channels_only(caller):
    platform = PlatformFactory(code="mall")
    MarketplaceFactory(code="mall-de", platform=platform)
    ChannelFactory(code="SHOP")
    mine, another = caller("write", platform), caller("write")
    made = make(mine, channels=["mall-de"]).json()

    path = f"webhook-endpoints/{made['id']}/"
    assert another.get(path).status_code == 404
    assert another.patch(path, {"is_active": False}).status_code == 404
    assert another.delete(path).status_code == 404
    assert another.get("webhook-endpoints/").json()["results"] == []
    assert fields(make(mine, channels=["SHOP"])) == {"channels": "unknown_channel"}


def test_an_endpoint_is_changed_and_switched_off_and_on(api):
    path = f"webhook-endpoints/{make(api).json()['id']}/"

    changed = api.patch(path, {"topics": ["stock.changed"], "is_active": False})
    assert (changed.status_code, changed.json()["topics"], changed.json()["is_active"]) == (
        200,
        ["stock.changed"],
        False,
    )
    assert api.patch(path, {"is_active": True}).json()["is_active"] is True
    assert fields(api.patch(path, {"topics": ["x"]})) == {"topics": "unknown_topic"}
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_test_says_what_became_of_it(api, system):
    made = make(api, url=f"{system.url}/hooks").json()

    answer = api.post(f"webhook-endpoints/{made['id']}/test/")

    assert answer.status_code == 200
    assert (answer.json()["topic"], answer.json()["state"]) == ("webhook.test", "delivered")
    (question,) = system.asked
    assert Webhook(made["secret"]).verify(question.body, question.headers)["type"] == "webhook.test"
    assert json.loads(answer.json()["body"]) == question.json

    system.respond = lambda question: Reply("no", status=500)
    told = api.post(f"webhook-endpoints/{made['id']}/test/").json()
    assert (told["state"], told["answers"][0]["status"]) == ("pending", 500)


def test_one_that_is_switched_off_is_not_tested(api, system):
    made = make(api, url=f"{system.url}/hooks").json()
    api.patch(f"webhook-endpoints/{made['id']}/", {"is_active": False})

    assert api.post(f"webhook-endpoints/{made['id']}/test/").status_code == 409
    assert system.asked == []


def test_another_secret_signs_beside_the_former_for_as_long_as_is_asked(api, system):
    made = make(api, url=f"{system.url}/hooks").json()
    path = f"webhook-endpoints/{made['id']}/"

    renewed = api.post(f"{path}renew-secret/", {"overlap_hours": 2}).json()

    assert renewed["secret"] != made["secret"]
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        api.post(f"{path}test/")
    question = system.asked[-1]
    assert len(question.headers["webhook-signature"].split()) == 2
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        api.post(f"{path}test/")
    assert len(system.asked[-1].headers["webhook-signature"].split()) == 1
    assert fields(api.post(f"{path}renew-secret/", {"overlap_hours": 1000})) == {"overlap_hours": "max_value"}


def delivery(api, **values):
    endpoint = WebhookEndpoint.objects.get(pk=make(api).json()["id"])
    return WebhookDeliveryFactory(endpoint=endpoint, **values)


def test_deliveries_are_listed_and_told_whole(api, caller):
    failed = delivery(api, state=State.FAILED, topic="stock.changed", attempts=8)
    delivery(api, state=State.DELIVERED)

    found = api.get("deliveries/", state="failed").json()["results"]
    assert [each["id"] for each in found] == [failed.pk]
    assert [each["id"] for each in api.get("deliveries/", topic="stock.changed").json()["results"]] == [failed.pk]
    assert len(api.get("deliveries/").json()["results"]) == 2
    one = api.get(f"deliveries/{failed.pk}/").json()
    assert (one["message_id"], one["body"], one["next_attempt_at"]) == (failed.webhook_id, failed.body, None)
    assert caller().get(f"deliveries/{failed.pk}/").status_code == 404
    assert caller().get("deliveries/").json()["results"] == []


def test_one_is_sent_once_more(api):
    failed = delivery(api, state=State.FAILED, attempts=8)

    answer = api.post(f"deliveries/{failed.pk}/redeliver/")

    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (202, "pending", 0)
    assert answer.json()["message_id"] == failed.webhook_id


def test_one_that_is_being_sent_is_left_alone(api):
    sent = delivery(api, leased_until=timezone.now() + timedelta(seconds=30))

    assert api.post(f"deliveries/{sent.pk}/redeliver/").status_code == 409


def test_all_that_failed_or_a_range_is_sent_once_more(api):
    now = timezone.now()
    first = delivery(api, state=State.FAILED, created_at=now - timedelta(hours=3))
    values = {"endpoint": first.endpoint}
    second = WebhookDeliveryFactory(**values, state=State.FAILED, created_at=now - timedelta(hours=2))
    done = WebhookDeliveryFactory(**values, state=State.DELIVERED, created_at=now - timedelta(hours=1))
    path = f"webhook-endpoints/{first.endpoint_id}/redeliver/"

    since = (now - timedelta(hours=2, minutes=30)).isoformat()
    assert api.post(path, {"since": since}).json() == {"deliveries": 1}
    second.refresh_from_db()
    assert second.state == State.PENDING
    assert api.post(path).json() == {"deliveries": 1}
    assert api.post(path, {"state": "delivered", "until": now.isoformat()}).json() == {"deliveries": 1}
    done.refresh_from_db()
    assert done.state == State.PENDING
