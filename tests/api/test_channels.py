from django_q.models import OrmQ

from platforms import jobs
from platforms.models import Channel, JobStatus, StockSyncGroup
from tests.api.conftest import fields
from tests.factories import ChannelFactory, MarketplaceFactory, StockSyncGroupFactory
from tests.platforms.test_readiness import make_ready


def test_a_marketplace_is_told_with_its_platform_and_the_urls_that_hold(api, settings):
    settings.PORTAL_URL = "https://portal.example"
    group = StockSyncGroupFactory(label="AMAZON-EU", platform__code="amazon")
    MarketplaceFactory(
        code="amazon-de", platform=group.platform, stock_sync_group=group, display_name="Amazon.de", languages=["de"]
    )

    told = api.get("channels/amazon-de/").json()
    assert told.pop("ready") is False
    assert told.pop("readiness")
    assert told == {
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
        "new_sellers": "if-picked",
        "price_types": [],
        "listing_rules": [],
        "error_texts": [],
        "minimum_client_versions": [],
        "feature_flags": {},
        "connector": "manual",
        "branding": {},
        "retention_days": 90,
        "in_progress_report": "late",
        "waiting_limit_hours": 48,
        "stock_buffer": 0,
        "stock_minimum": 0,
        "several_sellers_per_account": False,
        "unlink_rejected_after_days": None,
        "has_refresh_token": True,
        "is_active": True,
    }


def test_no_secret_is_told(api):
    values = {"refresh_token": "TOPSECRET", "access_token": "TOPSECRET", "connector_settings": {"key": "TOPSECRET"}}
    channel = ChannelFactory(**values)

    assert "TOPSECRET" not in api.get("channels/").content.decode()
    assert "TOPSECRET" not in api.get(f"channels/{channel.code}/").content.decode()


def test_one_channel_is_told_with_what_is_left_to_do(api):
    channel = ChannelFactory(refresh_token="")

    told = api.get(f"channels/{channel.code}/").json()

    assert told["ready"] is False
    assert told["readiness"][0] == {
        "code": "active",
        "state": "done",
        "title": "Channel switched on",
        "text": "The portal works for the channel, and its pages are open.",
    }
    assert [step["state"] for step in told["readiness"]][:3] == ["done", "todo", "later"]


def test_a_channel_is_told_as_ready(api):
    assert api.get(f"channels/{make_ready(ChannelFactory()).code}/").json()["ready"] is True


def test_the_list_does_not_tell_the_steps(api):
    ChannelFactory()

    assert not {"ready", "readiness"} & api.get("channels/").json()["results"][0].keys()


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


class TestMaking:
    def test_a_platform_with_a_marketplace_in_a_group(self, api):
        made = api.post("channels/", {"code": "mall", "kind": "platform", "display_name": "The Mall"})
        market = {"code": "mall-de", "kind": "marketplace", "platform": "mall", "currency": "EUR", "languages": ["de"]}
        answer = api.post("channels/", {**market, "stock_sync_group": "POOL", "new_sellers": "always"})

        assert (made.status_code, made.json()["display_name"]) == (201, "The Mall")
        assert answer.status_code == 201
        assert answer.json().items() >= {**market, "stock_sync_group": "POOL", "new_sellers": "always"}.items()
        assert answer.json() == api.get("channels/mall-de/").json()
        assert StockSyncGroup.objects.get().platform.code == "mall"

    def test_secrets_go_in_and_never_come_out(self, api):
        secrets = {"refresh_token": "CHANNEL:TOPSECRET", "connector_settings": {"key": "TOPSECRET"}}
        answer = api.post("channels/", {"code": "SHOP", "kind": "standalone", "currency": "EUR", **secrets})

        assert answer.json()["has_refresh_token"] is True
        assert "TOPSECRET" not in answer.content.decode()
        stored = Channel.objects.get()
        assert {name: getattr(stored, name) for name in secrets} == secrets

    def test_a_code_that_is_taken_is_said_at_its_field(self, api):
        ChannelFactory(code="SHOP")
        answer = api.post("channels/", {"code": "SHOP", "kind": "standalone", "currency": "EUR"})

        assert (answer.status_code, fields(answer)) == (400, {"code": "unique"})

    def test_is_not_for_a_key_of_some_channels(self, caller):
        answer = caller("write", ChannelFactory()).post("channels/", {"code": "NEW", "kind": "platform"})

        assert (answer.status_code, answer.json()["code"]) == (403, "bound_key")
        assert Channel.objects.count() == 1


