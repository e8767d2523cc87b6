"""Callers of the REST API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from platforms import api_keys
from platforms.models import ApiKey, Channel


class Caller:
    """A marketplace's system with a key; paths are below /api/v1/, bodies JSON."""

    def __init__(self, text: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {text}"} if text else {})

    def call(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        address = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        if body is not None:
            extra = {"data": body, "content_type": "application/json", **extra}
        return getattr(self.client, method.lower())(address, **extra)

    def get(self, path: str, **params: Any) -> Any:
        return self.call("get", path, **({"data": params} if params else {}))

    def post(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.call("post", path, {} if body is None else body, **extra)

    def put(self, path: str, body: Any) -> Any:
        return self.call("put", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.call("delete", path)


@pytest.fixture
def caller(db: None) -> Callable[..., Caller]:
    """Makes callers: `caller(scope, *channels)`."""

    def make(scope: str = ApiKey.Scope.WRITE, *channels: Channel) -> Caller:
        return Caller(api_keys.make("test", scope, channels)[1])

    return make


@pytest.fixture
def api(caller: Callable[..., Caller]) -> Caller:
    """A caller that may read and write everything."""
    return caller()


def fields(answer: Any) -> dict[str, str]:
    """The fields a problem names, with the code of each."""
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"]: error["code"] for error in answer.json()["errors"]}
