"""Which rows belong to which kind of channel: the database refuses the others, whoever writes them."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from platforms import checks, gateway, jobs, kind_triggers, kinds, tasks, triggers
from platforms.models import Batch, Channel, JobStatus, PriceType
from platforms.scx.errors import ScxNoToken
from sellers.models import Notice, Opening, Unlinking
from stock.models import Levelling, StockCursor
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    ErrorTextFactory,
    EventFactory,
    ListingReportFactory,
    ListingRuleFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
    StockLevelFactory,
    StockSyncGroupFactory,
)

pytestmark = pytest.mark.django_db

# Channels that rows may name without belonging to them: what was seen, asked, shown or queued, and who may see it.
OF_ANY_KIND = {
    # Its offer's, which is checked.
    "listings.Picture.channel",
    "platforms.AddressProbe.channel",
    "platforms.ChannelAtScx.channel",
    "platforms.Discrepancy.channel",
    "platforms.JobStatus.channel",
    "platforms.OpenPoint.channel",
    "platforms.QuotaBucket.channel",
    # What is told of a platform's sellers is of the platform.
    "platforms.WebhookDelivery.channel",
    "sellers.LinkSession.channel",
    "sellers.Mail.channel",
    "sellers.PageFailure.channel",
    # Those of levels, which are checked.
    "stock.StockMinute.channel",
    "stock.StockUpdate.channel",
}


def unlinking(channel: Channel) -> Unlinking:
    return Unlinking.objects.create(seller=SellerFactory(), channel=channel, reason="contract")


# A row of each rule, on a channel that may have it.
ROWS: dict[str, Any] = {
    "platforms.Channel.platform": lambda: MarketplaceFactory(),
    "platforms.StockSyncGroup.platform": lambda: StockSyncGroupFactory(),
    "platforms.Event.channel": lambda: EventFactory(),
    "platforms.Batch.channel": lambda: Batch.objects.create(job="apply", channel=ChannelFactory(), keys=[]),
    "platforms.PriceType.channel": lambda: PriceType.objects.create(
        channel=ChannelFactory(), price_type_id="B2C", display_name="B2C"
    ),
    "sellers.Seller.channel": lambda: SellerFactory(),
    "sellers.Account.channel": lambda: AccountFactory(),
    "sellers.Membership.marketplace": lambda: MembershipFactory(seller__channel=PlatformFactory()),
    "sellers.Opening.marketplace": lambda: Opening.objects.create(marketplace=MarketplaceFactory()),
    "sellers.Unlinking.channel": lambda: unlinking(ChannelFactory()),
    "sellers.Notice.channel": lambda: Notice.objects.create(
        seller=SellerFactory(), channel=ChannelFactory(), message="Hello"
    ),
    "listings.Offer.channel": lambda: OfferFactory(),
    "listings.ListingReport.channel": lambda: ListingReportFactory(),
    "listings.ListingRule.channel": lambda: ListingRuleFactory(),
    "listings.ErrorText.channel": lambda: ErrorTextFactory(),
    "stock.StockLevel.channel": lambda: StockLevelFactory(),
    "stock.Levelling.channel": lambda: Levelling.objects.create(channel=ChannelFactory()),
    "stock.StockCursor.channel": lambda: StockCursor.objects.create(channel=ChannelFactory()),
}
FACTORIES = {"platform": PlatformFactory, "marketplace": MarketplaceFactory, "standalone": ChannelFactory}
WRONG = [
    (name, kind) for name, allowed in settings.PORTAL_CHANNEL_KINDS.items() for kind in FACTORIES if kind not in allowed
]


def rule_of(name: str) -> kinds.Rule:
    return kinds.rule_of(name, settings.PORTAL_CHANNEL_KINDS[name])


def copy_to(row: models.Model, rule: kinds.Rule, channel: Channel) -> models.Model:
    """A copy that differs in its channel, and in what is unique."""
    copy = type(row).objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for field in row._meta.concrete_fields:
        if field.unique and not field.primary_key:
            numbered = isinstance(field, models.IntegerField)
            setattr(copy, field.attname, 987654 if numbered else None if field.null else "another")
    setattr(copy, rule.field.name, channel)
    return copy


@pytest.mark.parametrize(("name", "kind"), WRONG)
class TestARowOfAChannelThatCannotHaveIt:
    def test_is_refused_in_bulk(self, name, kind):
        rule, row = rule_of(name), ROWS[name]()
        channel = FACTORIES[kind]()
        copy = copy_to(row, rule, channel)
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            rule.model.objects.bulk_create([copy])
        assert rule.text in str(error.value)

    def test_is_refused_in_plain_sql(self, name, kind):
        rule, row = rule_of(name), ROWS[name]()
        channel = FACTORIES[kind]()
        sql = f"UPDATE {rule.table} SET {rule.column} = %s WHERE {rule.model._meta.pk.column} = %s"
        with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [channel.pk, row.pk])
        assert rule.text in str(error.value)


@pytest.mark.parametrize(("name", "kind"), WRONG)
def test_a_channel_with_such_rows_does_not_become_one_that_cannot_have_them(name, kind):
    rule, row = rule_of(name), ROWS[name]()
    channel = getattr(row, rule.field.name)
    as_kind = {
        "platform": {"platform": None, "refresh_token": "", "stock_sync_group": None},
        "marketplace": {"platform": PlatformFactory(), "currency": "EUR"},
        "standalone": {"platform": None, "currency": "EUR"},
    }
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(kind=kind, **as_kind[kind])
    assert "There are some here" in str(error.value)


def test_every_foreign_key_to_a_channel_is_of_some_kind_or_known_to_be_of_any():
    leading = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Channel
    }
    # The rows of many-to-many tables name channels that may be seen.
    assert leading == set(settings.PORTAL_CHANNEL_KINDS) | OF_ANY_KIND
    assert set(ROWS) == set(settings.PORTAL_CHANNEL_KINDS)


def test_a_name_that_is_no_foreign_key_to_a_channel_is_found_at_the_start(settings):
    settings.PORTAL_CHANNEL_KINDS = {"platforms.Event.type": (), "platforms.Nothing.x": (), "stock.StockLevel": ()}
    assert [error.id for error in checks.kinds_resolve()] == ["platforms.E002"] * 3


class TestTriggers:
    def test_a_migration_that_makes_a_table_anew_leaves_them_there(self, django_db_blocker):
        before = set(triggers.there(connection, kind_triggers.PREFIX))
        assert len(before) == 2 * len(settings.PORTAL_CHANNEL_KINDS) + 1
        kind_triggers.lift(using="default", plan=["something"])
        assert bool(triggers.there(connection, kind_triggers.PREFIX)) is (connection.vendor == "postgresql")
        kind_triggers.install(using="default")
        assert set(triggers.there(connection, kind_triggers.PREFIX)) == before

    def test_installing_them_again_writes_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            kind_triggers.install(using="default")

    def test_a_rule_that_changes_changes_its_triggers(self, settings):
        settings.PORTAL_CHANNEL_KINDS = {"platforms.Event.channel": ("standalone",)}
        kind_triggers.install(using="default")
        assert len(triggers.there(connection, kind_triggers.PREFIX)) == 3
        with pytest.raises(IntegrityError, match="a standalone channel only"), transaction.atomic():
            EventFactory(channel=MarketplaceFactory())


class TestScx:
    def test_is_never_asked_for_the_token_of_a_platform(self):
        with pytest.raises(ScxNoToken, match="is a platform"):
            gateway.client(PlatformFactory())

    def test_no_job_is_for_a_platform(self, django_capture_on_commit_callbacks):
        platform = MarketplaceFactory().platform
        with django_capture_on_commit_callbacks(execute=True):
            for job in jobs.names():
                tasks.sweep(job)
                tasks.work(job, platform.code)
        assert JobStatus.objects.exists()
        assert not JobStatus.objects.filter(channel=platform).exists()

    def test_sync_skips_platforms(self, capsys):
        platform = PlatformFactory()
        call_command("sync")
        assert not JobStatus.objects.exists()
        assert platform.code not in capsys.readouterr().out
