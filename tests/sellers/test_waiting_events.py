"""Events of a seller whom the portal does not know yet wait for him, and are applied once he is here."""

import pytest
from django.utils import timezone

from platforms import inbox, jobs, reconciliation
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy, Event
from sellers import adoption, sign_up
from sellers.models import LinkSession, Seller
from tests import payloads
from tests.factories import AccountFactory, EventFactory

pytestmark = pytest.mark.django_db


def an_offer_waits(channel: Channel, seller_id: str) -> Event:
    event = EventFactory(channel=channel, payload=payloads.offer_small(seller_id, 7), created_at=timezone.now())
    inbox.apply(channel, Run())
    event.refresh_from_db()
    assert (event.state, event.attempts) == (Event.State.WAITING, 0)
    assert "waits for the sign-up" in event.error
    return event


def is_applied(event: Event) -> bool:
    inbox.apply(event.channel, Run())
    event.refresh_from_db()
    offers = Seller.objects.get().offers.values_list("offer_id", flat=True)
    return event.state == Event.State.DONE and list(offers) == [7]


@pytest.mark.parametrize("way", ["import", "repair"])
def test_they_are_applied_when_he_is_adopted(sandbox, shop, way):
    sandbox.link(shop, "OLD_1")
    event = an_offer_waits(shop, "OLD_1")
    if way == "import":
        adoption.adopt(shop)
    else:
        jobs.run("reconcile", shop, Run(ignore_backoff=True))
        reconciliation.repair(Discrepancy.objects.get(kind="missing-here"))
    assert is_applied(event)


def test_they_are_applied_when_he_signs_up(browser, merchant, shop):
    AccountFactory(channel=shop, login="acme")
    form = browser.form_url(merchant.start_sign_up(shop))
    event = an_offer_waits(shop, sign_up.seller_id_of(LinkSession.objects.get()))
    browser.send(form, "acme")
    assert is_applied(event)
