"""Starts `manage.py` commands as processes of their own without paying for Python's and Django's start each time.

One process loads everything and then forks for each command. What the tests kill is a real process with connections,
threads and state of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.runtime.installation import ROOT


class Zygote:
    """Lives until `end`; `environment` is that of all its commands."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.zygote"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py <arguments>` to its end with `environment` in addition."""
        out, err = (self.folder / f"command.{name}" for name in ("out", "err"))
        order = {"arguments": arguments, "environment": dict(environment), "out": str(out), "err": str(err)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = json.loads(self.process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

    def end(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait()


def _serve() -> None:
    import django
    from django.core.management import load_command_class

    django.setup()
    from django.conf import settings
    from django.utils.module_loading import import_string

    load_command_class("platforms", "sync")
    for handlers in settings.SCX_EVENTS.values():
        [import_string(name) for name in handlers]
    for _job, name, _minutes in settings.PORTAL_JOBS:
        import_string(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _execute(order)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201


def _execute(order: dict[str, Any]) -> None:
    from django.core.management import execute_from_command_line

    from tests.resilience import crash

    os.environ.update(order["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(order[name], os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
    crash.arm_from_environment()
    code: Any = 1
    try:
        execute_from_command_line(["manage.py", *order["arguments"]])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
