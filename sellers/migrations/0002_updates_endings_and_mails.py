import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import platforms.fields


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0009_seller_management"),
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("invitation", "invitation"), ("lost-code", "lost access code")],
                        max_length=10,
                        verbose_name="purpose",
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("used_at", models.DateTimeField(null=True, verbose_name="used")),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Mail",
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
                        choices=[
                            ("connected", "connected"),
                            ("disconnected", "disconnected"),
                            ("credentials", "credentials rejected"),
                            ("invitation", "invitation"),
                            ("lost-code", "lost access code"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("recipient", models.EmailField(max_length=254, verbose_name="recipient")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("secret", platforms.fields.EncryptedTextField(blank=True, default="", editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("is_refused", models.BooleanField(default=False, verbose_name="refused")),
            ],
            options={
                "verbose_name": "mail",
                "verbose_name_plural": "mails",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("answers", models.JSONField(default=list, editable=False, verbose_name="answers")),
                (
                    "severity",
                    models.CharField(
                        choices=[("INFO", "information"), ("WARNING", "warning"), ("ERROR", "error")],
                        default="INFO",
                        max_length=7,
                        verbose_name="severity",
                    ),
                ),
                ("message", models.TextField(verbose_name="message")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("is_refused", models.BooleanField(default=False, verbose_name="refused")),
            ],
            options={
                "verbose_name": "message in JTL-Wawi",
                "verbose_name_plural": "messages in JTL-Wawi",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PageFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=64, verbose_name="reference")),
                ("page", models.CharField(max_length=40, verbose_name="page")),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("detail", models.CharField(blank=True, max_length=500, verbose_name="detail")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="shown")),
            ],
            options={
                "verbose_name": "failure page",
                "verbose_name_plural": "failure pages",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Unlinking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("answers", models.JSONField(default=list, editable=False, verbose_name="answers")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("credentials", "credentials invalid or revoked"),
                            ("contract", "no active contract or subscription"),
                            ("suspicious", "suspicious behaviour"),
                            ("other", "other"),
                        ],
                        max_length=11,
                        verbose_name="reason",
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True,
                        help_text="What SCX and the seller are told for “other”.",
                        max_length=500,
                        verbose_name="public text",
                    ),
                ),
                (
                    "note",
                    models.TextField(
                        blank=True,
                        help_text="For staff only; it never leaves the portal.",
                        verbose_name="internal note",
                    ),
                ),
                ("requested_by", models.CharField(blank=True, max_length=150, verbose_name="asked for by")),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked for")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="taken by SCX")),
                ("is_refused", models.BooleanField(default=False, verbose_name="refused")),
            ],
            options={
                "verbose_name": "disconnection",
                "verbose_name_plural": "disconnections",
                "ordering": ["-requested_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="linksession",
            name="sellers_linksession_wiped_at_outcome",
        ),
        migrations.AddField(
            model_name="account",
            name="access_code_expires_at",
            field=models.DateTimeField(
                blank=True, help_text="Left empty, it does not expire.", null=True, verbose_name="access code expires"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="email",
            field=models.EmailField(
                blank=True,
                db_default="",
                default="",
                help_text="Where invitations and new access codes are sent.",
                max_length=254,
                verbose_name="e-mail",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="locked_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="locked"),
        ),
        migrations.AddField(
            model_name="account",
            name="previous_code_hash",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="account",
            name="previous_code_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="old access code works until"),
        ),
        migrations.AddField(
            model_name="account",
            name="wrong_codes",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="wrong codes in a row"
            ),
        ),
        migrations.AddField(
            model_name="linksession",
            name="identity",
            field=platforms.fields.EncryptedJSONField(blank=True, db_default="", default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="linksession",
            name="intent",
            field=platforms.fields.EncryptedJSONField(blank=True, db_default="", default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="linksession",
            name="sign_in",
            field=platforms.fields.EncryptedJSONField(blank=True, db_default="", default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="linksession",
            name="sign_in_hash",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="seller",
            name="client_seen_on",
            field=models.DateField(null=True, verbose_name="client last seen"),
        ),
        migrations.AddField(
            model_name="seller",
            name="client_version",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="client version"
            ),
        ),
        migrations.AddField(
            model_name="seller",
            name="contact_email",
            field=models.EmailField(blank=True, db_default="", default="", max_length=254, verbose_name="e-mail"),
        ),
        migrations.AddField(
            model_name="seller",
            name="contact_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="contact"),
        ),
        migrations.AddField(
            model_name="seller",
            name="contact_phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=50, verbose_name="telephone"),
        ),
        migrations.AddField(
            model_name="seller",
            name="credentials_rejected_at",
            field=models.DateTimeField(null=True, verbose_name="credentials rejected"),
        ),
        migrations.AddField(
            model_name="seller",
            name="credentials_rejection",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="why credentials were rejected"
            ),
        ),
        migrations.AddField(
            model_name="seller",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=2, verbose_name="language"),
        ),
        migrations.AddField(
            model_name="seller",
            name="purged",
            field=models.JSONField(null=True, verbose_name="what was purged"),
        ),
        migrations.AddField(
            model_name="seller",
            name="purged_at",
            field=models.DateTimeField(null=True, verbose_name="purged"),
        ),
        migrations.AddIndex(
            model_name="linksession",
            index=models.Index(
                condition=models.Q(("sign_in_hash", ""), _negated=True),
                fields=["sign_in_hash"],
                name="sellers_linksession_sign_in",
            ),
        ),
        migrations.AddConstraint(
            model_name="linksession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "submitted"]),
                    models.Q(("identity", ""), ("intent", ""), ("session", ""), ("sign_in", "")),
                    _connector="OR",
                ),
                name="sellers_linksession_wiped_at_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "removed"), _negated=True), ("credentials", ""), _connector="OR"),
                name="sellers_seller_removed_has_no_credentials",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="invitations",
                to="sellers.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="sellers.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="seller",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mails",
                to="sellers.seller",
                verbose_name="seller",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="sellers.seller",
                verbose_name="seller",
            ),
        ),
        migrations.AddField(
            model_name="pagefailure",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="page_failures",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="pagefailure",
            name="link",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="failures",
                to="sellers.linksession",
                verbose_name="link session",
            ),
        ),
        migrations.AddField(
            model_name="unlinking",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unlinkings",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="unlinking",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="unlinkings",
                to="sellers.seller",
                verbose_name="seller",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("is_refused", False), ("sent_at", None)),
                fields=["channel", "not_before"],
                name="sellers_mail_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("is_refused", False), ("sent_at", None)), ("secret", ""), _connector="OR"),
                name="sellers_mail_secret_wiped",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["connected", "disconnected", "credentials", "invitation", "lost-code"])
                ),
                name="sellers_mail_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("is_refused", False), ("sent_at", None)),
                fields=["channel", "not_before"],
                name="sellers_notice_due",
            ),
        ),
        migrations.AddIndex(
            model_name="pagefailure",
            index=models.Index(fields=["reference"], name="sellers_pagefailure_reference"),
        ),
        migrations.AddIndex(
            model_name="pagefailure",
            index=models.Index(fields=["channel", "at"], name="sellers_pagefailure_by_age"),
        ),
        migrations.AddIndex(
            model_name="unlinking",
            index=models.Index(
                condition=models.Q(("is_refused", False), ("sent_at", None)),
                fields=["channel", "not_before"],
                name="sellers_unlinking_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="unlinking",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_refused", False), ("sent_at", None)),
                fields=("seller", "channel"),
                name="sellers_unlinking_one_open",
                violation_error_message="This disconnection is on its way already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="unlinking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", "other"), _negated=True), models.Q(("text", ""), _negated=True), _connector="OR"
                ),
                name="sellers_unlinking_other_has_text",
                violation_error_message="For the reason “other”, enter a text that the seller may read.",
            ),
        ),
        migrations.AddConstraint(
            model_name="unlinking",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["credentials", "contract", "suspicious", "other"])),
                name="sellers_unlinking_reason",
            ),
        ),
    ]
