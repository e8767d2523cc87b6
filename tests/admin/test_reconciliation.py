"""Staff read what differs from SCX and what a restore lost, and act on it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from platforms.models import Channel, Discrepancy, JobStatus, OpenPoint
from sellers.models import Seller
from tests.admin import rows
from tests.factories import NOON, ChannelFactory, MembershipFactory, SellerFactory

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
    kinds = {"settings": ["currency", "inactive", "sign_up_url", "missing-at-scx"], "sellers": ["not-listed"]}
    for comparison, names in kinds.items():
        for kind in names:
            Discrepancy.objects.create(channel=channel, comparison=comparison, kind=kind, ours="active", theirs="CHF")
    ours = {"number": 1, "offers": [17]}
    Discrepancy.objects.create(channel=channel, comparison="offers", kind="without-content", ours=ours)
    Discrepancy.objects.create(channel=channel, comparison="gone", kind="whatever")
    shown = browser.get(DIFFERENCES).content.decode()
    for text in ("CHF", "Take over SCX’s value", "Send the portal’s to SCX on the page", "can sign up again", ">17<"):
        assert text in shown


def test_repair_asks_first_then_repairs_and_names_what_only_others_can(browser: Client, channel):
    row = Discrepancy.objects.create(channel=channel, comparison="settings", kind="currency", ours="EUR", theirs="CHF")
    other = Discrepancy.objects.create(channel=channel, comparison="settings", kind="inactive", ours=True, theirs=False)
    asked = act(browser, DIFFERENCES, "repair", row, other)
    assert "Make our side of these what SCX says?" in asked
    assert "SHOP1 · currency" in asked
    channel.refresh_from_db()
    assert channel.currency == "EUR"
    said = act(browser, DIFFERENCES, "repair", row, other, confirmed="1")
    channel.refresh_from_db()
    assert channel.currency == "CHF"
    assert "1 difference was repaired." in said
    assert "Ask JTL why" in said
    assert list(Discrepancy.objects.all()) == [other]


def test_a_seller_missing_here_is_read_as_scx_lists_him_and_adopted_by_repair(browser: Client, channel):
    listed = {"sellerId": "S1", "jtlAccountId": 7, "companyName": "<b>Süß</b> GmbH", "isActiveByChannel": False}
    row = Discrepancy.objects.create(
        channel=channel, comparison="sellers", kind="missing-here", subject="S1", theirs=listed
    )
    shown = browser.get(DIFFERENCES).content.decode()
    assert "&lt;b&gt;Süß&lt;/b&gt; GmbH, inactive" in shown
    assert "Repair adopts him with what SCX lists." in shown
    assert "1 difference was repaired." in act(browser, DIFFERENCES, "repair", row, confirmed="1")
    seller = Seller.objects.get()
    assert (seller.seller_id, seller.jtl_account_id, seller.state) == ("S1", 7, "inactive")


def test_scx_is_told_what_it_takes_from_the_portal_after_a_question(browser: Client):
    membership = MembershipFactory(seller__company_name="Ours")
    values = {"channel": membership.marketplace, "subject": membership.seller.seller_id, "comparison": "sellers"}
    row = Discrepancy.objects.create(kind="company-differs", ours="Ours", theirs="Theirs", **values)
    other = Discrepancy.objects.create(
        channel=membership.marketplace, comparison="settings", kind="currency", ours="EUR", theirs="CHF"
    )
    content = Discrepancy.objects.create(
        channel=membership.marketplace, comparison="offers", kind="without-content", ours={"number": 1, "offers": [1]}
    )
    assert "Have SCX told what the portal says of these?" in act(browser, DIFFERENCES, "tell_scx", row, other)
    membership.refresh_from_db()
    assert membership.confirmed is True
    said = act(browser, DIFFERENCES, "tell_scx", row, other, content, confirmed="1")
    page = reverse("admin:platforms_channel_at_scx_page", args=[membership.marketplace.pk])
    assert f'send the portal’s on the page “Compared with SCX”. <a href="{page}"' in said
    membership.refresh_from_db()
    assert (membership.confirmed, membership.seller.company_name) == (None, "Ours")
    assert "SCX is told of 1 difference" in said
    assert "2 were not possible:" in said
    assert Discrepancy.objects.count() == 3


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
