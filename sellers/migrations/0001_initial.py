import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import platforms.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platforms", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("login", models.CharField(max_length=100, verbose_name="login")),
                ("access_code_hash", models.CharField(editable=False, max_length=200)),
                ("company_name", models.CharField(blank=True, max_length=200, verbose_name="company")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        limit_choices_to={"kind__in": ["platform", "standalone"]},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "marketplaces",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Where the account may sell. None means every active marketplace of the platform.",
                        limit_choices_to={"kind": "marketplace"},
                        related_name="+",
                        to="platforms.channel",
                        verbose_name="marketplaces",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "ordering": ["channel", "login"],
            },
        ),
        migrations.CreateModel(
            name="Seller",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seller_id", models.CharField(max_length=50, verbose_name="seller id")),
                ("jtl_account_id", models.BigIntegerField(blank=True, null=True, verbose_name="JTL account")),
                ("company_name", models.CharField(blank=True, max_length=200, verbose_name="company")),
                (
                    "credentials",
                    platforms.fields.EncryptedJSONField(blank=True, default=dict, verbose_name="credentials"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("linking", "linking"),
                            ("active", "active"),
                            ("inactive", "inactive"),
                            ("unlinking", "unlinking"),
                            ("unlinked", "unlinked"),
                            ("removed", "removed"),
                        ],
                        default="linking",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "state_changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="state since"),
                ),
                ("state_reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("linked_at", models.DateTimeField(null=True, verbose_name="linked")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sellers",
                        to="sellers.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        limit_choices_to={"kind__in": ["platform", "standalone"]},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sellers",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "seller",
                "verbose_name_plural": "sellers",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("answers", models.JSONField(default=list, editable=False, verbose_name="answers")),
                ("wanted", models.BooleanField(default=True, verbose_name="wanted")),
                ("confirmed", models.BooleanField(null=True, verbose_name="confirmed")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed since")),
                ("is_refused", models.BooleanField(default=False, verbose_name="refused")),
                (
                    "marketplace",
                    models.ForeignKey(
                        limit_choices_to={"kind": "marketplace"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="platforms.channel",
                        verbose_name="marketplace",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="sellers.seller",
                        verbose_name="seller",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "ordering": ["seller", "marketplace"],
            },
        ),
        migrations.CreateModel(
            name="LinkSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=43, unique=True, verbose_name="reference")),
                (
                    "kind",
                    models.CharField(
                        choices=[("sign-up", "sign-up"), ("update", "update")], max_length=7, verbose_name="kind"
                    ),
                ),
                (
                    "session",
                    platforms.fields.EncryptedTextField(blank=True, default="", editable=False, verbose_name="session"),
                ),
                ("session_hash", models.CharField(editable=False, max_length=64)),
                ("browser_hash", models.CharField(editable=False, max_length=64)),
                ("jtl_account_id", models.BigIntegerField(null=True, verbose_name="JTL account")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="expires")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("submitted", "submitted"), ("done", "done"), ("failed", "failed")],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=500, verbose_name="outcome")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="submitted")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="link_sessions",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="link_sessions",
                        to="sellers.seller",
                        verbose_name="seller",
                    ),
                ),
            ],
            options={
                "verbose_name": "link session",
                "verbose_name_plural": "link sessions",
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                fields=("channel", "login"),
                name="sellers_account_unique",
                violation_error_message="The channel has an account with this login already.",
            ),
        ),
        migrations.AddIndex(
            model_name="seller",
            index=models.Index(fields=["seller_id"], name="sellers_seller_by_id"),
        ),
        migrations.AddIndex(
            model_name="seller",
            index=models.Index(fields=["jtl_account_id"], name="sellers_seller_by_jtl"),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.UniqueConstraint(
                fields=("channel", "seller_id"),
                name="sellers_seller_unique",
                violation_error_message="The channel has a seller with this id already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.CheckConstraint(
                condition=models.Q(("seller_id", ""), _negated=True), name="sellers_seller_has_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["linking", "active", "inactive", "unlinking", "unlinked", "removed"])
                ),
                name="sellers_seller_state",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(
                    ("confirmed", None), models.Q(("confirmed", models.F("wanted")), _negated=True), _connector="OR"
                ),
                fields=["marketplace", "not_before"],
                name="sellers_membership_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("seller", "marketplace"), name="sellers_membership_unique"),
        ),
        migrations.AddIndex(
            model_name="linksession",
            index=models.Index(fields=["channel", "session_hash"], name="sellers_linksession_by_hash"),
        ),
        migrations.AddIndex(
            model_name="linksession",
            index=models.Index(
                condition=models.Q(("state", "submitted")), fields=["submitted_at"], name="sellers_linksession_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="linksession",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "submitted"]), ("session", ""), _connector="OR"),
                name="sellers_linksession_wiped_at_outcome",
            ),
        ),
    ]
