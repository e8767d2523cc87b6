"""Secrets lie encrypted, survive a change of keys, and losing the keys is a clear state."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from platforms.models import Channel
from tests.factories import ChannelFactory, PlatformFactory

pytestmark = pytest.mark.django_db

TOKEN = "CHANNEL:a-very-secret-refresh-token"


def stored(channel: Channel, column: str = "refresh_token") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM platforms_channel WHERE id = %s", [channel.pk])
        return cursor.fetchone()[0]


def test_a_secret_is_encrypted_at_rest_and_read_back():
    channel = ChannelFactory(refresh_token=TOKEN, connector_settings={"secret": "webhook secret"})
    assert TOKEN not in stored(channel)
    assert "webhook secret" not in stored(channel, "connector_settings")
    channel.refresh_from_db()
    assert channel.refresh_token == TOKEN
    assert channel.connector_settings == {"secret": "webhook secret"}


def test_no_secret_is_stored_as_nothing():
    assert stored(PlatformFactory()) == ""


def test_an_old_key_still_reads_and_rotation_moves_to_the_first(settings):
    channel = ChannelFactory(refresh_token=TOKEN)
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    channel.refresh_from_db()
    assert channel.refresh_token == TOKEN


def test_a_lost_key_reads_as_nothing_and_saving_keeps_what_is_stored(settings):
    channel = ChannelFactory(refresh_token=TOKEN, connector_settings={"a": "b"})
    before = stored(channel), stored(channel, "connector_settings")
    kept, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    channel = Channel.objects.get()
    assert not channel.has_token
    channel.save()
    with pytest.raises(CommandError, match="No key decrypts"):
        call_command("rotate_keys")
    assert (stored(channel), stored(channel, "connector_settings")) == before
    settings.ENCRYPTION_KEYS = kept
    assert Channel.objects.get().refresh_token == TOKEN
