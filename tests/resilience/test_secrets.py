"""Whatever fails, no secret gets out: into no log, page, traceback, crash report, and into the database encrypted only.

The fixture `portal` searches everything that was written for every secret of the run, in every spelling, as after each
test in this folder. Here things fail that quote what they were given.
"""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.resilience import leaks
from tests.resilience.portal import ACCESS_CODE, Portal
from tests.resilience.test_faults import FAULTS
from tests.runtime.installation import ROOT, eventually, tree

pytestmark = pytest.mark.slow

SETTINGS_SECRET = "the-marketplace's own key, told to its connector"
CREDENTIALS = "what the seller's account is opened with"
PASSWORD = "a-password-of-staff/1"
DATABASE_PASSWORD = "of-the-database-7"
REDIS_PASSWORD = "of-redis-in-a-url"
METRICS_TOKEN = "of-prometheus-alone"
STORE = """
import os
from django.contrib.auth.models import User
from platforms.models import Channel
from sellers.models import Seller
Channel.objects.filter(code="shop_de").update(connector_settings={"key": os.environ["A"]})
seller = Seller.objects.get(seller_id="S1")
seller.credentials = {"password": os.environ["B"]}
seller.save()
User.objects.create_superuser("staff", password=os.environ["C"])
"""
REFUSED_ROWS = (
    "from platforms.models import Channel; Channel.objects.update(kind='nonsense')",
    "from sellers.models import Seller; Seller.objects.update(state='nonsense')",
    "from sellers.models import Account; a = Account.objects.get(); a.pk = None; a.save()",
    "from platforms.models import Channel; raise ValueError(vars(Channel.objects.get(code='shop_de')))",
    "from sellers.models import Seller; raise ValueError(Seller.objects.get().credentials)",
)


@pytest.fixture
def shop(portal: Portal) -> Portal:
    """A channel with everything that is secret."""
    portal.secrets |= {
        "connector settings": SETTINGS_SECRET,
        "credentials": CREDENTIALS,
        "password": PASSWORD,
        "password of the database": DATABASE_PASSWORD,
        "password of Redis": REDIS_PASSWORD,
        "metrics token": METRICS_TOKEN,
    }
    portal.channel("shop_de", connector="manual", stock_source="per-seller")
    portal.sellers("shop_de", "S1")
    portal.manage("shell", "-c", STORE, A=SETTINGS_SECRET, B=CREDENTIALS, C=PASSWORD)
    portal.manage("create_account", "shop_de", "acme", "--access-code", ACCESS_CODE)
    return portal


def sign_up_url(portal: Portal) -> str:
    merchant = portal.scx.merchant()
    return portal.session_of(merchant.call("POST", "/v1/seller/channel/shop_de")["signUpUrl"])


