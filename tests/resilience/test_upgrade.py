"""An upgrade loses nothing: what the first version left undone is done by processes that never stopped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import payloads
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import Installation, eventually, installation

pytestmark = pytest.mark.slow

SHOP = "shop_de"
FIRST = {"platforms": "0002", "sellers": "0001", "listings": "0001", "stock": "0001"}
# Tables and rows as the first version of the portal made them, through its own models.
FIRST_VERSION = f"""
import json, os
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

call_command("migrate", "django_q", verbosity=0)
for app, name in {FIRST}.items():
    call_command("migrate", app, name, verbosity=0)
loader = MigrationLoader(connection)
named = [(app, loader.get_migration_by_prefix(app, prefix).name) for app, prefix in {FIRST}.items()]
models = loader.project_state(named).apps.get_model
now = timezone.now()
shop = models("platforms", "Channel").objects.create(
    code="{SHOP}", kind="standalone", display_name="Shop", currency="EUR", connector="demo",
    refresh_token=os.environ["TOKEN"],
)
seller = models("sellers", "Seller").objects.create(channel=shop, seller_id="S1", state="active", linked_at=now)
for number, payload in enumerate(json.loads(os.environ["PAYLOADS"]), 1):
    models("platforms", "Event").objects.create(
        channel=shop, event_id=str(number), type="Seller:Offer.New", payload=payload, seller_id="S1", created_at=now,
        number=number,
    )
models("platforms", "FeedCounter").objects.filter(name="events").update(value=number)
offer = models("listings", "Offer").objects.create(
    channel=shop, seller=seller, offer_id=9, sku="SKU-9", content_at=now, content_event="0", revision=1,
    handed_over_revision=1, state="listed", number=1,
)
models("listings", "ListingReport").objects.create(channel=shop, offer=offer, kind="listed", revision=1, at=now)
models("platforms", "FeedCounter").objects.filter(name="offers").update(value=1)
"""
# The sweeps would do it within a minute.
NUDGE = "from platforms import jobs; jobs.nudge_all()"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installation]:
    """With an empty database, in place of a migrated one."""
    with installation(tmp_path, SERVER_URL, is_migrated=False) as made:
        yield made


def test_migrating_under_running_processes_loses_no_work_of_the_first_version(portal):
    body = {"code": SHOP, "displayName": "Shop", "currency": "EUR", "priceTypes": list(payloads.PRICE_TYPES)}
    token = portal.scx.call("POST", "/control/channels", json=body)["refreshToken"]
    portal.scx.call("POST", "/control/sellers", json={"channel": SHOP, "sellerId": "S1"})
    portal.secrets["refresh token"] = token
    waiting = json.dumps([payloads.offer_small("S1", offer_id) for offer_id in (1, 2)])
    portal.manage("shell", "-c", FIRST_VERSION, TOKEN=token, PAYLOADS=waiting)
    portal.emit_offers(SHOP, "S1", 3, 4)

    portal.start_web()
    worker = portal.start_worker()
    eventually(lambda: portal.count("platforms_heartbeat"), "a worker on the tables of the first version")
    ready = requests.get(f"{portal.url}/health/ready", timeout=10)
    assert (ready.status_code, ready.json()["checks"]["migrations"]["ok"]) == (503, False)
    assert portal.count("platforms_event", "state = 'pending'") == 2

    portal.manage("migrate", "--verbosity", "0")
    portal.shell(NUDGE)
    eventually(lambda: portal.count("platforms_event", "state = 'done'") == 4, "the events of both versions applied")
    eventually(lambda: portal.count("listings_listingreport", "state = 'sent'") == 5, "all reports sent")
    assert worker.poll() is None
    ready = requests.get(f"{portal.url}/health/ready", timeout=10)
    assert ready.json()["checks"]["migrations"]["ok"]
