import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.installation import Installation, installation

SERVER_URL = os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("template"), SERVER_URL) as made:
        yield made


@pytest.fixture
def installed(tmp_path: Path, template: Installation) -> Iterator[Installation]:
    """A migrated installation on the database that the run is for; every process it started ends with the test."""
    with installation(tmp_path, SERVER_URL, template) as made:
        yield made
