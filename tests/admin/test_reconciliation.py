"""Staff read what differs from SCX and what a restore lost, and act on it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from platforms.models import Channel, Discrepancy, JobStatus, OpenPoint
from sellers.models import Seller
from tests.admin import rows
from tests.factories import NOON, ChannelFactory, SellerFactory

pytestmark = pytest.mark.django_db

DIFFERENCES = reverse("admin:platforms_discrepancy_changelist")
POINTS = reverse("admin:platforms_openpoint_changelist")


def act(browser: Client, page: str, action: str, *rows, **fields: str) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
    return browser.post(page, data, follow=True).content.decode()


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(code="SHOP1", currency="EUR")


def test_the_list_says_what_differs_and_what_to_do(browser: Client, channel):
    kinds = {"settings": ["currency", "inactive", "sign_up_url", "marketplaces"], "sellers": ["not-listed"]}
    for comparison, names in kinds.items():
        for kind in names:
            Discrepancy.objects.create(channel=channel, comparison=comparison, kind=kind, ours="active", theirs="CHF")
    ours = {"number": 1, "offers": [17]}
    Discrepancy.objects.create(channel=channel, comparison="offers", kind="without-content", ours=ours)
    Discrepancy.objects.create(channel=channel, comparison="gone", kind="whatever")
    shown = browser.get(DIFFERENCES).content.decode()
    for text in ("CHF", "Take over SCX’s value", "Ask JTL to enter the portal’s", "can sign up again", ">17<"):
        assert text in shown


def test_repair_asks_first_then_repairs_and_names_what_only_others_can(browser: Client, channel):
    row = Discrepancy.objects.create(channel=channel, comparison="settings", kind="currency", ours="EUR", theirs="CHF")
    other = Discrepancy.objects.create(channel=channel, comparison="settings", kind="inactive", ours=True, theirs=False)
    assert "Make our side of these what SCX says?" in act(browser, DIFFERENCES, "repair", row, other)
    channel.refresh_from_db()
    assert channel.currency == "EUR"
    said = act(browser, DIFFERENCES, "repair", row, other, confirmed="1")
    channel.refresh_from_db()
    assert channel.currency == "CHF"
    assert "1 difference was repaired." in said
    assert "Ask JTL why" in said
    assert list(Discrepancy.objects.all()) == [other]


def test_compare_again_makes_the_job_due(browser: Client, channel, django_capture_on_commit_callbacks):
    Channel.objects.update(reconciled_at=timezone.now())
    row = Discrepancy.objects.create(channel=channel, comparison="settings", kind="currency")
    with django_capture_on_commit_callbacks(execute=True):
        act(browser, DIFFERENCES, "compare_again", row)
    channel.refresh_from_db()
    assert channel.reconciled_at is None
    assert list(JobStatus.objects.values_list("job", flat=True)) == ["reconcile"]
    assert OrmQ.objects.count() == 1


def test_a_point_is_settled_once_by_whom(browser: Client, channel):
    point = OpenPoint.objects.create(backup_at=NOON, restored_at=NOON, kind="offers", channel=channel)
    assert "Ask the sellers" in browser.get(POINTS, {"settled": "no"}).content.decode()
    act(browser, POINTS, "settle", point)
    point.refresh_from_db()
    first = point.settled_at
    assert first is not None
    assert point.settled_by.startswith("user")
    act(browser, POINTS, "settle", point)
    point.refresh_from_db()
    assert point.settled_at == first
    assert "Ask the sellers" not in browser.get(POINTS, {"settled": "no"}).content.decode()


def test_staff_of_one_channel_repair_nothing_of_another(browser_of, channel):
    seller = SellerFactory(channel=channel, seller_id="S1")
    row = Discrepancy.objects.create(
        channel=channel, comparison="sellers", kind="unlinked-at-scx", subject="S1", ours="active", theirs="unlinked"
    )
    act(browser_of(rows.staff_of(ChannelFactory())), DIFFERENCES, "repair", row, confirmed="1")
    seller.refresh_from_db()
    assert seller.state == Seller.State.ACTIVE
    act(browser_of(rows.staff_of(channel)), DIFFERENCES, "repair", row, confirmed="1")
    seller.refresh_from_db()
    assert seller.state == Seller.State.UNLINKED
