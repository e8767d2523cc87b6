import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("listings", "0001_initial"),
        ("platforms", "0001_initial"),
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "last_updated_at",
                    models.CharField(default="1970-01-01T00:00:00Z", max_length=40, verbose_name="last updated at"),
                ),
                ("polled_at", models.DateTimeField(null=True, verbose_name="polled")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_cursors",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_cursors",
                        to="sellers.seller",
                        verbose_name="seller",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock cursor",
                "verbose_name_plural": "stock cursors",
                "ordering": ["channel", "seller"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("seller__isnull", False)),
                        fields=("channel", "seller"),
                        name="stock_cursor_of_seller",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("seller", None)), fields=("channel",), name="stock_cursor_of_all"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller_id", models.CharField(max_length=50, verbose_name="seller id")),
                ("offer_id", models.BigIntegerField(verbose_name="offer id")),
                ("channel_offer_id", models.CharField(blank=True, max_length=100, verbose_name="channel offer id")),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="quantity")),
                ("version", models.CharField(max_length=200)),
                ("updated_at", models.DateTimeField(verbose_name="updated at SCX")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("event", "stock event"),
                            ("offer", "offer event"),
                            ("per-seller", "polled per seller"),
                            ("all-sellers", "polled for all sellers"),
                        ],
                        max_length=11,
                        verbose_name="source",
                    ),
                ),
                ("number", models.BigIntegerField(unique=True, verbose_name="feed number")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stock_levels",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "offer_row",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="stock_level",
                        to="listings.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock level",
                "verbose_name_plural": "stock levels",
                "ordering": ["number"],
                "indexes": [
                    models.Index(fields=["channel", "number"], name="stock_level_feed"),
                    models.Index(fields=["seller_id"], name="stock_level_seller"),
                    models.Index(
                        condition=models.Q(("offer_row", None)), fields=["channel"], name="stock_level_waiting"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "seller_id", "offer_id"), name="stock_level_unique")
                ],
            },
        ),
    ]
