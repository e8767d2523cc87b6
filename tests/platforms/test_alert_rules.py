"""The alert rules that ship: well formed, and about metrics and labels that `/metrics` tells."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.core import Metric

from platforms import metrics
from tests.platforms.test_metrics import every_metric

ROOT = Path(__file__).resolve().parent.parent.parent
(GROUP,) = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES: list[dict[str, Any]] = GROUP["rules"]

SELECTOR = re.compile(r"(scx_portal_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"([^\"]*)\"")
GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")

# Findings that the rules for all findings leave out, and the rule that tells each.
TOLD_BY = {
    "no-worker": "ScxPortalNoWorker",
    "migrations-pending": "ScxPortalMigrationsPending",
    "token-refused": "ScxPortalTokenRefused",
    "token-unreadable": "ScxPortalTokenMissing",
    "token-missing": "ScxPortalTokenMissing",
    "events-dead": "ScxPortalDead",
    "job-failing": "ScxPortalJobFailing",
    "scx-failing": "ScxPortalJobFailing",
    "sign-up-hangs": "ScxPortalSignUpHangs",
    "events-late": "ScxPortalWorkLate",
    "handover-late": "ScxPortalWorkLate",
    "reports-late": "ScxPortalWorkLate",
    "stock-late": "ScxPortalStockLate",
    "reports-refused": "ScxPortalRefused",
    "assignment-refused": "ScxPortalRefused",
    "clock-off": "ScxPortalClockOff",
}


@pytest.fixture
def families(db: None) -> dict[str, Metric]:
    every_metric()
    return {family.name: family for family in metrics.Scrape().collect()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_has_all_that_who_is_called_needs(rule):
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "description"}
    assert all(text.strip().endswith((".", "?")) for text in rule["annotations"].values())
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_is_told(rule, families):
    known: set[str] = set()
    for name, matchers in SELECTOR.findall(rule["expr"]):
        samples = families[name].samples
        assert samples, f"{name} is told without a value"
        known |= samples[0].labels.keys()
        for label, value in MATCHER.findall(matchers):
            told = {sample.labels[label] for sample in samples}
            assert any(re.fullmatch(value, each) for each in told), f"{name} has no {label} {value}"
    grouped = {label.strip() for labels in GROUPING.findall(rule["expr"]) for label in labels.split(",")} - {""}
    named = set(re.findall(r"\$labels\.(\w+)", "".join(rule["annotations"].values())))
    assert grouped | named <= known


def test_every_finding_calls_somebody():
    matchers = [matcher for rule in RULES for matcher in MATCHER.findall(rule["expr"])]
    left_out = {code for label, codes in matchers if label == "code" for code in codes.split("|")}

    assert left_out == TOLD_BY.keys()
    assert set(TOLD_BY.values()) <= {rule["alert"] for rule in RULES}


def test_no_two_rules_share_a_name():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_every_metric_has_a_name_by_prometheus_conventions_and_a_help_text(families):
    for name, family in families.items():
        assert name.startswith("scx_portal_")
        assert family.documentation.endswith(".")
        assert family.type in {"gauge", "counter"}
        for sample in family.samples:
            assert sample.labels.keys().isdisjoint({"job", "instance", "le", "quantile"})
