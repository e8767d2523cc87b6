"""Deliveries reach their endpoint at least once, in order, and whoever does not answer is left alone."""

import time
from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from platforms import api_keys
from platforms.jobs import Run
from platforms.models import JobStatus, WebhookDelivery, WebhookEndpoint
from platforms.webhooks import endpoints, health, noting, sending
from platforms.webhooks.messages import Message
from tests.outside_server import Reply
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.django_db
State = WebhookDelivery.State


def happen(shop, *subjects, version="1", topic="offer.pending"):
    now = timezone.now()
    noting.put(
        [
            Message(topic, shop.pk, subject, version, now, {"id": subject, "said": version}, ("id",), "S1")
            for subject in subjects
        ]
    )


def states():
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True))


def test_it_is_signed_as_the_specification_says_and_tells_what_happened(shop, system, listen):
    endpoint = listen()
    happen(shop, "offer 1")

    deliver(shop)

    (question,) = system.asked
    delivery = WebhookDelivery.objects.get()
    assert Webhook(endpoint.secret).verify(question.body, question.headers) == {
        "type": "offer.pending",
        "timestamp": question.json["timestamp"],
        "data": {"id": "offer 1", "said": "1"},
    }
    assert question.headers["webhook-id"] == delivery.webhook_id
    assert (delivery.state, delivery.attempts, delivery.error) == (State.DELIVERED, 1, "")
    (attempt,) = delivery.answers
    assert (attempt["status"], attempt["headers"]["webhook-id"]) == (204, delivery.webhook_id)


def test_an_endpoint_may_want_ids_only(shop, system, listen):
    listen(payload="thin")
    happen(shop, "offer 1")

    deliver(shop)

    assert [body["data"] for body in told(system)] == [{"id": "offer 1"}]


def test_what_is_noted_twice_is_told_once(shop, system, listen):
    listen()
    happen(shop, "offer 1")
    happen(shop, "offer 1", "offer 2")

    deliver(shop)
    happen(shop, "offer 1")
    deliver(shop)

    assert sorted(body["data"]["id"] for body in told(system)) == ["offer 1", "offer 2"]


def test_what_has_one_subject_comes_in_its_order_also_over_failures(shop, system, listen):
    listen(concurrency=8)
    system.respond = lambda question: Reply(status=500 if question.json["data"] == {"id": "a", "said": "1"} else 200)
    for version in "123":
        happen(shop, "a", "b", version=version)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        deliver(shop)
        assert [body["data"]["said"] for body in told(system) if body["data"]["id"] == "b"] == ["1", "2", "3"]
        assert states().count(State.PENDING) == 3

        system.respond = lambda question: Reply(status=200)
        system.asked.clear()
        clock.shift(10)
        deliver(shop)

    assert [body["data"]["said"] for body in told(system)] == ["1", "2", "3"]
    assert set(states()) == {State.DELIVERED}


def test_the_id_stays_over_all_attempts_which_are_eight_within_28_hours(shop, system, listen):
    listen()
    system.respond = lambda question: Reply(status=500)
    happen(shop, "offer 1")
    with time_machine.travel(timezone.now(), tick=True) as clock:
        began = timezone.now()
        for _round in range(400):
            deliver(shop)
            if states() == [State.FAILED]:
                break
            clock.shift(timedelta(minutes=10))

        assert timedelta(hours=20) < timezone.now() - began < timedelta(hours=36)
    assert len(system.asked) == 8
    assert len({question.headers["webhook-id"] for question in system.asked}) == 1
    assert [attempt["status"] for attempt in WebhookDelivery.objects.get().answers] == [500] * 8


