"""Fixtures every part of the suite may use."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation

from platforms import findings, quota
from tests import credentials
from tests.sandbox_control import Sandbox
from tests.sandbox_process import run_sandbox

SLOW_TIMEOUT_SECONDS = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A slow test runs real processes, beside others: its limit only ends what would never end."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_SECONDS))


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(autouse=True)
def _forget_shared_state() -> Iterator[None]:
    """What no rollback and no flush takes back: quota permits of this process, findings, the cache, the language."""
    quota.drop_all_blocks()
    findings.forget()
    credentials.forget()
    translation.activate("en")
    yield
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _watch_credentials() -> Iterator[None]:
    with credentials.watched():
        yield


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded SCX, one process for the whole run; its base URL."""
    with run_sandbox(Path(tmp_path_factory.mktemp("sandbox"))) as base_url:
        yield base_url


@pytest.fixture(params=[pytest.param("lenient", marks=[pytest.mark.slow, pytest.mark.lenient]), "strict"])
def sandbox(sandbox_process: str, settings, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The embedded SCX, emptied, with the portal pointed at it; see tests/sandbox_control.py.

    Every test that meets it runs twice: with the reference form demanded, and, among the slow tests, with the guides'
    spellings allowed.
    Afterwards no credential that the test used is found in what SCX was sent.
    """
    settings.SCX_BASE_URL = sandbox_process
    control = Sandbox(sandbox_process)
    control.reset()
    control.settings(strict=request.param == "strict")
    yield control
    assert credentials.found_in_books(control) == []