class TestChanging:
    def test_what_is_left_out_stays(self, api):
        channel = ChannelFactory(code="SHOP", connector_settings={"key": "x"}, languages=["de"])
        answer = api.patch("channels/SHOP/", {"currency": "CHF"})

        assert (answer.status_code, answer.json()["currency"]) == (200, "CHF")
        channel.refresh_from_db()
        assert (channel.currency, channel.languages, channel.connector_settings) == ("CHF", ["de"], {"key": "x"})
        assert channel.refresh_token == "CHANNEL:a-refresh-token"

    def test_another_token_ends_what_was_made_with_the_one_before(self, api, django_capture_on_commit_callbacks):
        ChannelFactory(code="SHOP", access_token="made with the old one")
        with django_capture_on_commit_callbacks(execute=True):
            api.patch("channels/SHOP/", {"refresh_token": "CHANNEL:new"})

        stored = Channel.objects.get()
        assert (stored.refresh_token, stored.access_token) == ("CHANNEL:new", "")
        assert JobStatus.objects.exists()

    def test_null_leaves_the_stock_sync_group(self, api):
        group = StockSyncGroupFactory()
        MarketplaceFactory(code="mall-de", platform=group.platform, stock_sync_group=group)

        assert api.patch("channels/mall-de/", {"stock_sync_group": None}).json()["stock_sync_group"] is None
        assert Channel.objects.get(code="mall-de").stock_sync_group is None

    def test_of_the_platforms_urls_shows_in_its_marketplaces(self, api):
        market = MarketplaceFactory()
        api.patch(f"channels/{market.platform.code}/", {"sign_up_url": "https://a.example/?s={SESSION}"})

        told = api.get(f"channels/{market.code}/").json()
        assert told["sign_up_url"] == told["update_url"] == "https://a.example/?s={SESSION}"

    def test_a_key_of_some_channels_changes_those_and_leaves_them_in_their_place(self, caller):
        market, other = MarketplaceFactory(), ChannelFactory()
        bound = caller("write", market)
        path, place = f"channels/{market.code}/", {"kind": "marketplace", "platform": market.platform.code}

        assert bound.patch(path, {**place, "display_name": "New"}).status_code == 200
        assert bound.patch(path, {"kind": "standalone", "platform": None}).json()["code"] == "bound_key"
        assert bound.patch(path, {"platform": "other"}).status_code == 403
        assert bound.patch(f"channels/{other.code}/", {"display_name": "New"}).status_code == 404
        market.refresh_from_db()
        assert (market.display_name, market.kind) == ("New", "marketplace")

    def test_a_key_that_reads_changes_nothing(self, caller):
        channel = ChannelFactory()

        assert caller("read").patch(f"channels/{channel.code}/", {"display_name": "New"}).status_code == 403

    def test_a_group_is_not_made_where_the_change_is_refused(self, api):
        market = MarketplaceFactory()
        answer = api.patch(f"channels/{market.code}/", {"stock_sync_group": "POOL", "currency": "eur"})

        assert fields(answer) == {"currency": "invalid"}
        assert not StockSyncGroup.objects.exists()


def test_a_platforms_urls_are_those_of_every_marketplace_at_once(api):
    market = MarketplaceFactory(platform__sign_up_url="https://a.example/?s={SESSION}")
    Channel.objects.filter(pk=market.platform.pk).update(sign_up_url="https://b.example/?s={SESSION}")
    shown = [api.get(f"channels/{code}/").json() for code in (market.code, market.platform.code)]
    assert {each["sign_up_url"] for each in shown} == {"https://b.example/?s={SESSION}"}
    assert {each["update_url"] for each in shown} == {"https://b.example/?s={SESSION}"}
