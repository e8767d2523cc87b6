"""The demo's servers: each a process group of its own, with a log of its own, ended together."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platforms.demo.problems import DemoError

SECONDS_TO_END = 32.0


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Children:
    def __init__(self, root: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.logs = logs
        self.environment = dict(environment)
        self.children: list[Child] = []

    def start(self, name: str, *arguments: str, inherits: Sequence[int] = ()) -> None:
        """Start `python <arguments>` with the file descriptors it inherits; its output goes to <name>.log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own programs
                [sys.executable, *arguments],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=inherits,
            )
        self.children.append(Child(name, process, log))

    def run(self, *arguments: str, **extra: str) -> str:
        """Run `python manage.py <arguments>` to its end with `extra` in its environment; returns what it printed."""
        done = subprocess.run(  # noqa: S603  our own programs
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            env={**self.environment, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise DemoError(f"`manage.py {arguments[0]}` failed:\n{said}")
        return done.stdout

    def check(self) -> None:
        """Raises DemoError when a server has ended."""
        if obituaries := self.obituaries():
            raise DemoError("\n".join(obituaries))

    def obituaries(self) -> list[str]:
        """Of each server that has ended: that it did, and its last words."""
        return [
            f"The {child.name} process has ended with code {child.process.returncode}. Its last words:\n"
            + _tail(child.log)
            for child in self.children
            if child.process.poll() is not None
        ]

    def end(self) -> None:
        """End every process, the last started first; none is left when this returns."""
        for child in reversed(self.children):
            with suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(SECONDS_TO_END)
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()


def _tail(log: Path, lines: int = 8) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([*(f"    {line}" for line in text[-lines:]), f"    (all of it: {log})"])
