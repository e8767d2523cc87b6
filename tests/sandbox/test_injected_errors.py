"""Errors on demand are told from crashes: by their code, and because the terminal does not speak of them."""

import sqlite3

import pytest
import requests

from tests.contract.servers import Embedded
from tests.sandbox_process import run_sandbox


@pytest.mark.parametrize("status", [400, 426, 500, 503, 599])
def test_the_code_of_a_status_fault_fits_its_status(scx, shop, status):
    scx.control("POST", "faults", 201, json={"fault": "status", "status": status})
    assert shop.refusal("GET", "/v1/channel", status) == [(f"GEN{status}", "An internal error occurred.")]


def test_the_terminal_tells_of_crashes_only(tmp_path):
    with run_sandbox(tmp_path) as base_url:
        scx = Embedded(base_url)
        shop = scx.channel()
        for fault in ("status", "html"):
            scx.control("POST", "faults", 201, json={"fault": fault})
            assert shop("GET", "/v1/channel").status_code >= 500
        [log] = tmp_path.glob("*.log")
        assert "/v1/channel" not in log.read_text().replace("API /v1/", "")
        with sqlite3.connect(tmp_path / "sandbox.sqlite3") as database:
            database.execute("DROP TABLE sandbox_report")
        assert requests.get(f"{base_url}/control/reports", timeout=30).status_code == 500
        assert "no such table: sandbox_report" in log.read_text()
        assert "Traceback" in log.read_text()
