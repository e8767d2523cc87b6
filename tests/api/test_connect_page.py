"""The page that connects a marketplace: its commands, one after the other, as a developer enters them."""

import os
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from listings.models import Offer
from platforms import api_keys
from platforms.models import ApiKey, IdempotentCall, WebhookEndpoint
from tests.factories import OfferFactory, PriceFactory, SellerFactory, StockLevelFactory
from tests.runtime.test_documentation import ROOT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("jq") or not shutil.which("curl"), reason="curl or jq is not installed."),
]
PAGE = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(folder, portal, key):
    environment = {"PATH": os.environ["PATH"], "PORTAL": portal, "KEY": key}
    script = "\n".join(["set -euo pipefail", *COMMANDS])
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_every_command_of_the_page_does_what_it_says(live_server, tmp_path):
    seller = SellerFactory(channel__code="SHOP", channel__connector="manual")
    waiting = {
        "channel": seller.channel,
        "seller": seller,
        "handed_over_revision": 1,
        "awaited_since": timezone.now() - timedelta(minutes=10),
    }
    good, bad = OfferFactory(**waiting), OfferFactory(**waiting)
    PriceFactory(offer=good)
    over = OfferFactory(
        channel=seller.channel, seller=seller, state="ended", channel_offer_id="M-9", take_down_told_at=timezone.now()
    )
    StockLevelFactory(channel=seller.channel, offer_row=good, offer_id=good.offer_id, quantity="7")
    key = api_keys.make("connecting", ApiKey.Scope.WRITE)[1]

    done = run(tmp_path, live_server.url, key)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{seller.channel.code}: {seller.channel.display_name}, EUR" in done.stdout
    assert f"SHOP {good.offer_id}: 7" in done.stdout
    assert [offer.state for offer in Offer.objects.filter(pk__in=[good.pk, bad.pk]).order_by("pk")] == [
        "listed",
        "failed",
    ]
    assert Offer.objects.get(pk=over.pk).taken_down_at
    assert IdempotentCall.objects.count() == 1
    endpoint = WebhookEndpoint.objects.get()
    assert f"endpoint {endpoint.pk}, secret {endpoint.secret}" in done.stdout

    again = run(tmp_path, live_server.url, key)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_wrong_key_ends_it_with_words(live_server, tmp_path):
    done = run(tmp_path, live_server.url, "scxp_wrong")

    assert done.returncode != 0
    assert "invalid_key" in done.stdout + done.stderr
