"""The shell lines of docs/sandbox.md do what the text around them says."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "sandbox.md"


@pytest.fixture
def said(scx):
    """What the page's lines print, run from first to last in one shell."""
    lines = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines],
        env={**os.environ, "SCX": scx.base_url, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_developer_walks_an_offer_through(scx, said):
    assert '"refreshToken": "CHANNEL:mine"' in said
    assert [seller["sellerId"] for seller in scx.control("GET", "sellers")["sellers"]] == ["4711"]
    (offer,) = scx.control("GET", "offers?channel=MYSHOP")["offers"]
    assert (offer["state"], offer["listingUrl"]) == ("listed", "https://shop.example/teapot")
    (event,) = scx.control("GET", "events?channel=MYSHOP")["events"]
    assert event["state"] == "acknowledged"


def test_the_walk_needs_no_deviation(scx, said):
    assert {book["status"] // 100 for book in scx.books(limit=100)} == {2}
    assert not [book for book in scx.books(limit=100) if book["deviations"]]
    assert json.dumps(scx.books(limit=100)).count("CHANNEL:mine") == 0
