import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def await_answers(apps, schema_editor):
    """What waits already goes on waiting since its state began; SCX is not told of all that at once."""
    offers = apps.get_model("listings", "Offer").objects.filter(parent=None, content_at__isnull=False)
    waiting = offers.filter(state__in=["pending", "in_progress"])
    waiting.update(awaited_since=models.F("state_changed_at"), progress_told=True)


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0009_rules"),
        ("platforms", "0017_answers_of_listings"),
        ("sellers", "0006_openings_that_go_on"),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(default=uuid.uuid4, verbose_name="claim")),
                (
                    "errand",
                    models.CharField(
                        choices=[("list", "to be listed"), ("take_down", "to be taken down")],
                        max_length=9,
                        verbose_name="errand",
                    ),
                ),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                ("holder", models.CharField(max_length=100, verbose_name="holder")),
                ("claimed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="claimed")),
                ("leased_until", models.DateTimeField(verbose_name="leased until")),
            ],
            options={
                "verbose_name": "claim",
                "verbose_name_plural": "claims",
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveIndex(
            model_name="offer",
            name="listings_offer_withdrawn",
        ),
        migrations.RemoveIndex(
            model_name="offer",
            name="listings_offer_over",
        ),
        migrations.AddField(
            model_name="offer",
            name="awaited_since",
            field=models.DateTimeField(null=True, verbose_name="answer awaited since"),
        ),
        migrations.AddField(
            model_name="offer",
            name="handed_over_at",
            field=models.DateTimeField(null=True, verbose_name="handed over"),
        ),
        migrations.AddField(
            model_name="offer",
            name="progress_told",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="offer",
            name="take_down_told_at",
            field=models.DateTimeField(null=True, verbose_name="to be taken down since"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["channel", "seller", "taken_down_at", "take_down_told_at", "id"],
                name="listings_offer_withdrawn",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False),
                    ("parent", None),
                    ("state", "ended"),
                    ("take_down_told_at", None),
                    ("taken_down_at", None),
                ),
                fields=["channel", "state", "taken_down_at", "id"],
                name="listings_offer_over",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("awaited_since__isnull", False), ("parent", None), ("withdrawn_at", None)),
                fields=["channel", "awaited_since", "progress_told"],
                name="listings_offer_awaited",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("parent", None), ("take_down_told_at__isnull", False), ("taken_down_at", None)),
                fields=["channel", "take_down_told_at"],
                name="listings_offer_to_confirm",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="offer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="claim",
                to="listings.offer",
                verbose_name="offer",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["token"], name="listings_claim_token"),
        ),
        migrations.RunPython(await_answers, migrations.RunPython.noop),
    ]
