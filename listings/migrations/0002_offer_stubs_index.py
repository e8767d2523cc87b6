from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0001_initial"),
        ("platforms", "0007_reconciliation_and_restore"),
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("content_at", None)), fields=["channel", "seller"], name="listings_offer_stubs"
            ),
        ),
    ]
