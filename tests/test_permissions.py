"""One table over all routes, methods and callers: who gets which answer.

A route that has no row fails the suite; the admin's follow one rule. What a row does not name is a method the route
does not have.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from platforms import api_keys
from platforms.models import ApiKey
from platforms.webhooks import endpoints
from sellers.models import Notice
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    ClaimFactory,
    EventFactory,
    MarketplaceFactory,
    OfferFactory,
    OpeningFactory,
    SellerFactory,
    StockLevelFactory,
    WebhookDeliveryFactory,
)

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
SAFE = {"get", "head", "options"}
CALLERS = ("nobody", "reader", "writer", "stranger", "revoked")

World = SimpleNamespace
Answers = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Row:
    """One route: its URL name, the URL's arguments, and what each caller gets from each method it has.

    The statuses stand in the order of CALLERS; the stranger's key writes, for another channel.
    """

    name: str
    answers: dict[str, Answers]
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}
    body: Callable[[World], Any] = lambda world: {}
    default: Callable[[str], Answers] = field(
        default=lambda method: (401, 405 if method in SAFE else 403, 405, 405, 401)
    )

    def expected(self, method: str) -> Answers:
        if method == "head" and "get" in self.answers:
            return self.answers["get"]
        return self.answers.get(method) or self.default(method)


READ: Answers = (401, 200, 200, 200, 401)
READ_ONE: Answers = (401, 200, 200, 404, 401)
# What belongs to the writer's key alone.
OWN: Answers = (401, 404, 200, 404, 401)
OPTIONS: Answers = READ


def write(done: int, stranger: int = 404) -> Answers:
    return (401, 403, done, stranger, 401)


def public(**statuses: int) -> dict[str, Answers]:
    return {method: (status,) * 5 for method, status in statuses.items()}  # type: ignore[misc]


def only_public(method: str) -> Answers:
    return (405, 405, 405, 405, 405)


def code(world: World) -> dict[str, Any]:
    return {"code": world.channel.code}


def offer(world: World) -> dict[str, Any]:
    return {"pk": world.offer.pk}


def endpoint(world: World) -> dict[str, Any]:
    return {"url": "https://shop.example/hooks", "topics": ["*"]}


FAILURE = {"errors": [{"code": "A", "message": "B"}]}

API = (
    # Both keys are for one channel each, and such a key makes none.
    Row("channel-list", {"get": READ, "post": write(403, stranger=403), "options": OPTIONS}),
    Row("channel-detail", {"get": READ_ONE, "patch": write(200), "options": OPTIONS}, code),
    Row("channel-sync", {"post": write(202), "options": OPTIONS}, code),
    Row("seller-list", {"get": READ, "options": OPTIONS}),
    Row("seller-change-list", {"get": READ, "options": OPTIONS}),
    Row("seller-detail", {"get": READ_ONE, "options": OPTIONS}, lambda world: {"seller_id": world.seller.seller_id}),
    Row(
        "seller-marketplace",
        {"put": write(409), "options": OPTIONS},
        lambda world: {"seller_id": world.seller.seller_id, "code": world.channel.code},
        lambda world: {"is_active": True},
    ),
    *(
        Row(
            f"seller-credentials-{word}",
            {"post": write(200), "options": OPTIONS},
            lambda world: {"seller_id": world.seller.seller_id},
        )
        for word in ("rejected", "accepted")
    ),
    Row(
        "seller-unlink",
        {"post": write(202), "options": OPTIONS},
        lambda world: {"seller_id": world.seller.seller_id},
        lambda world: {"reason": "contract"},
    ),
    Row(
        "account-list",
        {"get": READ, "post": write(201, stranger=400), "options": OPTIONS},
        body=lambda world: {"channel": world.channel.code, "login": "new", "access_code": "secret"},
    ),
    Row(
        "account-detail",
        {"get": READ_ONE, "patch": write(200), "delete": write(204), "options": OPTIONS},
        lambda world: {"pk": world.account.pk},
    ),
    Row("account-invite", {"post": write(202), "options": OPTIONS}, lambda world: {"pk": world.account.pk}),
    Row("account-reset-code", {"post": write(200), "options": OPTIONS}, lambda world: {"pk": world.account.pk}),
    Row("account-unlock", {"post": write(200), "options": OPTIONS}, lambda world: {"pk": world.account.pk}),
    Row(
        "opening-list",
        {"get": READ, "post": write(409, stranger=400), "options": OPTIONS},
        body=lambda world: {"marketplace": world.marketplace.code},
    ),
    Row("opening-detail", {"get": READ_ONE, "options": OPTIONS}, lambda world: {"pk": world.opening.pk}),
    Row("opening-sellers", {"get": READ_ONE, "options": OPTIONS}, lambda world: {"pk": world.opening.pk}),
    Row("opening-retry", {"post": write(409), "options": OPTIONS}, lambda world: {"pk": world.opening.pk}),
    Row(
        "notification-list",
        {"get": READ, "post": write(202, stranger=409), "options": OPTIONS},
        body=lambda world: {"seller": world.seller.seller_id, "message": "A"},
    ),
    Row("notification-detail", {"get": READ_ONE, "options": OPTIONS}, lambda world: {"pk": world.notice.pk}),
    Row("offer-list", {"get": READ, "options": OPTIONS}),
    Row("price-change-list", {"get": READ, "options": OPTIONS}),
    Row("offer-detail", {"get": READ_ONE, "options": OPTIONS}, offer),
    Row("offer-timeline", {"get": READ_ONE, "options": OPTIONS}, offer),
    Row("offer-in-progress", {"post": write(200), "options": OPTIONS}, offer),
    Row("offer-listed", {"post": write(200), "options": OPTIONS}, offer),
    Row("offer-ended", {"post": write(200), "options": OPTIONS}, offer),
    Row("offer-failed", {"post": write(200), "options": OPTIONS}, offer, lambda world: FAILURE),
    Row(
        "offer-resubmit",
        {"post": write(200, stranger=400), "options": OPTIONS},
        body=lambda world: {"channel": world.channel.code},
    ),
    Row(
        "offer-taken-down",
        {"post": write(200, stranger=200), "options": OPTIONS},
        body=lambda world: {"offers": [world.offer.pk]},
    ),
    Row("offer-claim", {"post": write(200, stranger=200), "options": OPTIONS}),
    Row(
        "claim-detail",
        {"get": READ_ONE, "patch": write(200), "delete": write(204), "options": OPTIONS},
        lambda world: {"id": world.claim.token},
    ),
    Row(
        "listing-result-list",
        {"post": write(200, stranger=207), "options": OPTIONS},
        body=lambda world: {"results": [{"offer": world.offer.pk, "state": "listed"}]},
    ),
    Row("stock-level-list", {"get": READ, "options": OPTIONS}),
    Row("stock-change-list", {"get": READ, "options": OPTIONS}),
    Row("event-list", {"get": READ, "options": OPTIONS}),
    Row("event-detail", {"get": READ_ONE, "options": OPTIONS}, lambda world: {"pk": world.event.pk}),
    Row("event-replay", {"post": write(202), "options": OPTIONS}, lambda world: {"pk": world.event.pk}),
    # Endpoints are their key's own: those of another are not there.
    Row("webhook-endpoint-list", {"get": READ, "post": write(201, stranger=201), "options": OPTIONS}, body=endpoint),
    *(
        Row(f"webhook-endpoint-{name}", {**answers, "options": OPTIONS}, lambda world: {"pk": world.endpoint.pk}, body)
        for name, answers, body in (
            ("detail", {"get": OWN, "patch": write(200), "delete": write(204)}, lambda world: {"description": "A"}),
            ("test", {"post": write(200)}, lambda world: {}),
            ("renew-secret", {"post": write(200)}, lambda world: {}),
            ("redeliver", {"post": write(202)}, lambda world: {}),
        )
    ),
    Row("delivery-list", {"get": READ, "options": OPTIONS}),
    Row("delivery-detail", {"get": OWN, "options": OPTIONS}, lambda world: {"pk": world.delivery.pk}),
    Row("delivery-redeliver", {"post": write(202), "options": OPTIONS}, lambda world: {"pk": world.delivery.pk}),
    Row("schema", public(get=200, options=200), default=only_public),
    Row("docs", public(get=200, options=200), default=only_public),
)
TABLE = {row.name: row for row in API}


@pytest.fixture
def world(db: None) -> World:
    channel = ChannelFactory(code="SHOP")
    # Switched off, so that it can be given to nobody: 409 is what tells that the right is there.
    marketplace = MarketplaceFactory(is_active=False)
    return World(
        channel=channel,
        seller=SellerFactory(channel=channel),
        marketplace=marketplace,
        opening=OpeningFactory(marketplace=marketplace),
        account=AccountFactory(channel=channel, email="merchant@example.com"),
        offer=OfferFactory(channel=channel),
        claim=ClaimFactory(offer__channel=channel),
        level=StockLevelFactory(channel=channel),
        event=EventFactory(channel=channel),
        notice=Notice.objects.create(seller=SellerFactory(channel=channel), channel=channel, message="A"),
    )


@pytest.fixture
def keys(world: World) -> dict[str, str]:
    """The text of each caller's key; the writer's has a webhook endpoint."""
    revoked, revoked_text = api_keys.make("revoked", ApiKey.Scope.WRITE)
    api_keys.revoke(ApiKey.objects.filter(pk=revoked.pk))
    writer, writer_text = api_keys.make("writer", ApiKey.Scope.WRITE, [world.channel, world.marketplace])
    world.endpoint = endpoints.make(writer, "https://shop.example/hooks", ["*"])[0]
    world.delivery = WebhookDeliveryFactory(endpoint=world.endpoint)
    return {
        "nobody": "",
        "reader": api_keys.make("reader", ApiKey.Scope.READ, [world.channel, world.marketplace])[1],
        "writer": writer_text,
        "stranger": api_keys.make("stranger", ApiKey.Scope.WRITE, [ChannelFactory()])[1],
        "revoked": revoked_text,
    }


@pytest.mark.parametrize("name", TABLE)
def test_every_caller_gets_its_answer(name: str, world: World, keys: dict[str, str]) -> None:
    row = TABLE[name]
    path = reverse(name, kwargs=row.arguments(world))
    # The writer comes last: it may change or delete what the others ask for.
    order = sorted(CALLERS, key=lambda caller: caller == "writer")
    for method in METHODS:
        with transaction.atomic():
            statuses = {caller: ask(method, path, keys[caller], row.body(world)) for caller in order}
            transaction.set_rollback(True)
        assert (method, *(statuses[caller] for caller in CALLERS)) == (method, *row.expected(method))


def ask(method: str, path: str, key: str, body: Any) -> int:
    client = Client(headers={"Authorization": f"Bearer {key}"} if key else {})
    if method in SAFE:
        return getattr(client, method)(path).status_code
    return getattr(client, method)(path, body, content_type="application/json").status_code


def routes(resolver: URLResolver, path: str = "") -> Iterator[tuple[str, str | None]]:
    """Every route of the project: its pattern and its name."""
    for entry in resolver.url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, here)
        else:
            assert isinstance(entry, URLPattern)
            yield here, entry.name


def test_the_table_has_a_row_for_every_route() -> None:
    covered = [(path, name) for path, name in routes(get_resolver()) if not path.startswith(ADMIN)]
    named = {name for path, name in covered if name}

    assert named == {*TABLE, *(row.name for row in PAGES), *STAFF_PAGES}
    assert [path for path, name in covered if not name] == ["api/"]


# Pages for people: (nobody, staff without a right, a superuser).
VISITORS = ("nobody", "staff", "superuser")
ADMIN = "admin/"
TO_LOGIN = 302


@dataclass(frozen=True)
class Page:
    """One page that everybody may open, and its status by method; no other method is allowed."""

    name: str
    statuses: dict[str, int]
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}


PAGES = (
    # A POST to a public page changes its language and nothing else.
    Page("status", {"get": 200, "head": 200, "post": 200}),
    Page("health-live", {"get": 200, "head": 200}),
    Page("health-ready", {"get": 503, "head": 503}),
    # Who may read it brings METRICS_TOKEN, and there is none: tests/platforms/test_metrics.py.
    Page("metrics", {"get": 403, "head": 403}),
    Page(
        "set_language", {"get": 302, "head": 302, "post": 302, "put": 302, "patch": 302, "delete": 302, "options": 302}
    ),
    Page("sign-up", {"get": 400, "head": 400, "post": 400}, code),
    Page("sign-up-form", {"get": 410, "head": 410, "post": 410}, lambda world: {**code(world), "ref": "unknown"}),
    Page("sign-in", {"get": 410}, lambda world: {**code(world), "ref": "unknown"}),
    Page("sign-in-failed", {"get": 410, "head": 410, "post": 410}, lambda world: {**code(world), "ref": "unknown"}),
    Page("signed-in", {"get": 410, "head": 410, "post": 410}, code),
    Page("update", {"get": 400, "head": 400, "post": 400}, code),
    Page("update-form", {"get": 410, "head": 410, "post": 410}, lambda world: {**code(world), "ref": "unknown"}),
    Page("invitation", {"get": 410, "head": 410, "post": 410}, code),
    Page("lost-code", {"get": 404, "head": 404, "post": 404}, code),
    Page("brand", {"get": 200, "head": 200}, code),
    Page("picture", {"get": 404, "head": 404}, lambda world: {"sha256": "0" * 64, "suffix": "jpg"}),
    Page("picture-thumbnail", {"get": 404, "head": 404}, lambda world: {"sha256": "0" * 64}),
)
PAGE_CASES = [(page, method) for page in PAGES for method in METHODS]


def visitor(kind: str, django_user_model: Any) -> Client:
    client = Client()
    if kind != "nobody":
        client.force_login(django_user_model.objects.create_user(kind, is_staff=True, is_superuser=kind == "superuser"))
    return client


@pytest.mark.parametrize(("page", "method"), PAGE_CASES, ids=[f"{page.name}-{method}" for page, method in PAGE_CASES])
def test_public_pages_are_the_same_for_all(page: Page, method: str, world: World, django_user_model: Any) -> None:
    path = reverse(page.name, kwargs=page.arguments(world))
    for kind in VISITORS:
        status = getattr(visitor(kind, django_user_model), method)(path).status_code
        assert status == page.statuses.get(method, 405)


# Pages outside the admin that are for staff with the right to the channel all the same.
STAFF_PAGES: dict[str, dict[str, Any]] = {"previews": {}, "preview": {"name": "no-session"}, "preview-brand": {}}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_pages_are_for_staff_with_the_right_to_them(
    name: str, method: str, world: World, django_user_model: Any
) -> None:
    path = reverse(name, kwargs={**code(world), **STAFF_PAGES[name]})
    allowed = ("get", "head") if name == "preview-brand" else ("get", "head", "post")
    expected = (TO_LOGIN, 403, 200) if method in allowed else (405, 405, 405)
    assert tuple(getattr(visitor(kind, django_user_model), method)(path).status_code for kind in VISITORS) == expected


OF_A_TABLE = ("_changelist", "_add")
OF_A_ROW = ("_change", "_delete", "_history")


def admin_pages() -> Iterator[str]:
    """The address of every page of the admin that belongs to a table, with a row that is not there."""
    for path, name in routes(get_resolver()):
        if path.startswith(ADMIN) and path.count("/") > 2 and name and name.endswith((*OF_A_TABLE, *OF_A_ROW)):
            yield reverse(f"admin:{name}", args=["1"] if name.endswith(OF_A_ROW) else [])


@pytest.mark.parametrize("method", METHODS)
def test_the_admin_is_for_staff_with_the_right_to_it(method: str, db: None, django_user_model: Any) -> None:
    nobody = visitor("nobody", django_user_model)
    staff = visitor("staff", django_user_model)
    pages = list(admin_pages())
    assert len(pages) > 100
    answers = {
        path: (getattr(nobody, method)(path).status_code, getattr(staff, method)(path).status_code) for path in pages
    }
    # Django's admin looks for the row of a history first and for the right to it afterwards.
    refusals = {path: {403, 405, TO_LOGIN} if path.endswith("/history/") else {403, 405} for path in pages}
    wrong = {path: got for path, got in answers.items() if got[0] != TO_LOGIN or got[1] not in refusals[path]}
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("index", (302, 200, 200)),
        ("login", (200, 302, 302)),
        ("logout", (302, 405, 405)),
        ("password_change", (302, 200, 200)),
        ("password_change_done", (302, 200, 200)),
        ("autocomplete", (302, 403, 403)),
        ("jsi18n", (302, 200, 200)),
        ("search", (302, 200, 200)),
    ],
)
def test_the_pages_of_the_admin_itself(name: str, statuses: tuple[int, ...], db: None, django_user_model: Any) -> None:
    path = reverse(f"admin:{name}")
    assert tuple(visitor(kind, django_user_model).get(path).status_code for kind in VISITORS) == statuses
