"""Webhook endpoints in the admin: made, tested, switched and given another secret by staff."""

import ipaddress

import pytest
from django.urls import reverse

from platforms import api_keys
from platforms.models import ApiKey, WebhookDelivery, WebhookEndpoint
from tests.factories import ChannelFactory, WebhookDeliveryFactory, WebhookEndpointFactory
from tests.outside_server import Reply, running_system

pytestmark = pytest.mark.django_db
LIST = "/admin/platforms/webhookendpoint/"


@pytest.fixture
def system(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_system() as system:
        yield system


def act(client, action, *endpoints, **values):
    data = {"action": action, "_selected_action": [endpoint.pk for endpoint in endpoints], **values}
    return client.post(LIST, data, follow=True)


def form(key, **values):
    return {
        "api_key": key.pk,
        "url": "https://shop.example/hooks",
        "topics": "offer.*, stock.changed",
        "payload": "full",
        "concurrency": "4",
        **values,
    }


def test_staff_make_one_and_see_its_secret_once(admin_client):
    key, shop = api_keys.make("ERP")[0], ChannelFactory()

    page = admin_client.post(f"{LIST}add/", form(key, channels=[shop.pk], description="ERP"))

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.topics, endpoint.is_bound) == (["offer.*", "stock.changed"], True)
    assert list(endpoint.channels.all()) == [shop]
    assert endpoint.secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert endpoint.secret not in admin_client.get(f"{LIST}{endpoint.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"topics": "offer.nonsense"}, "topics"),
        ({"url": "http://shop.example/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"concurrency": "0"}, "concurrency"),
    ],
)
def test_what_is_wrong_stands_at_its_field(admin_client, values, field):
    page = admin_client.post(f"{LIST}add/", form(api_keys.make("ERP")[0], **values))

    assert list(page.context["adminform"].form.errors) == [field]
    assert WebhookEndpoint.objects.count() == 0


def test_staff_change_one(admin_client):
    endpoint = WebhookEndpointFactory(topics=["*"])

    admin_client.post(f"{LIST}{endpoint.pk}/change/", form(endpoint.api_key, topics="stock.changed"))

    endpoint.refresh_from_db()
    assert endpoint.topics == ["stock.changed"]


def test_a_test_tells_what_the_system_answered(admin_client, system):
    endpoint = WebhookEndpointFactory(url=f"{system.url}/hooks")

    assert "took the test" in act(admin_client, "test", endpoint).content.decode()
    system.respond = lambda question: Reply(status=500)
    assert "did not take the test" in act(admin_client, "test", endpoint).content.decode()
    assert len(system.asked) == 2


def test_one_is_switched_off_and_on(admin_client):
    endpoint = WebhookEndpointFactory()

    act(admin_client, "switch_off", endpoint)
    assert not WebhookEndpoint.objects.get().is_active
    act(admin_client, "switch_on", endpoint)
    assert WebhookEndpoint.objects.get().is_active


def test_another_secret_is_asked_for_first_and_shown_once(admin_client):
    endpoint = WebhookEndpointFactory()
    former = endpoint.secret

    asked = act(admin_client, "renew_secret", endpoint).content.decode()
    assert "Make another secret?" in asked
    page = act(admin_client, "renew_secret", endpoint, confirmed="1").content.decode()

    endpoint.refresh_from_db()
    assert endpoint.secret != former
    assert endpoint.former_secret == former
    assert endpoint.secret in page


def test_what_failed_is_sent_once_more(admin_client):
    failed = WebhookDeliveryFactory(state="failed", attempts=8)

    page = act(admin_client, "redeliver_failed", failed.endpoint)

    assert "1 delivery is sent once more." in page.content.decode()
    assert WebhookDelivery.objects.get().state == "pending"
    WebhookDelivery.objects.update(state="delivered")
    deliveries = reverse("admin:platforms_webhookdelivery_changelist")
    admin_client.post(deliveries, {"action": "redeliver", "_selected_action": [failed.pk]})
    assert WebhookDelivery.objects.get().state == "pending"


def test_a_key_is_replaced_by_another_that_is_shown_once(admin_client):
    key = api_keys.make("ERP", ApiKey.Scope.NONE, scopes=["offers:write"])[0]
    keys = reverse("admin:platforms_apikey_changelist")

    asked = admin_client.post(keys, {"action": "rotate", "_selected_action": [key.pk]})
    assert "works for a day more" in asked.content.decode()
    page = admin_client.post(keys, {"action": "rotate", "_selected_action": [key.pk], "confirmed": "1"})

    successor = ApiKey.objects.exclude(pk=key.pk).get()
    assert (successor.scope, successor.scopes) == ("none", ["offers:write"])
    assert f"scxp_{successor.prefix}_" in page.content.decode()
    key.refresh_from_db()
    assert key.expires_at
