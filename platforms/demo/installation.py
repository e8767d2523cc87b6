"""Makes the demo's installation: database, static files, channels, account, staff; the second time it finds them."""

import hashlib
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from platforms.demo import keys, marketplace
from platforms.demo.http import Party
from platforms.demo.portal import Portal
from platforms.demo.ports import HOST
from platforms.demo.problems import DemoError
from platforms.demo.processes import Children
from platforms.demo.story import Story
from platforms.demo.wawi import Scx

STAFF = "demo"


def environment(inherited: dict[str, str], web_port: int, scx_port: int) -> dict[str, str]:
    """What every process of the demo is told; also kept for people in `var/demo.env`."""
    addresses = {"PORTAL_URL": f"http://{HOST}:{web_port}", "SCX_BASE_URL": f"http://{HOST}:{scx_port}"}
    named = {name: inherited[name] for name in keys.DEFAULTS} | addresses
    keys.remember(**named)
    return (
        inherited
        | named
        | {
            "SANDBOX_DATABASE": str(keys.VAR / "sandbox.sqlite3"),
            # The merchants' pictures lie with the embedded SCX on this machine.
            "PICTURE_ALLOWED_NETWORKS": f"{HOST}/32",
        }
    )


def prepare(story: Story, children: Children, scx_port: int) -> Scx:
    """Everything that is there before the portal serves. Returns the embedded SCX, running and set up."""
    children.start("sandbox", "manage.py", "sandbox", "--port", str(scx_port))
    children.run("migrate", "--verbosity", "0")
    story.saw("Database ready")
    collect_static(children)
    story.saw("Static files ready")
    scx = Scx(children.environment["SCX_BASE_URL"])
    story.wait("Embedded SCX answers", lambda: answers(scx, "/control/health"), log="sandbox")
    tokens = marketplace.set_up_scx(scx, children.environment["PORTAL_URL"])
    standalone = keys.VAR / "demo-channels.toml"
    standalone.write_text(marketplace.STANDALONE_FILE, encoding="utf-8")
    for file in (marketplace.EXAMPLE, standalone):
        children.run("apply_channels", str(file), **tokens)
    story.saw("Channels set up, in SCX and in the portal")
    make_logins(children)
    story.saw("Staff login and merchant account ready")
    return scx


def answers(party: Party, path: str) -> bool:
    try:
        return party.request("GET", path).ok
    except DemoError:
        return False


def make_logins(children: Children) -> None:
    code = children.environment["DEMO_ACCESS_CODE"]
    company = "Glashaus Demo GmbH"
    children.run(
        "create_account",
        marketplace.STANDALONE,
        marketplace.ACCOUNT_LOGIN,
        f"--access-code={code}",
        "--company",
        company,
    )
    password = children.environment["DEMO_STAFF_PASSWORD"]
    try:
        children.run(
            *("createsuperuser", "--noinput", "--username", STAFF, "--email", f"{STAFF}@localhost"),
            DJANGO_SUPERUSER_PASSWORD=password,
        )
    except DemoError as error:
        if "already taken" not in str(error):
            raise


def serve(story: Story, children: Children, place: socket.socket) -> Portal:
    """Start web server, on the socket that holds its port, and worker. Returns the portal's API with a key it knows."""
    with place:
        children.start("web", *web_command(place.fileno()), inherits=[place.fileno()])
    children.start("worker", "manage.py", "worker")
    key = api_key(children)
    portal = Portal(children.environment["PORTAL_URL"], key)
    story.wait("Web server answers", lambda: answers(portal, "/health/live"), log="web")
    if not portal.knows_key:
        portal = Portal(portal.base_url, new_api_key(children))
    return portal


def web_command(listening: int) -> list[str]:
    options = {"bind": f"fd://{listening}", "worker-class": "gthread", "threads": "8", "graceful-timeout": "5"}
    return ["-m", "gunicorn", "config.wsgi", "--log-level=warning", *(f"--{k}={v}" for k, v in options.items())]


def api_key(children: Children) -> str:
    return children.environment.get(keys.API_KEY) or new_api_key(children)


def new_api_key(children: Children) -> str:
    key = children.run("create_api_key", "demo", "--scope", "write").strip().splitlines()[-1]
    keys.remember(**{keys.API_KEY: key})
    return key


def collect_static(children: Children) -> None:
    """Collect and compress once for each set of sources: it takes longer than all the rest."""
    target = Path(children.environment.get("STATIC_ROOT") or keys.VAR / "static")
    stamp = target / ".collected"
    wanted = _digest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(target, ignore_errors=True)
    # Nobody is shown Redoc, and it is the largest of them all.
    children.run("collectstatic", "--noinput", "--verbosity", "0", "--ignore", "redoc")
    stamp.write_text(wanted)


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in _sources():
        digest.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield keys.ROOT / "config" / "settings.py"
    yield from sorted((keys.ROOT / "requirements").glob("*.txt"))
    yield from sorted(path for path in (keys.ROOT / "static").rglob("*") if path.is_file())