def test_who_answers_nothing_is_left_alone_and_then_asked_by_one_call(shop, system, listen):
    endpoint = listen()
    system.respond = lambda question: Reply(status=500)
    happen(shop, *(f"offer {number}" for number in range(40)))

    with time_machine.travel(timezone.now(), tick=True) as clock:
        deliver(shop)
        first = len(system.asked)
        deliver(shop)
        assert len(system.asked) == first < 40
        endpoint.refresh_from_db()
        assert health.is_resting(endpoint, timezone.now())

        clock.shift(timedelta(minutes=11))
        deliver(shop)
        assert len(system.asked) == first + 1

        system.respond = lambda question: Reply(status=200)
        clock.shift(timedelta(minutes=31))
        deliver(shop)
        deliver(shop)
    assert set(states()) == {State.DELIVERED}
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.resting_until) == (0, None, None)


def test_the_job_comes_back_for_the_next_attempt_and_not_for_what_it_holds_up(shop, system, listen):
    listen()
    system.respond = lambda question: Reply(status=500)
    happen(shop, "offer 1")
    happen(shop, "offer 1", version="2")

    with time_machine.travel(timezone.now(), tick=False):
        deliver(shop)
        queued = JobStatus.objects.get(job="deliveries").queued_at
        assert timedelta(seconds=4) < queued - timezone.now() < timedelta(seconds=7)


def test_who_asks_to_be_left_alone_is(shop, system, listen):
    endpoint = listen()
    system.respond = lambda question: Reply(status=429, headers={"Retry-After": "120"})
    happen(shop, "offer 1")

    deliver(shop)

    endpoint.refresh_from_db()
    assert timedelta(seconds=100) < endpoint.resting_until - timezone.now() <= timedelta(seconds=120)


def test_five_days_of_nothing_else_switch_it_off_and_its_owner_is_told(shop, system, listen, mailoutbox):
    endpoint = listen(owner_email="owner@shop.example")
    system.respond = lambda question: Reply(status=500)
    happen(shop, "offer 1")
    with time_machine.travel(timezone.now(), tick=True) as clock:
        deliver(shop)
        for day in range(5):
            clock.shift(timedelta(days=1))
            happen(shop, f"offer of day {day}")
            deliver(shop)
        happen(shop, "offer 2")
        deliver(shop)

        endpoint.refresh_from_db()
        assert not endpoint.is_active
        (mail,) = mailoutbox
        assert mail.to == ["owner@shop.example"]
        assert endpoint.url in mail.body

        # What waits is kept, and sent once it is switched on.
        system.respond = lambda question: Reply(status=200)
        system.asked.clear()
        endpoints.change(endpoint, is_active=True)
        clock.shift(timedelta(hours=11))
        deliver(shop)
    assert told(system)


def test_one_success_within_the_five_days_keeps_it_on(shop, system, listen):
    endpoint = listen()
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for day in range(8):
            reply = Reply(status=200 if day == 4 else 500)
            system.respond = lambda question, reply=reply: reply
            happen(shop, f"offer of day {day}")
            deliver(shop)
            clock.shift(timedelta(days=1))
    endpoint.refresh_from_db()
    assert endpoint.is_active


def test_one_that_says_it_is_gone_is_switched_off(shop, system, listen):
    endpoint = listen()
    system.respond = lambda question: Reply(status=410)
    happen(shop, "offer 1", "offer 2")

    deliver(shop)

    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert endpoint.disabled_reason == "gone"


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_only_a_2xx_counts_as_taken(shop, system, listen, status):
    listen()
    system.respond = lambda question: Reply(status=status, headers={"Location": f"{system.url}/elsewhere"})
    happen(shop, "offer 1")

    deliver(shop)

    assert len(system.asked) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.answers[0]["status"]) == (State.PENDING, status)
    assert str(status) in delivery.error


def test_an_address_inside_is_not_called(shop, system, listen, settings):
    listen()
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    happen(shop, "offer 1")

    deliver(shop)

    assert system.asked == []
    assert WebhookDelivery.objects.get().answers[0]["status"] is None


