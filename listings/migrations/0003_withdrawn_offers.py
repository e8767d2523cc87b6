from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0002_offer_stubs_index"),
        ("platforms", "0009_seller_management"),
        ("sellers", "0002_updates_endings_and_mails"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="offer",
            name="listings_offer_handover",
        ),
        migrations.AddField(
            model_name="offer",
            name="taken_down_at",
            field=models.DateTimeField(null=True, verbose_name="taken down"),
        ),
        migrations.AddField(
            model_name="offer",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="withdrawn"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False),
                    ("handed_over_revision__lt", models.F("revision")),
                    ("parent", None),
                    ("state", "pending"),
                    ("withdrawn_at", None),
                ),
                fields=["channel", "id"],
                name="listings_offer_handover",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False),
                    ("parent", None),
                    ("withdrawn_at", None),
                    models.Q(("state", "ended"), _negated=True),
                ),
                fields=["channel", "seller", "id"],
                name="listings_offer_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["channel", "seller", "taken_down_at", "id"],
                name="listings_offer_withdrawn",
            ),
        ),
    ]
