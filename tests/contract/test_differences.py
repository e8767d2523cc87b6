"""DIFFERENCES.md is the written list of the tests that an SCX other than the embedded one may fail."""

import importlib
import re
from pathlib import Path

FOLDER = Path(__file__).parent
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| .+ \|$", re.MULTILINE)


def marked():
    """What each test that is marked as inferred says is not known."""
    modules = [importlib.import_module(f"tests.contract.{path.stem}") for path in sorted(FOLDER.glob("test_*.py"))]
    return {
        name: mark.args[0]
        for module in modules
        for name, function in vars(module).items()
        for mark in getattr(function, "pytestmark", [])
        if mark.name == "inferred"
    }


def test_the_list_names_every_test_that_may_differ_with_its_reason():
    text = (FOLDER / "DIFFERENCES.md").read_text()
    assert dict(ROW.findall(text)) == marked()
