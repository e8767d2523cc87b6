"""The page that states what holds when things break: every test it names is there, and so is every metric."""

import re

import pytest

from platforms import metrics
from tests.platforms.test_metrics import every_metric
from tests.runtime.test_documentation import ROOT

PAGE = (ROOT / "docs" / "resilience.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
PROMISES = [line for line in PAGE.splitlines() if re.match(r"\| (?!promise|metric|-|`)", line)]


def test_every_promise_names_a_test():
    assert len(PROMISES) > 10
    assert [line for line in PROMISES if "::test_" not in line.rpartition(" | ")[2]] == []


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _path, name in NAMED])
def test_every_test_it_names_exists(path, name):
    source = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(rf"^def {name}\(", source, re.MULTILINE)


def test_every_part_of_tests_resilience_holds_a_promise():
    files = {f"tests/resilience/{file.name}" for file in (ROOT / "tests" / "resilience").glob("test_*.py")}

    assert files <= {path for path, _name in NAMED}


def test_it_explains_every_metric_and_no_other(db):
    every_metric()
    told = {f"{each.name}_total" if each.type == "counter" else each.name for each in metrics.Scrape().collect()}

    assert set(re.findall(r"`(scx_portal_\w+)`", PAGE)) == told
