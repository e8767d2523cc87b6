from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from platforms import health, heartbeat
from platforms.models import Heartbeat
from tests.factories import ChannelFactory


@pytest.fixture
def beat(db):
    return Heartbeat.objects.create(cluster="host-1-abc", beat_at=timezone.now())


def test_live_says_yes_and_asks_no_database(client):
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_are_kept_by_no_cache_and_named_by_any_host_and_sent_to_no_https(client, settings, beat, path):
    settings.ALLOWED_HOSTS = ["portal.example"]
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get(path, headers={"Host": "10.1.2.3:8000"})

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_take_head_and_refuse_post(client, beat, path):
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_ready_when_everything_is(client, beat):
    ChannelFactory(refresh_token="CHANNEL:very-secret")

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert set(checks) == {"database", "migrations", "worker", "scx"}
    assert checks["worker"] == {"ok": True, "seconds_since_beat": 0}
    assert checks["scx"] == {"ok": True, "configured": True}
    assert "very-secret" not in answer.text


def test_without_a_worker_it_is_not_ready_and_says_what_to_start(client, db):
    answer = client.get("/health/ready")

    assert answer.status_code == 503
    worker = answer.json()["checks"]["worker"]
    assert (worker["ok"], worker["seconds_since_beat"]) == (False, None)
    assert "manage.py worker" in worker["detail"]


def test_a_worker_is_dead_after_three_minutes_without_a_beat(client, beat):
    Heartbeat.objects.update(beat_at=timezone.now() - heartbeat.DEAD_AFTER + timedelta(seconds=5))
    assert client.get("/health/ready").status_code == 200

    Heartbeat.objects.update(beat_at=timezone.now() - heartbeat.DEAD_AFTER - timedelta(seconds=5))

    assert client.get("/health/ready").status_code == 503


def test_one_living_worker_is_enough(client, beat):
    Heartbeat.objects.create(cluster="dead", beat_at=timezone.now() - timedelta(hours=1))

    assert client.get("/health/ready").status_code == 200


def test_a_portal_whose_channels_wait_for_their_tokens_is_ready(client, beat):
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["checks"]["scx"]["configured"] is False


def test_a_database_that_is_away_is_named_and_no_error_of_the_server(client, db, caplog):
    def fail(*args):
        raise OperationalError("password=hunter2 refused")

    with connection.execute_wrapper(fail):
        answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == {"database"}
    assert "hunter2" not in answer.text
    assert not caplog.records


def test_migrations_that_wait_are_told_and_forgotten_once_applied(client, beat):
    health._require_migrated.cache_clear()
    newest = MigrationRecorder.Migration.objects.filter(app="stock").latest("id")
    newest.delete()
    waiting = client.get("/health/ready")
    MigrationRecorder(connection).record_applied(newest.app, newest.name)

    assert waiting.status_code == 503
    assert waiting.json()["checks"]["migrations"]["pending"] == 1
    assert client.get("/health/ready").status_code == 200
