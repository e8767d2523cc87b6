"""Messages to sellers in JTL-Wawi, sent to the embedded SCX."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from platforms.jobs import Run
from platforms.scx.errors import ScxServerError
from sellers import notices, settlement
from sellers.models import Membership, Notice, Seller
from tests.factories import MembershipFactory, SellerFactory

pytestmark = pytest.mark.django_db
PATH = "/v1/channel/notification"


@pytest.fixture
def seller(shop, sandbox):
    seller = SellerFactory(channel=shop, seller_id="S1")
    sandbox.link(shop, "S1")
    return seller


def sent(sandbox):
    return [(book["channel"], book["request"], book["status"]) for book in sandbox.books(path=PATH)]


def test_a_message_arrives_once_with_its_severity(shop, seller, sandbox):
    assert notices.queue(seller, "Hello “Wawi”", Notice.Severity.ERROR) == 1
    run = Run()
    settlement.settle(shop, run)
    settlement.settle(shop, Run())

    ((channel, request, status),) = sent(sandbox)
    assert (channel, request) == (shop.code, {"sellerId": "S1", "severity": "ERROR", "message": "Hello “Wawi”"})
    assert 200 <= status < 300
    notice = Notice.objects.get()
    assert notice.sent_at is not None
    assert [answer["status"] for answer in notice.answers] == [200]
    assert run.counts == {"notices sent": 1}


def test_the_same_is_not_queued_twice_while_it_waits_but_again_once_it_was_sent(shop, seller):
    assert notices.queue(seller, "A") == 1
    assert notices.queue(seller, "A") == 0
    assert notices.queue(seller, "B") == 1
    assert notices.queue(seller, "A", Notice.Severity.ERROR) == 1
    Notice.objects.update(sent_at=timezone.now())
    assert notices.queue(seller, "A") == 1


def test_a_translatable_message_is_written_in_the_sellers_language(shop, seller):
    Seller.objects.update(language="de")
    notices.queue(Seller.objects.get(), gettext_lazy("Marketplaces"))
    assert Notice.objects.get().message == "Marktplätze"


def test_a_platforms_seller_gets_it_on_every_marketplace_where_he_is_confirmed(mall, sandbox, merchant):
    seller = SellerFactory(channel=mall.platform, seller_id="S1", jtl_account_id=merchant.jtl_account_id)
    sandbox.link(mall.platform, "S1", [mall.de, mall.at], jtlAccountId=merchant.jtl_account_id)
    for marketplace, confirmed in ((mall.de, True), (mall.at, True), (mall.uk, None)):
        MembershipFactory(seller=seller, marketplace=marketplace, confirmed=confirmed, is_refused=not confirmed)
    assert notices.queue(seller, "A") == 2
    assert notices.queue(seller, "B", channels=[mall.de]) == 1
    for marketplace in mall.all:
        settlement.settle(marketplace, Run())
    assert sorted((channel, request["message"]) for channel, request, _status in sent(sandbox)) == [
        ("mall-at", "A"),
        ("mall-de", "A"),
        ("mall-de", "B"),
    ]


@pytest.mark.parametrize("state", ["inactive", "unlinking", "unlinked", "removed"])
def test_a_message_is_parked_while_the_seller_is_off_and_follows_when_he_is_back(shop, seller, sandbox, state):
    notices.queue(seller, "A")
    notices.queue(seller, "B")
    Seller.objects.update(state=state)
    notices.send(shop, Run(ignore_backoff=True))
    assert sent(sandbox) == []
    assert set(Notice.objects.values_list("attempts", "is_refused")) == {(0, False)}

    Seller.objects.update(state="active")
    notices.send(shop, Run())
    assert [request["message"] for _channel, request, _status in sent(sandbox)] == ["A", "B"]


def test_a_message_is_parked_while_the_membership_is_off(mall, sandbox):
    seller = SellerFactory(channel=mall.platform, seller_id="S1")
    MembershipFactory(seller=seller, marketplace=mall.de)
    notices.queue(seller, "A")
    Membership.objects.update(wanted=False)
    notices.send(mall.de, Run(ignore_backoff=True))
    assert sent(sandbox) == []


def test_what_scx_refuses_is_kept_with_its_answer_and_sent_again_when_staff_ask(shop, sandbox):
    seller = SellerFactory(channel=shop, seller_id="S1")
    notices.queue(seller, "A")
    run = Run()
    notices.send(shop, run)
    notices.send(shop, Run(ignore_backoff=True))
    notice = Notice.objects.get()
    assert (notice.is_refused, notice.sent_at, notice.attempts) == (True, None, 1)
    assert notice.error
    assert run.counts == {"notices refused": 1}
    assert len(sent(sandbox)) == 1

    sandbox.link(shop, "S1")
    assert notices.send_again(Notice.objects.all()) == 1
    notices.send(shop, Run())
    assert Notice.objects.get().sent_at is not None
    assert notices.send_again(Notice.objects.all()) == 0


def test_a_message_scx_cannot_take_waits_and_is_tried_again(shop, seller, sandbox):
    sandbox.fault("status", match={"path": PATH}, status=500)
    notices.queue(seller, "A")
    run = Run()
    with suppress(ScxServerError):
        notices.send(shop, run)
    notice = Notice.objects.get()
    assert (notice.sent_at, notice.is_refused) == (None, False)
    assert notice.not_before > timezone.now() - timedelta(seconds=5)
    Notice.objects.update(not_before=timezone.now() - timedelta(seconds=1), leased_until=None)
    notices.send(shop, Run())
    assert Notice.objects.get().sent_at is not None


def test_a_warning_beside_the_answer_is_kept_and_an_error_means_no(shop, seller, monkeypatch):
    from platforms.scx.channel import ChannelCalls
    from platforms.scx.errors import ErrorItem

    for severity, expected in (("warning", (True, False)), ("error", (False, True))):
        said = (ErrorItem("CHN401", "only part was stored", severity),)
        monkeypatch.setattr(ChannelCalls, "notify", lambda self, *args, said=said: said)
        notices.queue(seller, severity)
        notices.send(shop, Run())
        notice = Notice.objects.get(message=severity)
        assert (notice.sent_at is not None, notice.is_refused) == expected
        assert notice.error == "CHN401 only part was stored"


def test_an_id_that_scx_cannot_have_is_refused_without_a_call(shop, sandbox):
    notices.queue(SellerFactory(channel=shop, seller_id="no-such-id"), "A")
    notices.send(shop, Run())
    assert Notice.objects.get().is_refused is True
    assert sent(sandbox) == []


def test_what_a_process_has_in_hand_is_neither_sent_nor_given_up_by_another(shop, seller, sandbox):
    notices.queue(seller, "A")
    Notice.objects.update(leased_until=timezone.now() + timedelta(seconds=20))
    notices.send(shop, Run())
    assert notices.give_up(seller, ["A"]) == 0
    assert sent(sandbox) == []
