"""The command that measures: it prints what it promises, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from platforms import benchmarks
from tests.runtime.conftest import SERVER_URL

ROOT = Path(settings.ROOT)


def benchmark(tmp_path, *arguments):
    """In a process of its own: it forks, and makes a database of its own beside the one it is given."""
    url = SERVER_URL or f"sqlite:///{tmp_path}/portal.sqlite3"
    environment = {**os.environ, "TEST_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.test_settings"}
    command = [sys.executable, "manage.py", "benchmark", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_it_prints_each_figure_against_a_bare_program_and_leaves_nothing(tmp_path, db):
    done = benchmark(tmp_path, "--number", "300", "--rows", "500", "--json")

    assert done.returncode == 0, done.stderr
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    names = ["events acknowledged", "events applied", "updates acknowledged", "updates applied", "reports"]
    names += ["levels", "newer levels", "levels of a group"]
    assert [(figure["name"], figure["rows"]) for figure in figures] == [
        (name, rows) for rows in (0, 500) for name in names
    ]
    assert all(figure["per_second"] > 0 and figure["ratio"] > 0 for figure in figures)
    assert list(tmp_path.iterdir()) == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'portal_benchmark_%'")
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "no benchmark nothing"),
        (["events", "--number", "0"], "at least 1"),
        (["--rows", "-1"], "negative"),
    ],
)
def test_what_cannot_be_measured_is_said(tmp_path, arguments, says):
    done = benchmark(tmp_path, *arguments)

    assert done.returncode != 0
    assert says in done.stderr


def test_what_is_wired_is_there():
    assert benchmarks.names() == ["events", "reports", "stock"]
