from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platforms", "0001_initial"),
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("offer_id", models.BigIntegerField(verbose_name="offer id")),
                ("parent_offer_id", models.BigIntegerField(null=True, verbose_name="parent offer id")),
                ("channel_offer_id", models.CharField(blank=True, max_length=100, verbose_name="channel offer id")),
                ("sku", models.CharField(blank=True, max_length=150, verbose_name="SKU")),
                ("gtin", models.CharField(blank=True, max_length=100, verbose_name="GTIN")),
                ("mpn", models.CharField(blank=True, max_length=255, verbose_name="MPN")),
                ("isbn", models.CharField(blank=True, max_length=100, verbose_name="ISBN")),
                ("brand", models.CharField(blank=True, max_length=255, verbose_name="brand")),
                ("title", models.CharField(blank=True, max_length=512, verbose_name="title")),
                ("sub_title", models.CharField(blank=True, max_length=1024, verbose_name="subtitle")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("category", models.CharField(blank=True, max_length=255, verbose_name="category")),
                (
                    "tax_percent",
                    models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="tax in percent"),
                ),
                ("recommended_price", models.JSONField(null=True, verbose_name="recommended price")),
                ("attributes", models.JSONField(default=list, verbose_name="attributes")),
                ("product_attributes", models.JSONField(default=list, verbose_name="product attributes")),
                ("dimensions", models.JSONField(default=list, verbose_name="dimensions")),
                ("content_at", models.DateTimeField(null=True, verbose_name="content of")),
                ("content_event", models.CharField(blank=True, max_length=100)),
                ("price_at", models.DateTimeField(null=True, verbose_name="prices of")),
                ("price_event", models.CharField(blank=True, max_length=100)),
                ("end_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("end_event", models.CharField(blank=True, max_length=100)),
                ("named_at", models.DateTimeField(null=True)),
                ("named_event", models.CharField(blank=True, max_length=100)),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="revision")),
                ("handed_over_revision", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("in_progress", "in progress"),
                            ("listed", "listed"),
                            ("failed", "failed"),
                            ("ended", "ended"),
                        ],
                        default="pending",
                        max_length=11,
                        verbose_name="state",
                    ),
                ),
                (
                    "state_changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="state since"),
                ),
                ("listing_url", models.CharField(blank=True, max_length=2000, verbose_name="listing URL")),
                ("errors", models.JSONField(default=list, verbose_name="errors")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated")),
                ("number", models.BigIntegerField(default=0, verbose_name="feed number")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variations",
                        to="listings.offer",
                        verbose_name="parent",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="sellers.seller",
                        verbose_name="seller",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ListingReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("answers", models.JSONField(default=list, editable=False, verbose_name="answers")),
                (
                    "kind",
                    models.CharField(
                        choices=[("in_progress", "in progress"), ("listed", "listed"), ("failed", "failed")],
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("content", models.JSONField(default=dict, verbose_name="content")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("sent", "sent"),
                            ("refused", "refused"),
                            ("superseded", "superseded"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="listings.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "listing report",
                "verbose_name_plural": "listing reports",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("source", models.CharField(max_length=2000, verbose_name="source")),
                ("deadline", models.DateTimeField(verbose_name="link lives until")),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "pending"), ("fetched", "fetched"), ("failed", "failed")],
                        default="pending",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("file", models.FileField(blank=True, upload_to="pictures/")),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pictures",
                        to="listings.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "ordering": ["offer", "position"],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price_type", models.CharField(max_length=100, verbose_name="price type")),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("1"), max_digits=18, verbose_name="from quantity"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="listings.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "ordering": ["offer", "price_type", "quantity"],
            },
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False),
                    ("handed_over_revision__lt", models.F("revision")),
                    ("parent", None),
                    ("state", "pending"),
                ),
                fields=["channel", "id"],
                name="listings_offer_handover",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["sku"], name="listings_offer_sku"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["gtin"], name="listings_offer_gtin"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["channel_offer_id"], name="listings_offer_chan_offer"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["offer_id"], name="listings_offer_offer_id"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["channel", "number"], name="listings_offer_feed"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["number"], name="listings_offer_number"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["channel", "state", "-id"], name="listings_offer_state_list"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=("channel", "seller", "offer_id"), name="listings_offer_unique"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "in_progress", "listed", "failed", "ended"])),
                name="listings_offer_state",
            ),
        ),
        migrations.AddIndex(
            model_name="listingreport",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["channel", "kind", "id"],
                name="listings_report_due",
            ),
        ),
        migrations.AddIndex(
            model_name="listingreport",
            index=models.Index(fields=["channel", "state", "-id"], name="listings_report_list"),
        ),
        migrations.AddConstraint(
            model_name="picture",
            constraint=models.UniqueConstraint(fields=("offer", "position"), name="listings_picture_unique"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                fields=("offer", "price_type", "quantity"), name="listings_price_unique"
            ),
        ),
    ]
