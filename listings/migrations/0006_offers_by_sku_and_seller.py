from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0005_count_standing_offers"),
        ("platforms", "0010_channels_at_scx"),
        ("sellers", "0005_openings"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["sku", "seller"], name="listings_offer_sku_seller"),
        ),
        migrations.RemoveIndex(
            model_name="offer",
            name="listings_offer_sku",
        ),
    ]
