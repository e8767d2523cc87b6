import os
import signal
import socket
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platforms.demo import installation, keys, marketplace, portal, ports
from platforms.demo.problems import DemoError
from platforms.demo.processes import Children
from platforms.demo.story import Story
from platforms.demo.walk import walk

WEB_PORT = 8000
SCX_PORT = 8099
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the whole portal on this machine with an embedded SCX, and walk one seller through it."
    # The processes it starts check for themselves.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--exit", action="store_true", help="Stop after the walk; exit 0 only if all of it was seen."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for number in ENDING:
            signal.signal(number, _interrupt)
        children = Children(keys.ROOT, keys.VAR / "log", {})
        story = Story(self.stdout, children)
        try:
            with ports.lock(keys.VAR / "demo.lock"):
                self._run(story, children, stay=not options["exit"])
        except DemoError as error:
            raise CommandError("\n".join(dict.fromkeys([str(error), *children.obituaries()]))) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=130) from None
        finally:
            _end(story, children)

    def _run(self, story: Story, children: Children, *, stay: bool) -> None:
        web, scx_port = _choose_ports(story)
        children.environment = installation.environment(dict(os.environ), web.getsockname()[1], scx_port)
        story.heading("Preparing")
        scx = installation.prepare(story, children, scx_port)
        api = installation.serve(story, children, web)
        story.wait("Worker's heart beats, portal ready", lambda: not portal.problems(api.base_url))
        walk(story, scx, api)
        _introduce(story, children, api)
        if stay:
            _stay(story, children)


def _choose_ports(story: Story) -> tuple[socket.socket, int]:
    """The web server's place, held until it starts, and the port of the embedded SCX, which starts at once."""
    web = ports.listen(WEB_PORT)
    web_port = web.getsockname()[1]
    scx_port = ports.free_port(SCX_PORT, taken=web_port)
    for wanted, port, what in ((WEB_PORT, web_port, "portal"), (SCX_PORT, scx_port, "embedded SCX")):
        if port != wanted:
            story.say(f"Port {wanted} is taken by another program: the {what} takes {port}.")
    return web, scx_port


def _introduce(story: Story, children: Children, api: portal.Portal) -> None:
    known = children.environment
    web, scx = known["PORTAL_URL"], known["SCX_BASE_URL"]
    password = known["DEMO_STAFF_PASSWORD"]
    if not portal.staff_can_log_in(web, installation.STAFF, password):
        password = "(changed since; set a new one with: manage.py changepassword demo)"  # noqa: S105
    key = keys.read()[keys.API_KEY]
    story.heading("All of it was seen. Now it is yours:")
    for name, value in (
        ("Portal", f"{web}/"),
        ("Admin", f"{web}/admin/   login {installation.STAFF}, password {password}"),
        ("API", f"{web}/api/docs/   Authorization: Bearer {key}"),
        ("JTL-Wawi", f"{scx}/   connect, offer and sell as a merchant would"),
        (marketplace.STANDALONE, f"account {marketplace.ACCOUNT_LOGIN}, access code {known['DEMO_ACCESS_CODE']}"),
        ("Logs", str(children.logs)),
        ("Commands", "set -a; . var/demo.env; set +a; .venv/bin/python manage.py sync"),
    ):
        story.say(f"  {name:<10}{value}")


def _stay(story: Story, children: Children) -> None:
    story.say("\nCtrl-C ends it.")
    try:
        while True:
            children.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        story.say()


def _end(story: Story, children: Children) -> None:
    """A second Ctrl-C must not leave processes behind; ending them is bounded."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    if children.children:
        children.end()
        story.say("All processes ended.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
