"""What the repository tells of itself: every variable explained, every command listed, locks without addresses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

VARIABLES = set(re.findall(r"env\.(?!required|host_of)\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
COMMANDS = {
    path.stem
    for folder in ("platforms", "platforms/sandbox", "sellers")
    for path in (ROOT / folder / "management" / "commands").glob("*.py")
    if path.stem != "__init__"
}


def test_the_example_explains_every_variable_and_no_other():
    explained = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert len(VARIABLES) > 15
    assert explained == VARIABLES


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_readme_lists_every_command(command):
    assert re.search(rf"^\| `{command}\b", README, re.MULTILINE)


@pytest.mark.parametrize("lock", ["prod.txt", "dev.txt"])
def test_the_locks_hold_hashes_and_no_address(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash)", text, re.MULTILINE)
