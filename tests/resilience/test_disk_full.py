"""The disk under the database is full: nothing is taken that cannot be kept, all say so, and go on once there is room."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.resilience import disk as disks
from tests.resilience import postgres
from tests.resilience.merchant_browser import MerchantBrowser
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import Installation, eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SELLER = "seller1"


@pytest.fixture
def disk() -> Iterator[disks.Disk]:
    # Not below the test's own folder, which PostgreSQL's account may not enter.
    parent = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    parent.chmod(0o755)
    with disks.small_disk(parent / "disk", 160 if SERVER_URL else 8) as made:
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


def test_what_cannot_be_stored_is_not_acknowledged_and_comes_in_once_there_is_room(portal, disk):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)
    web = portal.start_web()
    worker = portal.start_worker("--beat", "0.5")
    portal.eventually("SELECT 1 FROM platforms_heartbeat", "the first beat")
    portal.emit_offers(shop, SELLER, *range(1, 101))
    portal.sync()
    merchant = portal.scx.merchant()
    portal.secrets["merchant"] = merchant.headers["Authorization"].split()[1]
    browser = MerchantBrowser(portal.session_of(merchant.call("POST", f"/v1/seller/channel/{shop}")["signUpUrl"]))

    disk.fill()
    portal.emit_offers(shop, SELLER, *range(101, 601), description_chars=5000)
    failed = portal.attempt("sync", "events", "apply")

    print(failed.stdout, failed.stderr[-3000:])
    print(portal.count("platforms_event"), portal.events_at_scx(shop, "acknowledged"))
    for page in ("health/ready", "", "api/v1/offers/", "admin/login/"):
        answer = requests.get(f"{portal.url}/{page}", timeout=60)
        print(page, answer.status_code, answer.text[:300])
    answer = browser.send(company_name="Firma")
    print(answer.status_code, browser.title)
    assert portal.events_at_scx(shop, "acknowledged") <= portal.count("platforms_event")

    disk.clear()
    portal.scx.advance(301)
    sent = "SELECT 1 FROM listings_listingreport WHERE state = 'sent' HAVING COUNT(*) = 600"
    portal.eventually(sent, "every report delivered", 150)
    browser.look_again()
    print(browser.title)
    print(eventually(lambda: requests.get(f"{portal.url}/health/ready", timeout=60).ok, "ready"))
    assert web.poll() is None
    assert worker.poll() is None
    assert 0
