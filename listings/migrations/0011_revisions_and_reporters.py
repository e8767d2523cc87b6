import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0010_awaited_answers_and_claims"),
    ]

    operations = [
        migrations.AddField(
            model_name="listingreport",
            name="by",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="by"),
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="revision")),
                ("content_at", models.DateTimeField(verbose_name="content of")),
                ("content_event", models.CharField(max_length=100)),
                ("replaced_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="replaced")),
                ("changes", models.JSONField(verbose_name="changes")),
                ("prices", models.JSONField(verbose_name="prices")),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="listings.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "revision",
                "verbose_name_plural": "revisions",
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("offer", "number"), name="listings_revision_unique")],
            },
        ),
    ]
