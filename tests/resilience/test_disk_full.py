"""A full disk under the database: nothing is taken that cannot be kept, all say so, and go on once there is room."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.resilience import disk as disks
from tests.resilience import postgres
from tests.resilience.merchant_browser import MerchantBrowser
from tests.resilience.portal import ACCESS_CODE
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import Installation, eventually

pytestmark = pytest.mark.slow

SELLER = "seller1"
SAYS = "No space left on device" if SERVER_URL else "database or disk is full"


@pytest.fixture
def disk() -> Iterator[disks.Disk]:
    # Not below the test's own folder, which PostgreSQL's account may not enter.
    parent = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    parent.chmod(0o755)
    with disks.small_disk(parent / "disk", 160 if SERVER_URL else 64) as made:
        yield made
    shutil.rmtree(parent)


@pytest.fixture
def installed(tmp_path: Path, template: Installation, disk: disks.Disk) -> Iterator[Installation]:
    if SERVER_URL:
        with postgres.cluster(disk.folder) as server:
            made = Installation(tmp_path, server.copy_of(template.database_url))
            yield made
            made.end()
    else:
        database = shutil.copy(template.folder / "portal.sqlite3", disk.folder)
        made = Installation(tmp_path, f"sqlite:///{database}")
        yield made
        made.end()


def codes_at(ready: str) -> set[str]:
    return {finding["code"] for finding in requests.get(ready, timeout=60).json()["findings"]}


def test_what_cannot_be_stored_is_not_acknowledged_and_comes_in_once_there_is_room(portal, disk):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)
    key = {"Authorization": f"Bearer {portal.api_key()}"}
    web, worker = portal.start_web(), portal.start_worker("--beat", "0.5")
    portal.eventually("SELECT 1 FROM platforms_heartbeat", "the first beat")
    portal.emit_offers(shop, SELLER, *range(1, 101))
    portal.sync()
    merchant = portal.scx.merchant()
    portal.secrets["merchant"] = merchant.headers["Authorization"].split()[1]
    browser = MerchantBrowser(portal.session_of(merchant.call("POST", f"/v1/seller/channel/{shop}")["signUpUrl"]))

    ready = f"{portal.url}/health/ready"

    disk.fill()
    # More than fits where the database has room of its own, such as in a log that is written over again.
    portal.emit_offers(shop, SELLER, *range(101, 601), description_chars=12_000)
    failed = portal.attempt("sync", "events", "apply")
    account = {"channel": shop, "login": "acme", "access_code": ACCESS_CODE}
    answer = requests.post(f"{portal.url}/api/v1/accounts/", json=account, headers=key, timeout=60)
    browser.send(company_name="Firma")

    assert failed.returncode == 1
    assert SAYS in failed.stdout + failed.stderr
    assert portal.events_at_scx(shop, "acknowledged") <= portal.count("platforms_event") < 600
    assert "Traceback" not in failed.stdout
    # What little still has room may be kept; what is not is said.
    assert (answer.status_code, portal.count("sellers_account")) in [(503, 0), (201, 1)]
    assert browser.page.status_code == (200 if portal.count("sellers_seller", "state = 'active'") == 2 else 503)
    # A row may still find room where a batch does not: then the jobs' own rows tell it.
    eventually(lambda: {"database-full", "job-failing"} & codes_at(ready), "a finding that tells it")

    disk.clear()
    portal.scx.advance(301)
    portal.eventually("SELECT COUNT(*) = 600 FROM listings_listingreport WHERE state = 'sent'", "every report", 150)
    browser.look_again()
    if browser.title != "You are connected":
        browser.send(company_name="Firma")
    assert browser.title == "You are connected"
    eventually(lambda: requests.get(ready, timeout=60).json()["findings"] == [], "nothing that is wrong")
    assert portal.count("listings_offer", "revision = 1 AND state = 'listed'") == 600
    assert (web.poll(), worker.poll()) == (None, None)