def csrf(page: requests.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    return found[1] if found else ""


def test_no_fault_of_scx_makes_a_job_tell_a_secret(shop):
    shop.emit_offers("shop_de", "S1", 1, 2)
    quick = [fault for fault in FAULTS.values() if fault.get("seconds", 0) < 30]
    for _ in range(4):
        for fault in quick:
            shop.scx.fault(match={"channel": "shop_de"}, rate=0.2, **fault)
        shop.attempt("sync")
        forget_waits(shop)
    shop.scx.call("POST", "/control/channels/shop_de/revoke", json={"refreshToken": True})
    assert shop.attempt("sync").returncode == 1


def test_no_failure_of_a_command_tells_a_secret(shop):
    for code in REFUSED_ROWS:
        assert shop.attempt("shell", "-c", code).returncode != 0
    told = "".join(shop.printed)
    assert "***" in told, "the secrets were quoted"
    assert "Traceback" in told
    if shop.installed.database_url.startswith("postgres"):
        assert "DETAIL:  ***" in told or "DETAIL:  Key ***" in told
    unreachable = {
        "DATABASE_URL": f"postgres://portal:{DATABASE_PASSWORD}@127.0.0.1:1/x",
        "REDIS_URL": f"redis://:{REDIS_PASSWORD}@127.0.0.1:1/0",
    }
    for code in (
        "from django.contrib.auth.models import User; User.objects.count()",
        "from django.core.cache import cache; cache.get('x')",
        "from django.conf import settings; raise OSError(f'cannot reach {settings.DATABASES} or {settings.CACHES}')",
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-c", code],
            cwd=ROOT,
            env={**shop.installed.environment, **unreachable},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        shop.printed += [done.stdout, done.stderr]


def test_no_crash_of_the_worker_tells_a_secret(shop):
    shop.emit_offers("shop_de", "S1", 1)
    shop.sync("events")
    worker = shop.start_worker("--beat", "0.5", QUOTE_AT="listings.handlers.content")
    shop.nudge("apply", "shop_de")
    shop.eventually("SELECT COUNT(*) FROM platforms_event WHERE state = 'failed'", "the event that failed")
    error = shop.value("SELECT error FROM platforms_event")
    assert "does not like" in error
    assert "***" in error
    assert all(limit_of_core_files(process.pid) == "0" for process in tree(worker.pid)[:2])
    shop.attempt("sync", QUOTE_AT="listings.reports.send")
    assert "***" in shop.value("SELECT error FROM platforms_jobstatus WHERE job = 'reports'")


def test_no_page_tells_a_secret(shop):
    key = shop.api_key()
    web = shop.start_web(
        QUOTE_AT="sellers.sign_up.submit;platforms.api_keys._hash",
        METRICS_TOKEN=METRICS_TOKEN,
        PYTHONFAULTHANDLER="1",
    )
    pages_of_a_sign_up(shop)
    pages_of_staff(shop)
    bearer = {"Authorization": f"Bearer {key}"}
    assert shop.ask("GET", "/api/v1/offers/", headers=bearer).status_code == 500
    assert shop.ask("GET", "/api/v1/offers/", headers={"Authorization": f"Bearer x{key}"}).status_code == 401
    assert shop.ask("GET", f"/api/v1/nothing/?key={quote(key)}", headers=bearer).status_code == 404
    shop.ask("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert "does not like" in shop.log
    assert "***" in shop.log

    serving = tree(web.pid)[-1]
    assert limit_of_core_files(serving.pid) == "0"
    serving.send_signal(signal.SIGSEGV)
    eventually(lambda: "Fatal Python error: Segmentation fault" in shop.log, "faulthandler's report")


def forget_waits(shop: Portal) -> None:
    shop.scx.call("DELETE", "/control/faults")
    shop.execute("UPDATE platforms_quotabucket SET blocked_until = NULL")


def pages_of_a_sign_up(shop: Portal) -> None:
    browser = requests.Session()
    url = sign_up_url(shop)
    for fault in FAULTS.values():
        if fault.get("seconds", 0) < 30:
            shop.scx.fault(match={"path": "/v1/channel/seller/signup-session"}, **fault)
            shop.ask("GET", url, session=browser)
            forget_waits(shop)
    form = shop.ask("GET", url, session=browser).headers["Location"]
    page = shop.ask("GET", form, session=browser)
    answers = {"login": "acme", "access_code": ACCESS_CODE}
    assert shop.ask("POST", form, session=browser, data=answers).status_code == 403
    sent = {**answers, "csrfmiddlewaretoken": csrf(page)}
    assert shop.ask("POST", form, session=browser, data={**sent, "login": "nobody"}).status_code == 200
    assert shop.ask("POST", form, session=browser, data=sent).status_code == 500
    query = url.partition("?")[2]
    assert shop.ask("GET", f"/sign-up/nothing/?{query}").status_code == 404
    assert shop.ask("GET", f"/nothing?{query}").status_code == 404
    assert shop.ask("GET", url, headers={"Host": "elsewhere.example"}).status_code == 400
    assert shop.ask("PUT", url).status_code == 405


def pages_of_staff(shop: Portal) -> None:
    browser = requests.Session()
    page = shop.ask("GET", "/admin/login/", session=browser)
    answers = {"username": "staff", "password": PASSWORD, "csrfmiddlewaretoken": csrf(page), "next": "/admin/"}
    assert shop.ask("POST", "/admin/login/", session=browser, data={**answers, "username": "nobody"}).status_code == 200
    assert shop.ask("POST", "/admin/login/", session=browser, data=answers).status_code == 302
    channel = shop.value("SELECT id FROM platforms_channel")
    path = f"/admin/platforms/channel/{channel}/change/"
    page = shop.ask("GET", path, session=browser)
    assert page.status_code == 200
    token = "CHANNEL:entered by staff, with a typing error elsewhere"
    shop.secrets["token that was entered"] = token
    entered = {"csrfmiddlewaretoken": csrf(page), "code": "no spaces", "new_refresh_token": token}
    entered["new_connector_settings"] = json.dumps({"key": SETTINGS_SECRET})
    assert shop.ask("POST", path, session=browser, data=entered).status_code == 200
    for table in (
        "sellers/seller",
        "sellers/account",
        "sellers/linksession",
        "platforms/jobstatus",
    ):
        assert shop.ask("GET", f"/admin/{table}/", session=browser).status_code == 200


def limit_of_core_files(pid: int) -> str:
    """The soft limit, as the kernel tells it."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    return line.split()[4]


@pytest.mark.parametrize("secret", ["CHANNEL:a/b+c d", 'ein Schlüssel mit "ä" & <ö>'])
def test_the_search_finds_a_secret_however_it_is_spelled(secret):
    import base64
    import html

    spellings = {
        "clear": secret,
        "URL": quote(secret, safe=""),
        "JSON": json.dumps({"key": secret}),
        "HTML": html.escape(secret),
        "repr": repr([secret]),
        **{f"base64 {n}": base64.b64encode(b"u" * n + secret.encode() + b":x").decode() for n in range(3)},
    }
    written = {place: f"before {text} after".encode() for place, text in spellings.items()}
    found = leaks.found({"token": secret}, {**written, "nothing": b"before *** after"})
    assert found == [f"token in {place}" for place in spellings]
