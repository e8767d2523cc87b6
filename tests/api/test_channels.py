from django_q.models import OrmQ

from platforms import jobs
from platforms.models import JobStatus
from tests.api.conftest import fields
from tests.factories import ChannelFactory, MarketplaceFactory, StockSyncGroupFactory


def test_a_marketplace_is_told_with_its_platform_and_the_urls_that_hold(api, settings):
    settings.PORTAL_URL = "https://portal.example"
    group = StockSyncGroupFactory(label="AMAZON-EU", platform__code="amazon")
    MarketplaceFactory(
        code="amazon-de", platform=group.platform, stock_sync_group=group, display_name="Amazon.de", languages=["de"]
    )

    assert api.get("channels/amazon-de/").json() == {
        "code": "amazon-de",
        "kind": "marketplace",
        "platform": "amazon",
        "display_name": "Amazon.de",
        "currency": "EUR",
        "languages": ["de"],
        "countries": ["DE"],
        "sign_up_url": "https://portal.example/sign-up/amazon/?session={SESSION}",
        "update_url": "https://portal.example/update/amazon/?session={SESSION}",
        "stock_sync_group": "AMAZON-EU",
        "stock_source": "events",
        "connector": "manual",
        "is_active": True,
    }


def test_no_secret_is_told(api):
    ChannelFactory(refresh_token="TOPSECRET", access_token="TOPSECRET", connector_settings={"key": "TOPSECRET"})

    assert "TOPSECRET" not in api.get("channels/").content.decode()


def test_sync_asks_the_worker_for_every_job_of_the_channel(api, django_capture_on_commit_callbacks):
    channel = ChannelFactory()

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(f"channels/{channel.code}/sync/")

    assert (answer.status_code, answer.json()) == (202, {"channels": [channel.code], "jobs": jobs.names()})
    queued = JobStatus.objects.filter(channel=channel, queued_at__isnull=False).values_list("job", flat=True)
    assert set(queued) == set(jobs.names())
    assert OrmQ.objects.count() == len(jobs.names())


def test_sync_of_a_platform_is_for_its_active_marketplaces(api):
    market = MarketplaceFactory()
    MarketplaceFactory(platform=market.platform, is_active=False)

    assert api.post(f"channels/{market.platform.code}/sync/").json()["channels"] == [market.code]


def test_sync_of_a_channel_that_is_switched_off_is_409(api):
    channel = ChannelFactory(is_active=False)

    assert api.post(f"channels/{channel.code}/sync/").status_code == 409


def test_sync_takes_no_body(api):
    channel = ChannelFactory()

    assert fields(api.post(f"channels/{channel.code}/sync/", {"jobs": ["events"]})) == {"jobs": "unknown"}
    assert api.client.generic("POST", f"/api/v1/channels/{channel.code}/sync/").status_code == 202
    assert api.client.post(f"/api/v1/channels/{channel.code}/sync/").status_code == 202
