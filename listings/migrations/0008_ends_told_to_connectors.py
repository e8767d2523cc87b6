from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0007_picture_copies"),
        ("platforms", "0016_address_probes"),
        ("sellers", "0006_openings_that_go_on"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(
                    ("content_at__isnull", False), ("parent", None), ("state", "ended"), ("taken_down_at", None)
                ),
                fields=["channel", "state", "taken_down_at", "id"],
                name="listings_offer_over",
            ),
        ),
    ]
