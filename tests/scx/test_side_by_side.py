"""Several questions to SCX at once: as many as may be, each with its answer, and none beyond the quota."""

import threading
from collections import deque
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxQuotaWait, ScxServerError
from platforms.scx.quota import NullQuota
from platforms.scx.tokens import MemoryTokenStore
from platforms.scx.transport import Question
from tests.scx.conftest import ACCESS_TOKEN, REFRESH_TOKEN

PATH = "/v1/channel/offer/stock-updates"


@pytest.fixture
def httpserver() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


def questions(number: int) -> deque[Question]:
    return deque(Question(PATH, {"sellerId": f"S{key}"}, key) for key in range(number))


def asking(waiting: deque[Question]):
    return lambda: waiting.popleft() if waiting else None


def test_each_question_gets_its_own_answer(httpserver: HTTPServer, client, quota, sent):
    def answer(request: Request) -> Response:
        return Response(f'"{request.args["sellerId"]}"', content_type="application/json")

    httpserver.expect_request(f"/prefix{PATH}").respond_with_handler(answer)

    said = {question.key: answer.body for question, answer in client.call_side_by_side(asking(questions(9)), most=4)}

    assert said == {key: f"S{key}" for key in range(9)}
    assert len(sent()) == 9
    assert quota.acquired.count("offer") == len([group for group, *_rest in quota.observed if group == "offer"]) == 9


def test_as_many_as_may_be_are_under_way_at_once(httpserver: HTTPServer, client):
    """The server answers none of them before all three are there."""
    together = threading.Barrier(3)

    def answer(request: Request) -> Response:
        together.wait(10)
        return Response("{}", content_type="application/json")

    httpserver.expect_request(f"/prefix{PATH}").respond_with_handler(answer)

    assert len(list(client.call_side_by_side(asking(questions(3)), most=3))) == 3


def test_what_an_answer_asks_for_is_asked_as_well(httpserver: HTTPServer, client):
    httpserver.expect_request(f"/prefix{PATH}").respond_with_json({})
    waiting, seen = questions(2), []
    for question, _answer in client.call_side_by_side(asking(waiting), most=2):
        seen.append(question.key)
        if len(seen) < 5:
            waiting.append(Question(PATH, {}, f"after {len(seen)}"))
    assert len(seen) == 6


def test_an_error_is_the_answer_of_one_question(httpserver: HTTPServer, client):
    def answer(request: Request) -> Response:
        return Response("{}", 500 if request.args["sellerId"] == "S1" else 200, content_type="application/json")

    httpserver.expect_request(f"/prefix{PATH}").respond_with_handler(answer)

    said = {question.key: answer for question, answer in client.call_side_by_side(asking(questions(3)), most=2)}

    assert isinstance(said[1], ScxServerError)
    assert (said[0].status, said[2].status) == (200, 200)


def test_a_token_that_is_refused_is_renewed_and_no_question_lost(httpserver: HTTPServer, transport):
    tokens = iter(["old", "new", "newer"])
    httpserver.expect_request("/prefix/v1/auth").respond_with_handler(
        lambda request: Response(
            f'{{"authToken": "{next(tokens)}", "expiresIn": 600}}', content_type="application/json"
        )
    )

    def answer(request: Request) -> Response:
        is_old = request.headers["Authorization"] == "Bearer old"
        return Response("{}", 401 if is_old else 200, content_type="application/json")

    httpserver.expect_request(f"/prefix{PATH}").respond_with_handler(answer)
    client = ScxClient(transport, tokens=MemoryTokenStore(), refresh_token=lambda: REFRESH_TOKEN, quota=NullQuota())

    answers = [answer.status for _question, answer in client.call_side_by_side(asking(questions(4)), most=3)]

    assert answers == [200] * 4
    assert next(tokens) == "newer"


def test_where_the_quota_ends_what_was_sent_is_answered_before_that_is_told(httpserver: HTTPServer, transport):
    class ThreeAndALogin(NullQuota):
        left = 4

        def acquire(self, group: str) -> None:
            self.left -= 1
            if self.left < 0:
                raise ScxQuotaWait(retry_after=5)

    httpserver.expect_request("/prefix/v1/auth").respond_with_json({"authToken": ACCESS_TOKEN, "expiresIn": 600})
    httpserver.expect_request(f"/prefix{PATH}").respond_with_json({})
    client = ScxClient(
        transport, tokens=MemoryTokenStore(), refresh_token=lambda: REFRESH_TOKEN, quota=ThreeAndALogin()
    )
    answered = set()

    def ask() -> None:
        for question, _answer in client.call_side_by_side(asking(questions(9)), most=2):
            answered.add(question.key)

    with pytest.raises(ScxQuotaWait):
        ask()
    assert answered == {0, 1, 2}
