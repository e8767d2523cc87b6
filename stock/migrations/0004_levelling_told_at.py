from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Max

TOLD = ["event", "per-seller", "all-sellers"]


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """What the levels show of it: those that a group has overwritten do not tell any more."""
    level, levelling = apps.get_model("stock", "StockLevel"), apps.get_model("stock", "Levelling")
    marketplaces = level.objects.filter(source__in=TOLD, channel__kind="marketplace")
    newest = marketplaces.order_by().values_list("channel").annotate(Max("updated_at"))
    for channel, told_at in newest:
        levelling.objects.update_or_create(channel_id=channel, defaults={"told_at": told_at})


class Migration(migrations.Migration):
    dependencies = [("stock", "0003_stock_sync_groups")]

    operations = [
        migrations.AddField(
            model_name="levelling",
            name="told_at",
            field=models.DateTimeField(null=True, verbose_name="last stock update from JTL-Wawi"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
