"""SCX is told of minimum client versions with a mailed pin, and asked what it has; sellers and pins come to no harm."""

import logging
from datetime import timedelta

import pytest
import requests
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_httpserver import HTTPServer

from platforms import channel_patch, findings, gateway, jobs, minimum_versions, reconciliation
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from tests.factories import ChannelFactory, MarketplaceFactory, SellerFactory

pytestmark = pytest.mark.django_db

WAWI = [{"type": "Wawi", "version": "1.11.0.0"}]
CONTACT = "ops@example.com"
KEYS = ("minimumClientsVersionRequired", "minClientsVersionRequired")


@pytest.fixture
def channel(sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP1"), mfaContact=CONTACT)


def pin_of(sandbox, channel) -> str:
    channel_patch.request_pin(channel)
    return sandbox.call("GET", "/control/mails")["mails"][-1]["pin"]


def at_scx(sandbox, channel) -> list[dict[str, str]]:
    shown = sandbox.call("GET", "/control/channels")["channels"]
    return next(row for row in shown if row["code"] == channel.code)["minimumClientsVersionRequired"]


def push(sandbox, channel, versions) -> bool | None:
    minimum_versions.want(channel, versions)
    return minimum_versions.send(channel, f" {pin_of(sandbox, channel)} ")


def sign_up_with(sandbox, channel, version) -> requests.Response:
    merchant = sandbox.merchant()
    headers = {**merchant.headers, "User-Agent": f"Wawi/{version}"}
    return requests.post(f"{sandbox.base_url}/v1/seller/channel/{channel.code}", headers=headers, timeout=30)


@pytest.mark.parametrize("make", [ChannelFactory, MarketplaceFactory])
def test_what_is_wanted_is_sent_read_back_and_noted(sandbox, make):
    channel = sandbox.adopt(make(), mfaContact=CONTACT)
    assert push(sandbox, channel, WAWI) is True
    assert at_scx(sandbox, channel) == WAWI
    channel.refresh_from_db()
    assert (channel.client_versions_confirmed, minimum_versions.is_at_scx(channel)) == (WAWI, True)
    assert timezone.now() - channel.client_versions_confirmed_at < timedelta(minutes=1)
    assert timezone.now() - channel.mfa_pin_requested_at < timedelta(minutes=1)


def test_an_empty_list_lifts_it(sandbox, channel):
    push(sandbox, channel, WAWI)
    assert push(sandbox, channel, []) is True
    assert at_scx(sandbox, channel) == []
    channel.refresh_from_db()
    assert channel.client_versions_confirmed == []


@pytest.mark.parametrize("key", KEYS)
def test_the_setting_says_under_which_name_it_goes(sandbox, channel, settings, key):
    sandbox.settings(strict=False)
    settings.SCX_MINIMUM_VERSIONS_KEY = key
    assert push(sandbox, channel, WAWI) is True
    (sent,) = [row for row in sandbox.books(path="/v1/channel") if row["method"] == "PATCH"]
    (other,) = set(KEYS) - {key}
    assert key in str(sent["request"])
    assert other not in str(sent["request"])
    assert at_scx(sandbox, channel) == WAWI


def test_scx_then_refuses_older_clients_at_sign_up_and_touches_nobody_who_is_connected(sandbox, channel):
    sandbox.link(channel, "S1")
    push(sandbox, channel, WAWI)
    refused = sign_up_with(sandbox, channel, "1.9.7.0")
    assert [item["code"] for item in refused.json()["errorList"]] == ["SLR202"]
    assert sign_up_with(sandbox, channel, "1.11.0.0").ok
    assert [(row["sellerId"], row["isActiveByJTL"]) for row in _listed(sandbox, channel)] == [("S1", True)]
    push(sandbox, channel, [])
    assert sign_up_with(sandbox, channel, "1.9.7.0").ok


def _listed(sandbox, channel):
    return [
        {"sellerId": row.seller_id, "isActiveByJTL": row.active_by_jtl}
        for row in gateway.client(channel).sellers.list()
    ]


def test_without_an_mfa_contact_people_are_told_what_to_ask_jtl_for(sandbox):
    channel = sandbox.adopt(ChannelFactory(code="SHOP2"))
    with pytest.raises(ValidationError, match="Ask JTL to enter an e-mail address as MFA contact") as refused:
        channel_patch.request_pin(channel)
    assert refused.value.code == "no-contact"
    channel.refresh_from_db()
    assert channel.mfa_pin_requested_at is None


def test_a_wrong_pin_is_an_error_at_the_pin_and_the_wish_stays(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    with pytest.raises(ValidationError) as refused:
        minimum_versions.send(channel, "00000000")
    assert list(refused.value.message_dict) == ["pin"]
    assert "wrong, was used before, or has expired" in refused.value.message_dict["pin"][0]
    assert at_scx(sandbox, channel) == []
    channel.refresh_from_db()
    assert (channel.minimum_client_versions, channel.client_versions_confirmed) == (WAWI, None)


def test_a_pin_works_once_and_for_a_time(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    pin = pin_of(sandbox, channel)
    minimum_versions.send(channel, pin)
    with pytest.raises(ValidationError, match="Request another one"):
        minimum_versions.send(channel, pin)
    late = pin_of(sandbox, channel)
    sandbox.advance(901)
    with pytest.raises(ValidationError, match="Request another one"):
        minimum_versions.send(channel, late)


@pytest.fixture
def odd_scx(httpserver: HTTPServer, settings):
    """A channel at an SCX that answers what the embedded one never does."""
    settings.SCX_BASE_URL = httpserver.url_for("").rstrip("/")
    later = timezone.now() + timedelta(hours=1)
    channel = ChannelFactory(access_token="token", access_token_expires_at=later, minimum_client_versions=WAWI)
    shown = {"isActive": True, "channel": {"channel": channel.code}}
    httpserver.expect_request("/v1/channel", method="GET").respond_with_json(shown)

    def answer(status: int, *errors: dict[str, str]) -> Channel:
        body = {"errorList": list(errors)}
        httpserver.expect_request("/v1/channel", method="PATCH").respond_with_json(body, status=status)
        return channel

    return answer


@pytest.mark.parametrize("code", ["GHN900", "CHN900"])
def test_a_pin_that_scx_misses_is_an_error_at_the_pin_too(odd_scx, code):
    channel = odd_scx(400, {"code": code, "message": "mfaPin is missing"})
    with pytest.raises(ValidationError, match="SCX misses the pin") as refused:
        minimum_versions.send(channel, "12345670")
    assert list(refused.value.message_dict) == ["pin"]


def test_nothing_is_sent_without_a_pin(odd_scx, httpserver):
    with pytest.raises(ValidationError, match="SCX misses the pin"):
        minimum_versions.send(odd_scx(200), "  ")
    assert httpserver.log == []


def test_scx_that_takes_it_and_has_something_else_is_told_from_success(odd_scx):
    channel = odd_scx(200)
    assert minimum_versions.send(channel, "12345670") is False
    channel.refresh_from_db()
    assert (channel.minimum_client_versions, channel.client_versions_confirmed) == (WAWI, [])


@pytest.mark.parametrize("digits", [4, 8])
def test_a_pin_is_in_no_log_no_error_and_no_row(odd_scx, caplog, digits):
    caplog.set_level(logging.DEBUG)
    pin = "86421357"[:digits]
    channel = odd_scx(400, {"code": "VAL100", "message": f"mfaPin: {pin} does not match, {pin}!"})
    with pytest.raises(ValidationError, match="SCX refused") as refused:
        minimum_versions.send(channel, pin)
    channel.refresh_from_db()
    row = str({field.name: getattr(channel, field.attname) for field in Channel._meta.concrete_fields})
    assert pin not in f"{refused.value} {caplog.text} {row}"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("status", 500, "no-answer"),
        ("drop_before", None, "no-answer"),
        ("html", 502, "no-answer"),
        ("throttle", 429, "wait"),
        ("status", 404, "refused"),
        ("status", 401, "token"),
    ],
)
def test_whatever_scx_answers_nothing_is_lost(sandbox, channel, fault, status, code):
    minimum_versions.want(channel, WAWI)
    values = {"status": status} if status else {}
    sandbox.fault(fault, match={"path": "/v1/channel"}, count=20, **values)
    for step in (
        lambda: channel_patch.request_pin(channel),
        lambda: minimum_versions.send(channel, "12345670"),
        lambda: minimum_versions.read_back(channel),
    ):
        with pytest.raises(ValidationError) as refused:
            step()
        assert refused.value.code == code
    channel.refresh_from_db()
    assert (channel.minimum_client_versions, channel.client_versions_confirmed) == (WAWI, None)
    assert not minimum_versions.is_at_scx(channel)


def test_an_answer_that_was_lost_after_the_work_was_done_counts(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    pin = pin_of(sandbox, channel)
    sandbox.fault("drop_after", match={"method": "PATCH", "path": "/v1/channel"})
    assert minimum_versions.send(channel, pin) is True
    channel.refresh_from_db()
    assert channel.client_versions_confirmed == WAWI


def test_that_it_could_not_be_read_back_is_no_failure_of_the_change(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    pin = pin_of(sandbox, channel)
    sandbox.fault("status", match={"method": "GET", "path": "/v1/channel"}, status=500)
    assert minimum_versions.send(channel, pin) is None
    assert at_scx(sandbox, channel) == WAWI
    channel.refresh_from_db()
    assert channel.client_versions_confirmed is None
    assert minimum_versions.read_back(channel) == WAWI


def reconcile(channel: Channel) -> None:
    channel.refresh_from_db()
    assert jobs.run("reconcile", channel, Run(ignore_backoff=True)).error == ""


def wanted_and_had(channel: Channel) -> list[tuple[object, object]]:
    rows = Discrepancy.objects.filter(channel=channel, kind="minimum_client_versions")
    return [(row.ours, row.theirs) for row in rows]


def test_a_wish_that_is_not_at_scx_is_a_difference_that_staff_are_told(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    reconcile(channel)
    assert wanted_and_had(channel) == [(WAWI, [])]
    reconcile(channel)
    assert "differs-from-scx" in {finding.code for finding in findings.found()}
    push(sandbox, channel, WAWI)
    reconcile(channel)
    assert wanted_and_had(channel) == []


def test_no_demand_says_nothing_until_scx_was_told_of_one(sandbox, channel):
    sandbox.call("POST", "/control/channels", json={"code": "SHOP1", KEYS[0]: WAWI})
    reconcile(channel)
    assert wanted_and_had(channel) == []
    push(sandbox, channel, [])
    sandbox.call("POST", "/control/channels", json={"code": "SHOP1", KEYS[0]: WAWI})
    reconcile(channel)
    assert wanted_and_had(channel) == [([], WAWI)]
    channel.refresh_from_db()
    assert channel.client_versions_confirmed == WAWI


def test_the_same_demand_written_otherwise_is_no_difference(sandbox, channel):
    sandbox.call("POST", "/control/channels", json={"code": "SHOP1", KEYS[0]: [{"type": "Wawi", "version": "1.11"}]})
    minimum_versions.want(channel, WAWI)
    reconcile(channel)
    assert wanted_and_had(channel) == []


def test_repair_takes_over_what_scx_demands(sandbox, channel):
    minimum_versions.want(channel, WAWI)
    newer = [{"type": "Wawi", "version": "1.12.0.0"}]
    sandbox.call("POST", "/control/channels", json={"code": "SHOP1", KEYS[0]: newer})
    reconcile(channel)
    row = Discrepancy.objects.select_related("channel").get(kind="minimum_client_versions")
    comparison = reconciliation.comparison_of(row)
    assert (comparison.shown(row.ours), comparison.shown([])) == ("JTL-Wawi 1.11.0.0", "none")
    assert "on the page “Compared with SCX”" in comparison.meaning(row)
    reconciliation.repair(row)
    channel.refresh_from_db()
    assert channel.minimum_client_versions == newer
    assert minimum_versions.is_at_scx(channel)


def test_saving_a_channel_elsewhere_keeps_what_was_noted_of_scx(channel):
    stale = Channel.objects.get(pk=channel.pk)
    minimum_versions.note(channel, {KEYS[0]: WAWI})
    minimum_versions.want(stale, WAWI)
    channel.refresh_from_db()
    assert channel.client_versions_confirmed == WAWI


def test_the_share_tells_old_from_new_and_unreadable_apart(settings):
    channel = ChannelFactory(minimum_client_versions=WAWI)
    today = timezone.localdate()
    for version, number in {"1.9.7.0": 2, "1_9_7_0": 1, "1.11.0.0": 4, "1.11": 1, "newest": 2}.items():
        SellerFactory.create_batch(number, channel=channel, client_version=version, client_seen_on=today)
    share = minimum_versions.share(channel)
    assert [(each.version, each.sellers, each.is_too_old) for each in share.seen] == [
        ("1.9.7.0", 3, True),
        ("1.11.0.0", 5, False),
    ]
    assert (share.too_old, share.sellers, share.percent) == (3, 8, 37.5)
    assert (share.unreadable, share.not_readable) == ([("newest", 2)], 2)


def test_without_a_demand_nobody_is_kept_out():
    channel = ChannelFactory()
    SellerFactory(channel=channel, client_version="0.1", client_seen_on=timezone.localdate())
    share = minimum_versions.share(channel)
    assert (share.too_old, share.sellers, share.percent) == (0, 1, 0.0)
    assert minimum_versions.share(ChannelFactory()).percent == 0.0
