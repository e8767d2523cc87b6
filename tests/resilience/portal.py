"""A whole portal as a test meets it: real processes, a real database and the embedded SCX, all of which may die."""

import signal
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.fernet import Fernet, MultiFernet

from tests import payloads
from tests.resilience import leaks
from tests.resilience.zygote import Zygote
from tests.runtime.installation import ROOT, Installation, eventually
from tests.sandbox_control import Sandbox
from tests.sandbox_process import free_port

ACCESS_CODE = "an-access-code-nobody-guesses"
# What SCX calls a channel's pages, and their paths here.
PAGES = (("signUp", "sign-up"), ("update", "update"))
# How every access token begins that the embedded SCX ever gave: the base64 of {"alg": "HS256", "typ": "JWT"}.
ANY_ACCESS_TOKEN = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9"


class Portal:
    """`settings` of its processes are the production ones plus crash points, which `crash_at` of a start switches on.

    A crash point is `"before"` or `"after"`, a dotted function and, if not the first, which of its calls.
    """

    def __init__(self, installed: Installation, scx: Sandbox) -> None:
        self.installed = installed
        self.scx = scx
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secrets: dict[str, str] = {"access code": ACCESS_CODE, "some access token": ANY_ACCESS_TOKEN}
        self.printed: list[str] = []
        self.shown: list[bytes] = []
        installed.environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.resilience.settings",
            "SCX_BASE_URL": scx.base_url,
            "PORTAL_URL": self.url,
            "LOG_LEVEL": "DEBUG",
            "METRICS_TOKEN": "a-token-that-only-prometheus-has",
        }
        for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "METRICS_TOKEN"):
            self.secrets[name] = installed.environment[name]

    @cached_property
    def zygote(self) -> Zygote:
        """Made at the first command: what a test changes in `installed.environment` later, commands do not see."""
        zygote = Zygote(self.installed.environment, self.installed.folder)
        self.installed.at_end.append(zygote.end)
        return zygote

    def change_environment(self, **values: str) -> None:
        """What processes started from now on see."""
        self.installed.environment |= values
        if "zygote" in self.__dict__:
            self.zygote.end()
            del self.zygote

    # Setting up

    def channel(
        self,
        code: str,
        *,
        kind: str = "standalone",
        platform: str = "",
        connector: str = "demo",
        stock_source: str = "events",
        **at_scx: Any,
    ) -> str:
        """Make a channel, at SCX and here; returns its code."""
        is_platform = kind == "platform"
        body: dict[str, Any] = {"code": code, "displayName": code.title(), "isPlatform": is_platform}
        if not is_platform:
            body |= {"currency": "EUR", "priceTypes": list(payloads.PRICE_TYPES)}
        if platform:
            body["platform"] = platform
        else:
            body |= {f"{name}Url": f"{self.url}/{path}/{code}/?session={{SESSION}}" for name, path in PAGES}
        token = self.scx.call("POST", "/control/channels", json={**body, **at_scx})["refreshToken"]
        lines = {"code": code, "kind": kind, "display_name": code.title(), "connector": connector}
        if not is_platform:
            self.secrets[f"refresh token of {code}"] = token
            lines |= {"currency": "EUR", "stock_source": stock_source, "refresh_token_env": "TOKEN"}
        if platform:
            lines["platform"] = platform
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("\n".join(["[[channel]]", *(f'{name} = "{value}"' for name, value in lines.items())]))
            file.flush()
            self.manage("apply_channels", "--no-token-test", file.name, TOKEN=token or "")
        return code

    def sellers(self, channel: str, *seller_ids: str) -> None:
        """Link the sellers at SCX and adopt them here."""
        for seller_id in seller_ids:
            self.scx.call("POST", "/control/sellers", json={"channel": channel, "sellerId": seller_id})
        self.manage("import_sellers", "--channel", channel)

    def emit(self, channel: str, event_type: str, payload: Any, **values: Any) -> str:
        body = {"channel": channel, "type": event_type, "event": payload, **values}
        event_id: str = self.scx.call("POST", "/control/events", json=body)["ids"][0]
        return event_id

    def emit_offers(self, channel: str, seller_id: str, *offer_ids: int, **overrides: Any) -> None:
        """An Offer.New of few bytes for each id."""
        self.scx.emit_all(
            [
                {
                    "channel": channel,
                    "type": "Seller:Offer.New",
                    "event": payloads.offer_small(seller_id, offer_id, **overrides),
                }
                for offer_id in offer_ids
            ]
        )

    def emit_minimal(self, channel: str, seller_id: str, *offer_ids: int) -> None:
        """An Offer.New that holds only what SCX requires for each id."""
        offers = [payloads.offer_minimal(seller_id, offer_id) for offer_id in offer_ids]
        self.scx.emit_all([{"channel": channel, "type": "Seller:Offer.New", "event": offer} for offer in offers])

    def session_of(self, url: str) -> str:
        """Remember the session in a sign-up or update URL as a secret; returns the URL."""
        self.secrets[f"session {len(self.secrets)}"] = parse_qs(urlsplit(url).query)["session"][0]
        return url

    def api_key(self) -> str:
        """A key of the REST API that may write. The command tells it once: that is no leak."""
        key = self.installed.manage("create_api_key", f"key {len(self.secrets)}", "--scope", "write").split()[-1]
        self.secrets[f"API key {len(self.secrets)}"] = key
        return key

    # Running

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command to its end, which must be a good one; returns what it printed."""
        done = self.attempt(*arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempt(self, *arguments: str, crash_at: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, whatever that is; -9 is the code of one that was killed."""
        done = self.zygote.run(list(arguments), {"CRASH_AT": crash_at, **environment})
        self.printed += [done.stdout, done.stderr]
        return done

    def sync(self, *jobs: str, channel: str = "") -> str:
        return self.manage("sync", *jobs, *(["--channel", channel] if channel else []))

    def crash(self, crash_at: str, *jobs: str) -> None:
        """Run the jobs in a process that is killed at the crash point."""
        done = self.attempt("sync", *jobs, crash_at=crash_at)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    def shell(self, code: str) -> str:
        return self.manage("shell", "-c", code)

    def nudge(self, job: str, channel: str) -> None:
        """Ask the workers to run the job for the channel."""
        self.shell(
            "from platforms import jobs; from platforms.models import Channel; "
            f"jobs.nudge({job!r}, Channel.objects.get(code={channel!r}))"
        )

    def start_worker(self, *arguments: str, crash_at: str = "", **environment: str) -> "subprocess.Popen[bytes]":
        return self._start("manage.py", "worker", *arguments, crash_at=crash_at, **environment)

    def start_web(
        self, *options: str, crash_at: str = "", threads: int = 4, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """A web server that answers, run by gunicorn with these options beside others."""
        options = (f"--bind=127.0.0.1:{self.port}", "--worker-class=gthread", f"--threads={threads}", *options)
        web = self._start("-m", "gunicorn", "config.wsgi", *options, crash_at=crash_at, **environment)
        eventually(self._is_up, "the web server's answer")
        return web

    def ask(self, method: str, path: str, *, session: "requests.Session | None" = None, **kwargs: Any) -> Any:
        """The web server's answer, kept to be searched for secrets; redirects are not followed."""
        answer = (session or requests).request(
            method, path if "//" in path else self.url + path, timeout=60, allow_redirects=False, **kwargs
        )
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "set-cookie"}
        self.shown += [answer.content, repr(headers).encode()]
        return answer

    def _is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/live", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _start(self, *arguments: str, crash_at: str, **environment: str) -> "subprocess.Popen[bytes]":
        with (self.installed.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**self.installed.environment, "CRASH_AT": crash_at, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.installed.started.append(process)
        return process

    # Looking

    @property
    def fuse(self) -> Path:
        """With this path in `CRASH_FUSE` a process dies at the crash point that is written there; see `crash.py`."""
        return self.installed.folder / "fuse"

    @property
    def log(self) -> str:
        return self.installed.log

    def value(self, query: str) -> Any:
        """The one value that a query gives, or None; on both databases."""
        return self.installed.value(query)

    def events_at_scx(self, channel: str, state: str) -> int:
        """How many events of the channel SCX still has in a state: waiting, delivered, acknowledged or dead."""
        return len(self.scx.call("GET", "/control/events", params={"channel": channel, "state": state})["events"])

    def execute(self, statement: str) -> None:
        """Change the database behind the portal's back."""
        self.installed.execute(statement)

    def column(self, query: str) -> list[Any]:
        return self.installed.column(query)

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(self.value(f"SELECT COUNT(*) FROM {table} WHERE {where}"))

    def eventually(self, query: str, what: str, seconds: float = 240) -> Any:
        return eventually(lambda: self.value(query), what, seconds)

    def leaks(self) -> list[str]:
        """Where a secret of this run stands in clear in something the portal wrote: names, never the secrets."""
        secrets = {**self.secrets, **{f"access token {n}": token for n, token in enumerate(self._access_tokens())}}
        for number, key in enumerate(self.installed.environment["ENCRYPTION_KEYS"].split(",")):
            secrets[f"encryption key {number}"] = key
        written = {path.name: path.read_bytes() for path in self.installed.folder.rglob("*") if path.is_file()}
        written |= {"what commands printed": "\n".join(self.printed).encode(), "database": self.installed.dump()}
        written["what pages showed"] = b"\n".join(self.shown)
        return leaks.found(secrets, written)

    def _access_tokens(self) -> list[str]:
        named = [value for name, value in self.secrets.items() if name.startswith("ENCRYPTION_KEYS")]
        keys = MultiFernet([Fernet(key) for value in named for key in value.split(",")])
        stored = self.installed.column("SELECT access_token FROM platforms_channel WHERE access_token <> ''")
        return [keys.decrypt(token.encode()).decode() for token in stored]
