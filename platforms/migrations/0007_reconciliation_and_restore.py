import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0006_token_refusal_and_job_health"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="reconciled_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="compared with SCX"),
        ),
        migrations.CreateModel(
            name="Discrepancy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("comparison", models.CharField(max_length=20, verbose_name="comparison")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("subject", models.CharField(blank=True, max_length=100, verbose_name="subject")),
                ("ours", models.JSONField(null=True, verbose_name="here")),
                ("theirs", models.JSONField(null=True, verbose_name="at SCX")),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="found")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="last seen")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discrepancies",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference from SCX",
                "verbose_name_plural": "differences from SCX",
                "ordering": ["found_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "comparison", "kind", "subject"), name="platforms_discrepancy_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("backup_at", models.DateTimeField(verbose_name="backup of")),
                ("restored_at", models.DateTimeField(verbose_name="restored")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "access rights"),
                            ("offers", "changes of offers"),
                            ("results", "listing results"),
                            ("seller", "new seller"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=100, verbose_name="subject")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                ("settled_by", models.CharField(blank=True, max_length=150, verbose_name="settled by")),
                (
                    "channel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="open_points",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "open point after a restore",
                "verbose_name_plural": "open points after a restore",
                "ordering": ["-restored_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("backup_at", "kind", "channel", "subject"), name="platforms_openpoint_of_channel"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("channel", None)),
                        fields=("backup_at", "kind", "subject"),
                        name="platforms_openpoint_of_portal",
                    ),
                ],
            },
        ),
    ]
