"""What a key may do by its scopes: one table over every route and method of the API."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.api import router
from platforms import api_keys
from platforms.models import ApiKey
from tests.api.conftest import Caller
from tests.test_permissions import API, METHODS, SAFE, ask, keys, reverse, world

__all__ = ["keys", "world"]

pytestmark = pytest.mark.django_db
FAMILIES = {basename: view.family for _prefix, view, basename in router.registry}
ROWS = {row.name: row for row in API if row.name not in {"schema", "docs"}}


def family_of(name):
    return max((basename for basename in FAMILIES if name.startswith(basename)), key=len)


def key_with(world, *scopes):
    channels = [world.channel, world.marketplace]
    key, text = api_keys.make("scoped", ApiKey.Scope.NONE, channels, scopes=scopes)
    # What is a key's own is this one's.
    world.endpoint.__class__.objects.update(api_key=key)
    return text


@pytest.mark.parametrize("name", ROWS)
def test_a_key_with_all_scopes_but_the_one_is_refused(name, world, keys):
    row = ROWS[name]
    family = FAMILIES[family_of(name)]
    key = key_with(world, *(scope for scope in ApiKey.all_scopes() if not scope.startswith(f"{family}:")))
    path = reverse(name, kwargs=row.arguments(world))

    statuses = {method: ask(method, path, key, row.body(world)) for method in METHODS if method in row.answers}

    assert set(statuses.values()) == {403}


@pytest.mark.parametrize("name", ROWS)
def test_a_key_with_the_one_scope_alone_may(name, world, keys):
    row = ROWS[name]
    family = FAMILIES[family_of(name)]
    path = reverse(name, kwargs=row.arguments(world))
    reader = key_with(world, f"{family}:read")
    for method in sorted(row.answers):
        expected = row.answers[method][2] if method in SAFE else 403
        assert (method, ask(method, path, reader, row.body(world))) == (method, expected)
    writer = key_with(world, f"{family}:write")
    for method in sorted(row.answers, key=lambda method: method == "delete"):
        assert (method, ask(method, path, writer, row.body(world))) == (method, row.answers[method][2])


def test_scopes_add_to_what_the_key_may_everywhere(world):
    key, text = api_keys.make("reader", ApiKey.Scope.READ, scopes=["offers:write"])
    api = Caller(text)

    assert api.get("sellers/").status_code == 200
    assert api.post(f"offers/{world.offer.pk}/in-progress/").status_code == 200
    assert api.post(f"events/{world.event.pk}/replay/").status_code == 403
    assert key.rights == "read, offers:write"


def test_a_refusal_names_the_scope(world):
    api = Caller(api_keys.make("stock", ApiKey.Scope.NONE, scopes=["stock:read"])[1])

    answer = api.get("offers/")

    assert answer.json()["code"] == "missing_scope"
    assert "offers:read" in answer.json()["detail"]


def test_the_next_key_may_what_the_one_before_may(world):
    key, _text = api_keys.make("stock", ApiKey.Scope.NONE, [world.channel], scopes=["stock:read"])
    key.channels.clear()

    successor, text = api_keys.rotate(key)

    assert (successor.scope, successor.scopes, successor.is_bound) == ("none", ["stock:read"], True)
    assert Caller(text).get("stock-levels/").json()["results"] == []


def test_the_description_tells_the_scope_of_each_call(client):
    paths = client.get("/api/schema/?format=json").json()["paths"]

    assert "Scope: `offers:write`." in paths["/api/v1/offers/claim/"]["post"]["description"]
    assert "Scope: `stock:read`." in paths["/api/v1/stock-changes/"]["get"]["description"]


@pytest.mark.parametrize(
    ("arguments", "scope", "scopes"),
    [
        ([], "read", []),
        (["write"], "write", []),
        (["offers:write", "stock:read"], "none", ["offers:write", "stock:read"]),
        (["read", "offers:write"], "read", ["offers:write"]),
    ],
)
def test_the_command_gives_them(arguments, scope, scopes):
    options = [word for each in arguments for word in ("--scope", each)]
    call_command("create_api_key", "by command", *options, stdout=StringIO())

    key = ApiKey.objects.get()
    assert (key.scope, key.scopes) == (scope, scopes)


def test_the_command_refuses_what_is_no_scope():
    with pytest.raises(CommandError, match="nonsense:read"):
        call_command("create_api_key", "by command", "--scope", "nonsense:read")
