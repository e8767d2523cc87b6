import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import platforms.fields
import platforms.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedCounter",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("value", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "feed counter",
                "verbose_name_plural": "feed counters",
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster", models.CharField(max_length=100, unique=True, verbose_name="cluster")),
                ("beat_at", models.DateTimeField(verbose_name="last beat")),
            ],
            options={
                "verbose_name": "heartbeat",
                "verbose_name_plural": "heartbeats",
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        help_text="The channel's name in SCX.",
                        max_length=30,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9_-]{2,30}\\Z",
                                "A code is 2 to 30 letters, digits, hyphens or underscores, as SCX has it.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("platform", "platform"),
                            ("marketplace", "marketplace"),
                            ("standalone", "standalone"),
                        ],
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                ("display_name", models.CharField(max_length=100, verbose_name="display name")),
                (
                    "currency",
                    models.CharField(
                        blank=True,
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Z]{3}\\Z", "A currency is three capital letters, such as EUR."
                            )
                        ],
                        verbose_name="currency",
                    ),
                ),
                (
                    "languages",
                    models.JSONField(blank=True, default=platforms.models.default_languages, verbose_name="languages"),
                ),
                ("countries", models.JSONField(blank=True, default=list, verbose_name="countries")),
                ("sign_up_url", models.CharField(blank=True, max_length=500, verbose_name="sign-up URL")),
                ("update_url", models.CharField(blank=True, max_length=500, verbose_name="update URL")),
                (
                    "stock_source",
                    models.CharField(
                        choices=[
                            ("events", "stock events"),
                            ("per-seller", "polling per seller"),
                            ("all-sellers", "polling for all sellers"),
                        ],
                        default="events",
                        max_length=11,
                        verbose_name="stock source",
                    ),
                ),
                (
                    "minimum_client_versions",
                    models.JSONField(blank=True, default=list, verbose_name="minimum client versions"),
                ),
                ("feature_flags", models.JSONField(blank=True, default=dict, verbose_name="feature flags")),
                (
                    "refresh_token",
                    platforms.fields.EncryptedTextField(blank=True, default="", verbose_name="refresh token"),
                ),
                (
                    "access_token",
                    platforms.fields.EncryptedTextField(
                        blank=True, default="", editable=False, verbose_name="access token"
                    ),
                ),
                ("access_token_expires_at", models.DateTimeField(editable=False, null=True)),
                ("token_lease_until", models.DateTimeField(editable=False, null=True)),
                ("connector", models.CharField(default="manual", max_length=50, verbose_name="connector")),
                (
                    "connector_settings",
                    platforms.fields.EncryptedJSONField(blank=True, default=dict, verbose_name="connector settings"),
                ),
                ("branding", models.JSONField(blank=True, default=dict, verbose_name="branding")),
                (
                    "retention_days",
                    models.PositiveIntegerField(
                        default=90,
                        help_text="Days after which the data of a removed seller is purged.",
                        verbose_name="retention",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "platform",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marketplaces",
                        to="platforms.channel",
                        verbose_name="platform",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("prefix", models.CharField(editable=False, max_length=16, unique=True, verbose_name="prefix")),
                ("hash", models.CharField(editable=False, max_length=64)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "read"), ("write", "read and write")],
                        default="read",
                        max_length=5,
                        verbose_name="scope",
                    ),
                ),
                ("is_bound", models.BooleanField(default=False, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("last_used_at", models.DateTimeField(editable=False, null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(editable=False, null=True, verbose_name="revoked")),
                (
                    "channels",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None means all. A platform means its marketplaces, future ones too.",
                        related_name="+",
                        to="platforms.channel",
                        verbose_name="channels",
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="StaffAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channels", models.ManyToManyField(related_name="+", to="platforms.channel", verbose_name="channels")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channel_access",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "staff access",
                "verbose_name_plural": "staff access",
            },
        ),
        migrations.CreateModel(
            name="StockSyncGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=100, verbose_name="label")),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stock_sync_groups",
                        to="platforms.channel",
                        verbose_name="platform",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock sync group",
                "verbose_name_plural": "stock sync groups",
                "ordering": ["platform", "label"],
            },
        ),
        migrations.AddField(
            model_name="channel",
            name="stock_sync_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="channels",
                to="platforms.stocksyncgroup",
                verbose_name="stock sync group",
            ),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=100, verbose_name="event id")),
                ("type", models.CharField(max_length=100, verbose_name="type")),
                ("payload", models.JSONField(default=dict, verbose_name="payload")),
                ("seller_id", models.CharField(blank=True, max_length=100, verbose_name="seller id")),
                ("created_at", models.DateTimeField(verbose_name="created at SCX")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received")),
                ("client_version", models.CharField(blank=True, max_length=100, verbose_name="client version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("waiting", "waiting"),
                            ("done", "done"),
                            ("superseded", "superseded"),
                            ("failed", "failed"),
                            ("dead", "dead"),
                            ("ignored", "ignored"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "not_before",
                    models.DateTimeField(default=django.utils.timezone.now, null=True, verbose_name="not before"),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("number", models.BigIntegerField(unique=True, verbose_name="feed number")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["-number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "failed"])),
                        fields=["channel", "type", "created_at", "event_id"],
                        name="platforms_event_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["channel", "seller_id"],
                        name="platforms_event_waiting",
                    ),
                    models.Index(fields=["seller_id", "-number"], name="platforms_event_seller"),
                    models.Index(fields=["type", "-number"], name="platforms_event_type"),
                    models.Index(fields=["state", "-number"], name="platforms_event_state"),
                ],
                "constraints": [models.UniqueConstraint(fields=("channel", "event_id"), name="platforms_event_unique")],
            },
        ),
        migrations.CreateModel(
            name="JobStatus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.CharField(max_length=20, verbose_name="job")),
                ("queued_at", models.DateTimeField(null=True, verbose_name="queued")),
                ("started_at", models.DateTimeField(null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("summary", models.CharField(blank=True, max_length=200, verbose_name="summary")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="job_statuses",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "job status",
                "verbose_name_plural": "job statuses",
                "ordering": ["channel", "job"],
                "constraints": [models.UniqueConstraint(fields=("job", "channel"), name="platforms_jobstatus_unique")],
            },
        ),
        migrations.CreateModel(
            name="QuotaBucket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.CharField(max_length=40, verbose_name="route group")),
                ("limit", models.PositiveIntegerField(null=True, verbose_name="limit")),
                ("interval", models.PositiveIntegerField(null=True, verbose_name="interval in seconds")),
                ("blocked_until", models.DateTimeField(null=True, verbose_name="blocked until")),
                ("taken", models.JSONField(default=list, verbose_name="permits taken")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quota_buckets",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "quota bucket",
                "verbose_name_plural": "quota buckets",
                "ordering": ["channel", "group"],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "group"), name="platforms_quotabucket_unique")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="stocksyncgroup",
            constraint=models.UniqueConstraint(
                fields=("platform", "label"),
                name="platforms_stocksyncgroup_unique",
                violation_error_message="The platform has a stock sync group with this label already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "platform"), _negated=True),
                    models.Q(
                        ("access_token", ""), ("platform", None), ("refresh_token", ""), ("stock_sync_group", None)
                    ),
                    _connector="OR",
                ),
                name="platforms_channel_platform_is_virtual",
                violation_error_message="A platform has no platform, no stock sync group and no token.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "marketplace"), _negated=True),
                    models.Q(("platform__isnull", False), ("sign_up_url", ""), ("update_url", "")),
                    _connector="OR",
                ),
                name="platforms_channel_marketplace_inherits",
                violation_error_message="A marketplace belongs to a platform and inherits its URLs.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "standalone"), _negated=True),
                    models.Q(("platform", None), ("stock_sync_group", None)),
                    _connector="OR",
                ),
                name="platforms_channel_standalone_is_alone",
                violation_error_message="A standalone channel has no platform and no stock sync group.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["platform", "marketplace", "standalone"])),
                name="platforms_channel_kind",
                violation_error_message="A channel is a platform, a marketplace or standalone.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "platform"), ("currency__length", 3), _connector="OR"),
                name="platforms_channel_currency",
                violation_error_message="A marketplace or standalone channel has one currency.",
            ),
        ),
    ]
