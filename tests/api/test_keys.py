from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from platforms import api_keys
from platforms.models import ApiKey
from tests.api.conftest import Caller
from tests.factories import ChannelFactory, MarketplaceFactory

pytestmark = pytest.mark.django_db


def test_a_key_is_recognised_and_only_its_hash_is_stored():
    key, text = api_keys.make("shop", ApiKey.Scope.READ)

    assert api_keys.recognise(text) == key
    stored = ApiKey.objects.values().get()
    assert text not in str(stored)
    assert len(stored["hash"]) == 64
    assert text.startswith(f"scxp_{stored['prefix']}_")


@pytest.mark.parametrize("text", ["", "scxp", "scxp_", "scxp__x", "scxp_\x00_x", "nothing_abcdef12_x", "ſcxp_é_ü"])
def test_nonsense_is_no_key(text):
    assert api_keys.recognise(text) is None


def test_a_right_prefix_with_a_wrong_rest_is_no_key():
    _key, text = api_keys.make("shop")

    assert api_keys.recognise(text[:-1]) is None
    assert api_keys.recognise(text + "x") is None


def test_an_expired_key_is_no_key():
    _key, text = api_keys.make("shop", expires_at=timezone.now() - timedelta(seconds=1))

    assert api_keys.recognise(text) is None


def test_a_revoked_key_ends_at_once():
    key, text = api_keys.make("shop")

    assert api_keys.revoke(ApiKey.objects.filter(pk=key.pk)) == 1
    assert api_keys.revoke(ApiKey.objects.filter(pk=key.pk)) == 0
    assert api_keys.recognise(text) is None


def test_a_rotated_key_works_until_the_overlap_is_over():
    channel = ChannelFactory()
    key, old = api_keys.make("shop", ApiKey.Scope.WRITE, [channel])

    successor, new = api_keys.rotate(key, overlap=timedelta(hours=1))

    assert (successor.name, successor.scope, list(successor.channels.all())) == ("shop", "write", [channel])
    assert api_keys.recognise(old) == key
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert api_keys.recognise(old) is None
        assert api_keys.recognise(new) == successor


def test_the_last_use_is_written_once_a_minute(django_assert_num_queries):
    key, text = api_keys.make("shop")
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False):
        api_keys.recognise(text)
        with django_assert_num_queries(2):
            api_keys.recognise(text)
    with time_machine.travel("2026-01-01T12:01:01Z", tick=False):
        api_keys.recognise(text)
        key.refresh_from_db()
        assert key.last_used_at == timezone.now()


def test_a_platform_means_its_marketplaces_and_none_means_all():
    market = MarketplaceFactory()
    ChannelFactory()
    bound, _ = api_keys.make("bound", channels=[market.platform])
    free, _ = api_keys.make("free")

    assert set(api_keys.channels(bound)) == {market, market.platform}
    assert api_keys.channels(free).count() == 3


def test_the_command_prints_the_key_alone_on_the_last_line():
    channel = ChannelFactory(code="SHOP")
    out = StringIO()

    call_command("create_api_key", "warehouse", "--scope", "write", "--channel", "SHOP", stdout=out)

    key = api_keys.recognise(out.getvalue().rstrip("\n").split("\n")[-1])
    assert (key.name, key.scope, list(key.channels.all())) == ("warehouse", "write", [channel])


def test_the_command_names_a_channel_that_does_not_exist():
    with pytest.raises(CommandError, match="There is no channel NOPE"):
        call_command("create_api_key", "warehouse", "--channel", "NOPE")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x y", "Basic abc", "Bearer scxp_00000000_x", "Token é"])
def test_a_call_without_a_valid_key_is_401_and_says_which_scheme(client, header):
    answer = client.get("/api/v1/channels/", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == ("invalid_key" if header else "not_authenticated")


def test_the_scheme_is_read_in_any_case(client):
    _key, text = api_keys.make("shop")

    assert client.get("/api/v1/channels/", headers={"Authorization": f"bearer {text}"}).status_code == 200


def test_a_browser_session_is_no_key(admin_client):
    assert admin_client.get("/api/v1/channels/").status_code == 401


def test_a_key_that_may_read_changes_nothing(caller, django_assert_num_queries):
    reader: Caller = caller("read")

    answer = reader.post("channels/NOPE/sync/")

    assert answer.status_code == 403
    assert answer.json()["code"] == "read_only_key"
