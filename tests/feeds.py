"""What readers of feeds share."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction
from django.test import Client

from platforms import api_keys


def commit() -> None:
    """Let happen what PostgreSQL does as a transaction is committed, in a test that commits nothing."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


class Reader:
    """Follows a feed of the API page by page, and keeps the newest it was told of each thing."""

    def __init__(self, path: str, key: str, limit: int = 7) -> None:
        self.path, self.limit = path, limit
        self.client = Client(headers={"Authorization": f"Bearer {api_keys.make(key, 'read', [])[1]}"})
        self.after = 0
        self.known: dict[Any, dict[str, Any]] = {}
        self.told = 0

    def read(self) -> bool:
        """Read on; whether there was anything."""
        answer = self.client.get(f"/api/v1/{self.path}/", {"after": self.after, "limit": self.limit})
        page = answer.json()["results"]
        for entry in page:
            assert entry["cursor"] > self.after
            self.after = entry["cursor"]
            self.known[entry["channel"], entry["seller_id" if "seller_id" in entry else "offer"]] = entry
        self.told += len(page)
        return bool(page)

    def read_all(self) -> dict[Any, dict[str, Any]]:
        while self.read():
            pass
        return self.known

    def follow(self, is_over: threading.Event) -> None:
        try:
            while self.read() or not is_over.is_set():
                pass
            # What was committed between the last look and the end.
            self.read_all()
        finally:
            connection.close()


def race(reader: Reader, write: Callable[[random.Random], Any], *, writers: int = 8, rounds: int = 25) -> None:
    """Read while the writers commit, each after its own chance; now and then one rolls back."""
    is_over = threading.Event()

    def writing(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _round in range(rounds):
                with transaction.atomic():
                    write(chance)
                    transaction.set_rollback(chance.random() < 0.1)
        finally:
            connection.close()

    with ThreadPoolExecutor(writers + 1) as pool:
        following = pool.submit(reader.follow, is_over)
        try:
            for task in [pool.submit(writing, seed) for seed in range(writers)]:
                task.result()
        finally:
            is_over.set()
        following.result()
