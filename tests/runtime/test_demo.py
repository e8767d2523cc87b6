"""The demo's parts, and the demo itself on a copy of the repository."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from platforms.demo import keys, pages, ports, products
from platforms.demo.problems import DemoError
from platforms.demo.processes import Children
from tests.runtime.installation import ROOT, alive, eventually, terminate, tree


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    for name in (*keys.MAKERS, *keys.DEFAULTS, keys.API_KEY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keys, "FILE", tmp_path / "var" / "demo.env")
    # So that what `load` sets is taken back.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return keys.FILE


@pytest.fixture
def taken_port():
    with socket.socket() as server:
        server.bind((ports.HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_keys_are_made_once_and_readable_by_their_owner_alone(key_file):
    keys.load()
    made = dict(os.environ)
    for name in keys.MAKERS:
        del os.environ[name]

    keys.load()

    assert {name: os.environ[name] for name in keys.MAKERS} == {name: made[name] for name in keys.MAKERS}
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_what_the_environment_sets_stays_and_is_not_written_down(key_file):
    os.environ["SECRET_KEY"] = "of the operator"

    keys.load()

    assert os.environ["SECRET_KEY"] == "of the operator"
    assert keys.read()["SECRET_KEY"] != "of the operator"


def test_what_is_remembered_stands_beside_what_was_there(key_file):
    keys.remember(A="1", B="=2")
    keys.remember(A="3")

    assert keys.read() == {"A": "3", "B": "=2"}


def test_a_taken_port_is_passed_over(taken_port):
    port = ports.free_port(taken_port)

    assert taken_port < port < taken_port + ports.ATTEMPTS
    assert ports.free_port(taken_port, taken=port) > port


def test_a_port_that_is_held_for_a_server_cannot_be_taken_by_another_program(taken_port):
    with ports.listen(taken_port) as place:
        held = place.getsockname()[1]
        assert held > taken_port
        with ports.listen(held) as other:
            assert other.getsockname()[1] > held


def test_a_second_demo_on_the_same_installation_is_refused(tmp_path):
    with ports.lock(tmp_path / "lock"), pytest.raises(DemoError, match=f"process {os.getpid()}"):
        ports.lock(tmp_path / "lock")

    ports.lock(tmp_path / "lock").close()


def test_a_server_that_ends_is_told_of_with_its_last_words(tmp_path):
    children = Children(tmp_path, tmp_path / "log", os.environ)
    children.start("web", "-c", "raise SystemExit('the disk is full')")
    eventually(children.obituaries, "the end of the server")

    with pytest.raises(DemoError, match=r"(?s)web process has ended with code 1.*the disk is full"):
        children.check()


def test_servers_and_all_they_started_are_ended(tmp_path):
    children = Children(tmp_path, tmp_path / "log", os.environ)
    children.start(
        "web", "-c", "import subprocess as s, sys; s.run([sys.executable, '-c', 'import time; time.sleep(99)'])"
    )
    pid = children.children[0].process.pid
    processes = eventually(lambda: tree(pid)[1:] and tree(pid), "the server's own child")

    children.end()

    assert alive(processes) == []


def test_a_form_is_sent_as_a_browser_would_send_it():
    page = requests.Response()
    page.status_code, page.url = 200, "http://portal/"
    page._content = b"""
        <form action="/language"><input name="language" value="de"></form>
        <form method="post"><input type="hidden" name="token" value="t"><input name="company">
        <input type="checkbox" name="place" value="de" checked><input type="checkbox" name="place" value="at">
        <input type="submit" name="go" value="Go"></form><input name="outside">"""

    form = pages.form_with(page, "company")

    assert form.method == "post"
    assert form.values == [("token", "t"), ("company", ""), ("place", "de")]
    with pytest.raises(DemoError, match="has no form with password"):
        pages.form_with(page, "password")


def test_the_pictures_are_real_ones():
    picture = products.picture(40)

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")


@pytest.fixture
def copy(tmp_path) -> Path:
    """The repository as a newcomer has it, without anything that was made in it."""
    made_here = shutil.ignore_patterns(".*", "var", "__pycache__", "tests")
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=made_here))


def newcomers_environment(**values: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", **values}


def run_demo(copy: Path, **values: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo", "--exit"],
        cwd=copy,
        env=newcomers_environment(**values),
        capture_output=True,
        text=True,
        check=False,
    )


def living_in(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder):
                found.append(process)
        except psutil.Error:
            continue
    return alive(found)


@pytest.mark.slow
def test_the_whole_walk_is_seen_twice_and_nothing_is_left_running(copy):
    (copy / ".env").write_text("DATABASE_URL=postgres://nobody@127.0.0.1:9/production\nREDIS_URL=redis://127.0.0.1:9\n")

    first, second = run_demo(copy), run_demo(copy)

    for run, number in ((first, 1), (second, 2)):
        assert (run.returncode, run.stderr) == (0, "")
        assert f"Müller & Söhne {number}” opens a sign-up" in run.stdout
        assert "Stock at the portal went from 24 to 17" in run.stdout
        assert run.stdout.endswith("All processes ended.\n")
    key = keys_of(copy)["DEMO_API_KEY"]
    assert key in first.stdout
    assert key in second.stdout
    assert living_in(copy) == []


@pytest.mark.slow
def test_a_demo_that_stays_takes_free_ports_and_ends_with_all_its_processes_on_sigterm(copy):
    with socket.socket() as server:
        # Taken by this test, or by somebody else already.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if server.connect_ex((ports.HOST, 8000)):
            server.bind((ports.HOST, 8000))
            server.listen()
        output = copy / "output"
        with output.open("w") as file:
            demo = subprocess.Popen(
                [sys.executable, "manage.py", "demo"], cwd=copy, env=newcomers_environment(), stdout=file, stderr=file
            )
        try:
            eventually(lambda: "Ctrl-C ends it." in output.read_text() or demo.poll() is not None, "the walk", 300)
            said = output.read_text()
            assert demo.poll() is None, said
            assert "Port 8000 is taken by another program" in said
            portal = keys_of(copy)["PORTAL_URL"]
            assert portal != "http://127.0.0.1:8000"
            assert requests.get(f"{portal}/health/ready", timeout=30).status_code == 200
            refused = run_demo(copy)
            assert refused.returncode == 1
            assert f"A demo is running here already (process {demo.pid})" in refused.stderr
        finally:
            code = terminate(demo)
    assert code == 0
    assert living_in(copy) == []


def keys_of(copy: Path) -> dict[str, str]:
    lines = (copy / "var" / "demo.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)