def test_both_secrets_sign_until_the_overlap_is_over(shop, system, listen):
    endpoint = listen()
    former = endpoint.secret
    secret = endpoints.renew_secret(endpoint, overlap=timedelta(hours=1))
    with time_machine.travel(timezone.now(), tick=True) as clock:
        happen(shop, "offer 1")
        deliver(shop)
        question = system.asked[-1]
        assert Webhook(secret).verify(question.body, question.headers)
        assert Webhook(former).verify(question.body, question.headers)

        clock.shift(timedelta(hours=2))
        happen(shop, "offer 2")
        deliver(shop)
        signatures = system.asked[-1].headers["webhook-signature"].split()
    assert len(signatures) == 1
    assert WebhookEndpoint.objects.get().secret == secret


def test_whatever_waits_goes_out_with_the_key_that_follows(shop, system, listen, key):
    listen()
    happen(shop, "offer 1")
    api_keys.rotate(key)

    deliver(shop)

    assert len(told(system)) == 1


def test_a_key_that_is_revoked_ends_its_endpoints(shop, system, listen, key):
    listen()
    happen(shop, "offer 1")
    api_keys.revoke(type(key).objects.filter(pk=key.pk))

    deliver(shop)
    happen(shop, "offer 2")

    assert system.asked == []
    assert WebhookDelivery.objects.count() == 1


def test_no_more_calls_are_in_hand_than_the_endpoint_wants(shop, system, listen):
    endpoint = listen(concurrency=2)
    happen(shop, *(f"offer {number}" for number in range(30)))

    first = sending._claim(endpoint, (), ignore_backoff=False)
    second = sending._claim(endpoint, (), ignore_backoff=False)

    assert len(first) == 2 * sending.CALLS_PER_THREAD
    assert second == []


def test_who_takes_long_holds_the_job_up_for_so_long_and_the_rest_is_given_back(shop, system, listen, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.2)
    endpoint = listen(concurrency=1)
    system.respond = lambda question: Reply(pieces=[lambda: time.sleep(0.3), b"HTTP/1.1 204 X\r\n\r\n"])
    happen(shop, "offer 1", "offer 2", "offer 3")

    rows = sending._claim(endpoint, (), ignore_backoff=False)
    sending._send(endpoint, rows)

    assert states() == [State.DELIVERED, State.PENDING, State.PENDING]
    assert set(WebhookDelivery.objects.values_list("leased_until", "attempts")) == {(None, 1), (None, 0)}


def test_a_person_who_asks_does_not_wait_and_each_is_tried_once(shop, system, listen):
    listen()
    system.respond = lambda question: Reply(status=500)
    happen(shop, "offer 1", "offer 2")
    deliver(shop)

    deliver(shop, ignore_backoff=True)

    assert len(system.asked) == 4


def test_a_killed_sender_s_deliveries_are_sent_by_the_next(shop, system, listen):
    endpoint = listen()
    happen(shop, "offer 1")
    with time_machine.travel(timezone.now(), tick=True) as clock:
        assert sending._claim(endpoint, (), ignore_backoff=False)
        deliver(shop)
        assert system.asked == []

        clock.shift(timedelta(seconds=61))
        deliver(shop)
    assert len(told(system)) == 1


def test_what_is_settled_is_forgotten_after_its_days_and_what_waits_is_not(shop, system, listen, settings):
    listen()
    settings.WEBHOOK_DELIVERY_DAYS = 3
    happen(shop, "offer 1")
    deliver(shop)
    system.respond = lambda question: Reply(status=500)
    happen(shop, "offer 2")
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        run = deliver(shop)

    assert run.counts["forgotten"] == 1
    assert [delivery.subject for delivery in WebhookDelivery.objects.all()] == ["offer 2"]


def test_a_secret_that_no_key_reads_is_said(shop, system, listen, settings):
    listen()
    happen(shop, "offer 1")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    run = Run()
    sending.deliver(WebhookEndpoint.objects.get(), run)

    assert "secret" in run.error
    assert states() == [State.PENDING]
