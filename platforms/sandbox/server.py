"""Serves the emulator with gunicorn: one process, so that quotas and faults have one home, and threads."""

from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication

from platforms.sandbox.chunks import gathered
from platforms.sandbox.waiting import THREADS

# A page of offers at full width is megabytes; requests themselves stay small.
OPTIONS: dict[str, Any] = {
    "workers": 1,
    "threads": THREADS,
    "worker_class": "gthread",
    "accesslog": None,
    "loglevel": "warning",
    "graceful_timeout": 1,
    "keepalive": 30,
    "limit_request_line": 8190,
}


class SandboxServer(BaseApplication):
    """`run()` returns only by SystemExit, after SIGTERM or SIGINT."""

    def __init__(self, bind: str) -> None:
        self.bind = bind
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**OPTIONS, "bind": self.bind}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return gathered(get_wsgi_application())
