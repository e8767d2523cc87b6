import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_name", models.CharField(max_length=200)),
                ("refresh_token", models.CharField(max_length=500, unique=True)),
                ("token_generation", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="UploadedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("content_type", models.CharField(max_length=100)),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=10)),
                ("path", models.TextField()),
                ("query", models.TextField()),
                ("status", models.PositiveIntegerField()),
                ("channel_code", models.CharField(max_length=50, null=True)),
                ("account_id", models.BigIntegerField(null=True)),
                ("request_body", models.TextField()),
                ("answer_body", models.TextField()),
                ("deviations", models.JSONField(default=list)),
                ("fault", models.CharField(max_length=20, null=True)),
                ("duration_ms", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["channel_code", "id"], name="sandbox_book_channel")],
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=50, unique=True)),
                ("display_name", models.CharField(max_length=200)),
                ("is_platform", models.BooleanField(default=False)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("countries", models.JSONField(default=list)),
                ("languages", models.JSONField(default=list)),
                ("sign_up_url", models.TextField(default="")),
                ("update_url", models.TextField(default="")),
                ("stock_sync_group", models.CharField(max_length=100, null=True)),
                ("features", models.JSONField(default=dict)),
                ("minimum_client_versions", models.JSONField(default=list)),
                ("website", models.TextField(default="")),
                ("vendor", models.CharField(default="", max_length=200)),
                ("support_contact", models.CharField(default="", max_length=254)),
                ("mfa_contact", models.CharField(default="", max_length=254)),
                ("is_active", models.BooleanField(default=True)),
                ("refresh_token", models.CharField(max_length=500, null=True, unique=True)),
                ("token_generation", models.PositiveIntegerField(default=1)),
                (
                    "platform",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marketplaces",
                        to="sandbox.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=100)),
                ("type", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField()),
                ("envelope", models.TextField()),
                ("is_acknowledged", models.BooleanField(default=False)),
                ("deliveries", models.PositiveIntegerField(default=0)),
                ("visible_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="sandbox.account",
                    ),
                ),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="sandbox.channel")),
            ],
        ),
        migrations.CreateModel(
            name="Configuration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("values", models.JSONField(default=dict)),
                ("offset_seconds", models.FloatField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="sandbox_configuration_single")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=100)),
                ("type", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField()),
                ("envelope", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("acknowledged", "Acknowledged"), ("dead", "Dead")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("deliveries", models.PositiveIntegerField(default=0)),
                ("visible_at", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="sandbox.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.CharField(max_length=254)),
                ("pin", models.CharField(max_length=8)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pins", to="sandbox.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PriceType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price_type_id", models.CharField(max_length=200)),
                ("display_name", models.CharField(max_length=500)),
                ("description", models.TextField(default="")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="price_types", to="sandbox.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller_id", models.CharField(max_length=50)),
                ("offer_id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "Sent"),
                            ("in_progress", "In Progress"),
                            ("listed", "Listed"),
                            ("failed", "Failed"),
                            ("ended", "Ended"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("channel_offer_id", models.CharField(max_length=100, null=True)),
                ("listing_url", models.TextField(null=True)),
                ("errors", models.JSONField(default=list)),
                ("received_at", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="sandbox.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seller",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller_id", models.CharField(max_length=50)),
                ("company_name", models.CharField(default="", max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("unlinked_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(null=True)),
                ("confirmed_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sellers", to="sandbox.account"
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sellers", to="sandbox.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("offer_id", models.BigIntegerField()),
                ("parent_offer_id", models.BigIntegerField(null=True)),
                ("sku", models.CharField(max_length=150)),
                ("title", models.CharField(default="", max_length=512)),
                ("quantity", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("content", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "Sent"),
                            ("in_progress", "In Progress"),
                            ("listed", "Listed"),
                            ("failed", "Failed"),
                            ("ended", "Ended"),
                        ],
                        default="sent",
                        max_length=12,
                    ),
                ),
                ("channel_offer_id", models.CharField(max_length=100, null=True)),
                ("listing_url", models.TextField(null=True)),
                ("errors", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="sandbox.channel",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="sandbox.seller"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_active", models.BooleanField(default=True)),
                ("unlinked_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="sandbox.channel"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="sandbox.seller"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LinkSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.CharField(max_length=100, unique=True)),
                ("kind", models.CharField(choices=[("sign_up", "Sign Up"), ("update", "Update")], max_length=10)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="sandbox.account")),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="sandbox.channel")),
                (
                    "seller",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="sandbox.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller_id", models.CharField(max_length=50)),
                ("offer_id", models.BigIntegerField()),
                ("channel_offer_id", models.CharField(max_length=100, null=True)),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=20)),
                ("updated_at", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_rows",
                        to="sandbox.channel",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_platform", False),
                    models.Q(
                        ("is_platform", True), ("platform", None), ("refresh_token", None), ("stock_sync_group", None)
                    ),
                    _connector="OR",
                ),
                name="sandbox_channel_platform_is_virtual",
                violation_error_message="A platform has no platform, no token and no stock sync group of its own.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("platform", None), models.Q(("sign_up_url", ""), ("update_url", "")), _connector="OR"
                ),
                name="sandbox_channel_marketplace_inherits_urls",
                violation_error_message="A marketplace inherits the URLs of its platform and cannot have its own.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock_sync_group", None), ("platform__isnull", False), _connector="OR"),
                name="sandbox_channel_group_on_marketplace",
                violation_error_message="Only a marketplace can be in a stock sync group.",
            ),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(fields=["account", "event_id"], name="sandbox_accountevent_by_id"),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(fields=["account", "is_acknowledged", "id"], name="sandbox_accountevent_queue"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["channel", "event_id"], name="sandbox_event_by_id"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["channel", "state", "id", "visible_at", "deliveries"], name="sandbox_event_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="pricetype",
            constraint=models.UniqueConstraint(fields=("channel", "price_type_id"), name="sandbox_pricetype_unique"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["channel", "seller_id", "offer_id"], name="sandbox_report_offer"),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.UniqueConstraint(fields=("channel", "seller_id"), name="sandbox_seller_unique_id"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["seller", "sku"], name="sandbox_offer_pool"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=("channel", "seller", "offer_id"), name="sandbox_offer_unique"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("seller", "channel"), name="sandbox_membership_unique"),
        ),
        migrations.AddConstraint(
            model_name="linksession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "sign_up"), ("seller", None)),
                    models.Q(("kind", "update"), ("seller__isnull", False)),
                    _connector="OR",
                ),
                name="sandbox_linksession_seller_of_update",
            ),
        ),
        migrations.AddIndex(
            model_name="stockrow",
            index=models.Index(models.F("channel"), models.F("updated_at"), name="sandbox_stockrow_cursor"),
        ),
        migrations.AddConstraint(
            model_name="stockrow",
            constraint=models.UniqueConstraint(
                fields=("channel", "seller_id", "offer_id"), name="sandbox_stockrow_unique"
            ),
        ),
    ]
