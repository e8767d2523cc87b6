"""A write with an `Idempotency-Key` is done once, however often, by whomever and in whatever order it is repeated."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import time_machine
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from platforms import api_keys
from platforms.models import ApiKey, IdempotentCall
from platforms.rest import idempotency, throttling
from sellers import accounts
from sellers.models import Account
from tests.api.conftest import Caller, fields
from tests.factories import AccountFactory, ChannelFactory
from tests.test_permissions import SAFE, TABLE, keys, world

__all__ = ["keys", "world"]

WRITES = [(name, method) for name, row in TABLE.items() for method in row.answers if method not in SAFE]
every_write = pytest.mark.parametrize(("name", "method"), WRITES, ids=[f"{name}-{method}" for name, method in WRITES])


def send(caller, method, path, body=None, *, key="one", **headers):
    return caller.call(method, path, {} if body is None else body, headers={"Idempotency-Key": key, **headers})


def replayed(answer):
    return answer.headers.get("Idempotency-Replayed") == "true"


def same(first, second):
    """Whether the second is the first once more, in all but what belongs to a request and not to its answer."""
    own = {"X-Request-Id", "Idempotency-Replayed", *throttling.HEADERS}

    def kept(answer):
        return {name: value for name, value in answer.headers.items() if name not in own}

    return (first.status_code, first.content, kept(first)) == (second.status_code, second.content, kept(second))


@pytest.fixture
def account(db):
    return AccountFactory()


@pytest.fixture
def reset(account):
    """What does something else each time it is done: the address of it."""
    return f"accounts/{account.pk}/reset-code/"


@pytest.fixture
def unruly(monkeypatch):
    """Makes `reset_code` do something besides, each time it is called and its work done."""
    do = accounts.reset_code

    def make(besides):
        def reset_code(account):
            code = do(account)
            besides()
            return code

        monkeypatch.setattr(accounts, "reset_code", reset_code)

    return make


def test_a_repeat_gets_the_same_answer_byte_for_byte_and_nothing_is_done(api, account, reset):
    first = send(api, "post", reset)
    second = send(api, "post", reset)

    account.refresh_from_db()
    assert account.check_access_code(first.json()["access_code"])
    assert first["Cache-Control"] == "no-store"
    assert same(first, second)
    assert (replayed(first), replayed(second)) == (False, True)


def test_without_a_key_and_with_another_it_is_done_again(api, reset):
    answers = [send(api, "post", reset, key=key) for key in ("one", "two")] + [api.post(reset), api.post(reset)]

    assert len({answer.json()["access_code"] for answer in answers}) == 4
    assert not any(map(replayed, answers))


def test_reading_takes_no_notice_of_the_key(api):
    assert [send(api, "get", "channels/", key="é" * n).status_code for n in (1, 1)] == [200, 200]
    assert not IdempotentCall.objects.exists()


@pytest.mark.parametrize("body", [{"channel": "NOPE"}, {"unknown": 1}, {}])
def test_a_refusal_is_repeated_too_with_its_reference_and_its_language(api, body):
    first = send(api, "post", "accounts/", body, **{"Accept-Language": "de"})
    second = send(api, "post", "accounts/", body, **{"Accept-Language": "en"})

    assert (first.status_code, second["Content-Language"]) == (400, "de")
    assert same(first, second)
    assert replayed(second)


def test_an_answer_without_a_body_stays_one(api, account):
    first, second = (send(api, "delete", f"accounts/{account.pk}/") for _ in range(2))

    assert (first.status_code, first.content) == (204, b"")
    assert same(first, second)


def test_an_answer_in_any_script_comes_again(api, account):
    body = {"company_name": "Müller & Söhne 東京 🛒"}

    first, second = (send(api, "patch", f"accounts/{account.pk}/", body) for _ in range(2))

    assert first.json()["company_name"] == body["company_name"]
    assert same(first, second)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "sellers/S1/unlink/", {"login": "a"}),
        ("post", "accounts/?x=1", {"login": "b"}),
        ("post", "accounts/", {"login": "b"}),
        ("post", "accounts/", {}),
    ],
)
def test_the_same_key_for_another_call_is_refused(api, method, path, body):
    send(api, "post", "accounts/", {"login": "a"})

    answer = send(api, method, path, body)

    if path.endswith("?x=1"):
        # What the address itself forbids is told first.
        assert fields(answer) == {"x": "unknown"}
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


def test_another_method_and_another_query_are_other_calls(api, account):
    path = f"accounts/{account.pk}/"
    send(api, "patch", path)
    assert send(api, "delete", path).status_code == 422
    send(api, "post", "sellers/S1/credentials-accepted/?channel=A", key="two")

    answer = send(api, "post", "sellers/S1/credentials-accepted/?channel=B", key="two")

    assert answer.status_code == 422
    assert Account.objects.exists()


@pytest.mark.parametrize("key", ["", " ", "é", "a\tb", "a" * 256, " a", "a ", "a\n"])
def test_what_can_be_no_key_is_refused(api, reset, key):
    answer = send(api, "post", reset, key=key)

    assert (answer.status_code, fields(answer)) == (400, {"Idempotency-Key": "invalid_idempotency_key"})


@pytest.mark.parametrize("key", ["a", "a" * 255, "a b", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~"])
def test_printable_ascii_is_a_key(api, reset, key):
    assert same(*(send(api, "post", reset, key=key) for _ in range(2)))


def test_keys_differ_by_case(api, reset):
    assert send(api, "post", reset, key="a").content != send(api, "post", reset, key="A").content


def test_two_keys_of_the_api_never_see_each_others(caller, reset):
    mine, theirs = caller(), caller()

    first, second = send(mine, "post", reset), send(theirs, "post", reset)

    assert first.content != second.content
    assert send(theirs, "post", "accounts/").json()["code"] == "idempotency_mismatch"
    assert send(caller(), "post", "accounts/").status_code == 400


def test_a_rotated_key_and_its_successors_repeat_what_either_sent(account, reset):
    key, text = api_keys.make("shop", ApiKey.Scope.WRITE)
    first = send(Caller(text), "post", reset)

    key, text_2 = api_keys.rotate(key, overlap=timedelta(hours=1))
    key, text_3 = api_keys.rotate(key, overlap=timedelta(hours=1))

    assert all(same(first, send(Caller(each), "post", reset)) for each in (text, text_2, text_3))
    later = send(Caller(text_3), "post", reset, key="two")
    assert same(later, send(Caller(text), "post", reset, key="two"))


def test_after_24_hours_it_is_another_call(api, reset):
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False) as clock:
        first = send(api, "post", reset)
        clock.shift(timedelta(hours=24, seconds=-1))
        assert same(first, send(api, "post", reset))
        clock.shift(1)

        assert send(api, "post", "accounts/").status_code == 400
        assert IdempotentCall.objects.count() == 1


def test_what_is_older_than_24_hours_is_deleted(api, reset, monkeypatch):
    monkeypatch.setattr(type(IdempotentCall.objects.all()), "FORGOTTEN_AT_ONCE", 2)
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False) as clock:
        for key in "abc":
            send(api, "post", reset, key=key)
        clock.shift(timedelta(hours=23))
        send(api, "post", reset, key="young")
        assert IdempotentCall.objects.forget() == 0
        clock.shift(timedelta(hours=1))

        assert [IdempotentCall.objects.forget() for _ in range(3)] == [2, 1, 0]
        assert IdempotentCall.objects.get().key == "young"


def test_answers_are_encrypted_in_the_database(api, reset):
    code = send(api, "post", reset).json()["access_code"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM platforms_idempotentcall")
        assert code not in str(cursor.fetchall())


def test_an_answer_that_no_key_decrypts_is_not_made_up(api, reset, settings):
    send(api, "post", reset)
    settings.ENCRYPTION_KEYS = ["ZGV2ZWxvcG1lbnQgb25seSwgbm90IGEgc2VjcmV0ISE="]

    answer = send(api, "post", reset)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_unreadable")


def fail(error=OperationalError):
    raise error


@pytest.mark.parametrize("error", [OperationalError, ZeroDivisionError])
def test_what_failed_here_is_not_kept_and_not_half_done(api, account, reset, unruly, monkeypatch, error):
    api.client.raise_request_exception = False
    before = Account.objects.values().get()
    with monkeypatch.context():
        unruly(lambda: fail(error))
        assert send(api, "post", reset).status_code == (503 if error is OperationalError else 500)
        assert Account.objects.values().get() == before
        assert not IdempotentCall.objects.exists()
        unruly(lambda: None)
    monkeypatch.undo()

    assert send(api, "post", reset).status_code == 200


def test_a_call_that_was_throttled_may_be_sent_again(api, reset, monkeypatch):
    monkeypatch.setitem(throttling.api_settings.DEFAULT_THROTTLE_RATES, "key", "1/min")
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False) as clock:
        api.get("channels/")
        answer = send(api, "post", reset)
        assert answer.status_code == 429
        clock.shift(int(answer["Retry-After"]) + 1)

        assert not replayed(send(api, "post", reset))


def test_a_call_of_a_key_that_may_not_is_not_kept(caller):
    channel = ChannelFactory()
    reader, bound = caller("read"), caller("write", channel)

    assert send(reader, "post", "accounts/").status_code == 403
    assert send(bound, "post", "channels/", {"code": "NEW"}).status_code == 403
    assert send(Caller("wrong"), "post", "accounts/").status_code == 401
    assert not IdempotentCall.objects.exists()


def begun(api_key, path, *, key="one", body_hash="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"):
    """What the first process leaves behind that dies at work; the body is `{}`."""
    until = timezone.now() + IdempotentCall.LEASE
    return IdempotentCall.objects.create(
        api_key=api_key, key=key, method="POST", path=f"/api/v1/{path}", body_hash=body_hash, leased_until=until
    )


def test_once_the_lease_of_a_process_that_died_is_over_it_is_done_anew(api, reset):
    begun(ApiKey.objects.get(), reset)
    twin = send(api, "post", reset)
    assert (twin.status_code, twin.json()["code"], twin["Retry-After"]) == (409, "idempotency_concurrent", "2")

    with time_machine.travel(timezone.now() + IdempotentCall.LEASE, tick=False):
        first = send(api, "post", reset)
        assert first.status_code == 200
        assert same(first, send(api, "post", reset))


def test_who_overstays_the_lease_is_rolled_back_if_another_has_begun(api, account, reset, unruly):
    def taken_over():
        IdempotentCall.objects.update(leased_until=timezone.now() + timedelta(hours=1))

    before = Account.objects.values().get()
    unruly(taken_over)

    answer = send(api, "post", reset)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_concurrent")
    assert Account.objects.values().get() == before


def test_of_those_who_find_a_dead_lease_one_takes_over(api, reset):
    call = begun(ApiKey.objects.get(), reset)
    IdempotentCall.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    call.refresh_from_db()
    seen = IdempotentCall.objects.get()
    idempotency._take_over(call, timezone.now())

    with pytest.raises(idempotency.AtWork):
        idempotency._take_over(seen, timezone.now())


@every_write
def test_every_write_takes_a_key(name, method, world, keys, api):
    row = TABLE[name]
    # A key that is for some channels only makes none.
    caller = api if name == "channel-list" else Caller(keys["writer"])
    path, body = reverse(name, kwargs=row.arguments(world)), row.body(world)

    first = send(caller, method, path, body)
    second = send(caller, method, path, body)

    assert first.status_code not in {401, 403, 405, 429}
    assert same(first, second)
    assert (replayed(first), replayed(second)) == (False, True)
    mismatch = send(caller, method, path, {"other": 1})
    assert (mismatch.status_code, mismatch.json()["code"]) == (422, "idempotency_mismatch")
    IdempotentCall.objects.update(status=None, leased_until=timezone.now() + timedelta(minutes=1))
    twin = send(caller, method, path, body)
    assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_concurrent")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_another_system_is_asked(caller, monkeypatch):
    asked = []

    def checked(channel, token):
        asked.append(connection.in_atomic_block)

    monkeypatch.setattr("platforms.tokens.checked", checked)

    send(caller(), "post", "channels/", {"code": "NEW", "kind": "standalone", "refresh_token": "a-token"})

    assert asked == [False]


class Gate:
    """Where a call waits in the midst of its work, and how many have come there."""

    def __init__(self):
        self.reached, self.opened, self.visits = threading.Event(), threading.Event(), 0

    def pass_through(self):
        self.visits += 1
        self.reached.set()
        assert self.opened.wait(30)


@pytest.fixture
def post(transactional_db, live_server):
    """Sends over the wire: `post(path, key)`."""
    headers = {"Authorization": f"Bearer {api_keys.make('twins', ApiKey.Scope.WRITE)[1]}"}
    url = f"{live_server.url}/api/v1/"

    def post(path, key="one"):
        return requests.post(url + path, json={}, headers={**headers, "Idempotency-Key": key}, timeout=60)

    # The first call of a key notes its use.
    requests.get(f"{url}channels/", headers=headers, timeout=60)
    return post


@pytest.mark.django_db(transaction=True)
def test_a_twin_that_comes_meanwhile_is_told_to_come_again(post, reset, unruly):
    gate = Gate()
    unruly(gate.pass_through)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, reset)
        assert gate.reached.wait(30)
        twin = post(reset)
        gate.opened.set()
        answer = first.result()

    assert (twin.status_code, twin.json()["code"], twin.headers["Retry-After"]) == (409, "idempotency_concurrent", "2")
    assert (answer.status_code, gate.visits) == (200, 1)
    repeat = post(reset)
    assert (repeat.content, repeat.headers["Idempotency-Replayed"]) == (answer.content, "true")


@pytest.mark.django_db(transaction=True)
def test_of_twins_that_come_at_once_one_does_it(post, reset, account):
    twins = 8
    together = threading.Barrier(twins)

    def at_once(_number):
        together.wait(30)
        return post(reset)

    with ThreadPoolExecutor(twins) as pool:
        answers = list(pool.map(at_once, range(twins)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    firsts = [answer for answer in answers if answer.ok and "Idempotency-Replayed" not in answer.headers]
    assert len(firsts) == 1
    assert {answer.content for answer in answers if answer.ok} == {firsts[0].content}
    account.refresh_from_db()
    assert account.check_access_code(firsts[0].json()["access_code"])


@pytest.mark.django_db(transaction=True)
def test_two_who_take_over_a_dead_lease_do_it_once(post, reset, account):
    begun(ApiKey.objects.get(), reset)
    IdempotentCall.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    together = threading.Barrier(4)

    def at_once(_number):
        together.wait(30)
        return post(reset)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(at_once, range(4)))

    assert len([answer for answer in answers if answer.ok and "Idempotency-Replayed" not in answer.headers]) == 1


CALLS = st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.sampled_from(["none", "lost", "failed"])))


class AnyOrderOfRepeats(TestCase):
    """Each key is one account; a call may be repeated, by the key's successor too, die or fail."""

    @hypothesis_settings(deadline=None, max_examples=40)
    @given(calls=CALLS)
    def test_makes_the_effect_once(self, calls):
        path = f"accounts/{AccountFactory().pk}/reset-code/"
        key, text = api_keys.make("shop", ApiKey.Scope.WRITE)
        successor = api_keys.rotate(key, overlap=timedelta(hours=1))[1]
        told: dict[str, bytes] = {}
        done = []
        original = accounts.reset_code
        with pytest.MonkeyPatch.context() as patch:
            for name, by_successor, trouble in calls:

                def reset_code(account, name=name, trouble=trouble):
                    code = original(account)
                    if trouble == "failed":
                        raise ZeroDivisionError
                    done.append((name, code))
                    return code

                patch.setattr(accounts, "reset_code", reset_code)
                caller = Caller(successor if by_successor else text)
                caller.client.raise_request_exception = False
                if trouble == "lost" and name not in told:
                    # Its process died before it had begun, and its lease is over.
                    over = begun(key, path, key=name)
                    IdempotentCall.objects.filter(pk=over.pk).update(leased_until=timezone.now())
                with transaction.atomic():
                    answer = send(caller, "post", path, key=name)
                if trouble == "failed" and name not in told:
                    assert answer.status_code == 500
                else:
                    assert answer.status_code == 200
                    assert told.setdefault(name, answer.content) == answer.content
        assert len(done) == len(told) == len(dict(done))
