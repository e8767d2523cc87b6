from collections.abc import Iterator

import pytest

from tests import credentials
from tests.resilience.portal import Portal
from tests.runtime.conftest import installed, template
from tests.runtime.installation import Installation
from tests.sandbox_control import Sandbox

__all__ = ["installed", "template"]


@pytest.fixture
def scx(sandbox_process: str) -> Sandbox:
    """The embedded SCX, emptied, as strict as it can be."""
    control = Sandbox(sandbox_process)
    control.reset()
    control.settings(strict=True)
    return control


@pytest.fixture
def portal(installed: Installation, scx: Sandbox) -> Iterator[Portal]:
    """A portal of real processes with a database of its own that knows `scx`.

    Whatever a test does to it: afterwards no secret of the run is found in anything that was written, or sent to SCX.
    """
    made = Portal(installed, scx)
    yield made
    installed.end()
    assert made.leaks() == []
    books = scx.call("GET", "/control/books", params={"limit": 10_000})["books"]
    assert credentials.found(set(made.secrets.values()), map(credentials.request_of, books)) == []
