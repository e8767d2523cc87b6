from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0004_failed_offers_index"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="offer", name="listings_offer_standing"),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False),
                    ("parent", None),
                    ("withdrawn_at", None),
                    models.Q(("state", "ended"), _negated=True),
                ),
                fields=["channel", "seller", "id", "state", "parent", "withdrawn_at", "content_at"],
                name="listings_offer_standing",
            ),
        ),
    ]
