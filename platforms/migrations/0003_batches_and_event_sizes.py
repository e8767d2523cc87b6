import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Cast, Length


def measure(apps, schema_editor):
    """What is still to be read by the worker; the rest is read by nobody in bulk."""
    waiting = apps.get_model("platforms", "Event").objects.filter(state__in=["pending", "waiting", "failed"])
    waiting.update(size=Length(Cast("payload", models.TextField())))


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0002_feed_counters_and_cache_table"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="size",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="size"),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.CharField(max_length=20, verbose_name="job")),
                ("keys", models.JSONField(verbose_name="rows")),
                ("deaths", models.PositiveSmallIntegerField(default=0, verbose_name="processes killed")),
                ("began_at", models.DateTimeField(null=True, verbose_name="begun")),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "batch",
                "verbose_name_plural": "batches",
                "indexes": [models.Index(fields=["job", "channel"], name="platforms_batch_job")],
            },
        ),
        migrations.RunPython(measure, migrations.RunPython.noop, elidable=True),
    ]
