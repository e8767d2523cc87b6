"""Losing ENCRYPTION_KEYS is a clear state that heals, and no crash: of pages, jobs, worker and commands alike."""

import json
import re

import pytest
import requests
from cryptography.fernet import Fernet

from tests.resilience.portal import Portal
from tests.runtime.installation import eventually, terminate

pytestmark = pytest.mark.slow

SHOP, OTHER = "shop_de", "shop_at"
CREDENTIALS = "the marketplace's password of a seller"
PASSWORD = "a-password-of-staff-nobody-guesses"
UNREADABLE = "cannot be read with the present keys: enter the token again"
MAKE_ROWS = f"""
from django.contrib.auth.models import User
from platforms.models import Channel
from sellers.models import Seller
User.objects.create_superuser("staff", password="{PASSWORD}")
Seller.objects.update(credentials={{"password": "{CREDENTIALS}"}})
Channel.objects.filter(code="{OTHER}").update(connector_settings={{"key": "{CREDENTIALS}"}})
"""
FOUND = """
import json
from platforms.findings import found
print(json.dumps([[each.code, each.channel, each.critical, each.url] for each in found()]))
"""
TOKEN_FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser(requests.Session):
    """A browser at the portal; whatever it asks for, the portal may not fail."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self.trust_env = False
        self.portal = portal

    def open(self, path: str, method: str = "GET", **kwargs):
        url = path if path.startswith("http") else f"{self.portal.url}{path}"
        answer = self.request(method, url, timeout=30, **kwargs)
        self.portal.printed.append(answer.text)
        assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code} {path}"
        return answer

    def fill_in(self, path: str, **fields: str):
        token = TOKEN_FORM.search(self.open(path).text)
        assert token
        headers = {"Referer": f"{self.portal.url}{path}"}
        return self.open(path, "POST", data={"csrfmiddlewaretoken": token[1], **fields}, headers=headers)


def ciphertexts(portal: Portal) -> list[list[str]]:
    """What lies encrypted, of all that nobody entered again."""
    return [
        portal.installed.column(f"SELECT refresh_token FROM platforms_channel WHERE code = '{OTHER}'"),
        portal.installed.column("SELECT connector_settings FROM platforms_channel ORDER BY id"),
        portal.installed.column("SELECT credentials FROM sellers_seller ORDER BY id"),
    ]


def findings(portal: Portal) -> set[tuple[str, str, bool]]:
    told = json.loads(portal.shell(FOUND).splitlines()[-1])
    assert all(url.startswith("/admin/") for _code, _channel, _critical, url in told)
    return {(code, channel, critical) for code, channel, critical, _url in told if code != "no-worker"}


def walk_admin(browser: Browser) -> str:
    """Every list, and the page of its first row; returns what they say."""
    pages = [browser.open("/admin/").text]
    for path in sorted(set(re.findall(r'href="(/admin/\w+/\w+/)"', pages[0]))):
        pages.append(browser.open(path).text)
        for row in re.findall(rf'href="({path}[^"/]+/change/)', pages[-1])[:1]:
            pages.append(browser.open(row).text)
    assert len(pages) > 30
    return "\n".join(pages)


def test_a_lost_key_is_a_state_that_says_so_and_heals(portal):
    lost, other = portal.installed.environment["ENCRYPTION_KEYS"], Fernet.generate_key().decode()
    portal.secrets |= {"ENCRYPTION_KEYS now": other, "credentials": CREDENTIALS, "password of staff": PASSWORD}
    for code in (SHOP, OTHER):
        portal.channel(code)
    portal.sellers(SHOP, "S1")
    portal.shell(MAKE_ROWS)
    api_key = portal.api_key()
    portal.emit_offers(SHOP, "S1", 1, 2)
    portal.sync()
    before = ciphertexts(portal)
    merchant = portal.scx.merchant()
    web, browser = portal.start_web(), Browser(portal)
    address = merchant.call("POST", f"/v1/seller/channel/{SHOP}")["signUpUrl"]
    form = browser.open(portal.session_of(address)).url.removeprefix(portal.url)
    terminate(web)

    portal.change_environment(ENCRYPTION_KEYS=other)
    portal.start_web()

    # People: the admin, the merchant whose sign-up was under way, the API.
    assert browser.fill_in("/admin/login/", username="staff", password=PASSWORD).ok
    shown = walk_admin(browser)
    assert "unreadable: enter it again" in shown
    assert "unreadable with the present keys" in shown
    assert (answer := browser.open(form)).status_code == 410
    assert "Go back to JTL-Wawi" in answer.text
    assert browser.open(f"/sign-up/{OTHER}/?session=any").status_code == 503
    for path in ("channels", "sellers", "accounts", "offers", "stock-levels", "stock-changes", "events"):
        assert browser.open(f"/api/v1/{path}/", headers={"Authorization": f"Bearer {api_key}"}).ok
    for path in ("/", "/health/live", "/health/ready", "/metrics"):
        browser.open(path)

    # Commands and the worker.
    said = portal.attempt("sync")
    assert said.returncode == 1
    assert said.stdout.count(UNREADABLE) >= 2
    assert UNREADABLE in portal.attempt("import_sellers").stdout
    assert "sellers.Seller" in portal.attempt("rotate_keys").stderr
    worker = portal.start_worker()
    where = f"job = 'events' AND error LIKE '%{UNREADABLE}%'"
    eventually(lambda: portal.count("platforms_jobstatus", where) == 2, "the jobs' error")
    terminate(worker)
    assert portal.count("django_q_task") == 0
    assert findings(portal) == {
        ("token-unreadable", SHOP, True),
        ("token-unreadable", OTHER, True),
        ("connector-settings-unreadable", OTHER, True),
        ("credentials-unreadable", "", False),
    }

    # One channel's token is entered again in the admin; nothing else is lost by saving.
    row = portal.value(f"SELECT id FROM platforms_channel WHERE code = '{SHOP}'")
    path = f"/admin/platforms/channel/{row}/change/"
    fields = {
        "code": SHOP,
        "kind": "standalone",
        "display_name": "Another name",
        "currency": "EUR",
        "connector": "demo",
        "stock_source": "events",
        "retention_days": "90",
        "in_progress_report": "late",
        "waiting_limit_hours": "48",
        "is_active": "on",
        "languages": "de, en",
        "new_refresh_token": portal.secrets[f"refresh token of {SHOP}"],
        "price_types-TOTAL_FORMS": "0",
        "price_types-INITIAL_FORMS": "0",
    }
    browser.fill_in(path, **fields)
    assert portal.value(f"SELECT display_name FROM platforms_channel WHERE code = '{SHOP}'") == "Another name"
    portal.emit_offers(SHOP, "S1", 3)
    portal.sync(channel=SHOP)
    assert portal.count("listings_offer") == 3
    assert ("token-unreadable", SHOP, True) not in findings(portal)
    assert ciphertexts(portal) == before

    # The key is back.
    portal.change_environment(ENCRYPTION_KEYS=f"{other},{lost}")
    portal.secrets["ENCRYPTION_KEYS both"] = f"{other},{lost}"
    portal.sync()
    assert not {finding for finding in findings(portal) if "unreadable" in finding[0]}
