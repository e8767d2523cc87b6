import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0011_revisions_and_reporters"),
        ("platforms", "0017_answers_of_listings"),
        ("sellers", "0006_openings_that_go_on"),
    ]

    operations = [
        migrations.AlterField(
            model_name="offer",
            name="parent",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="variations",
                to="listings.offer",
                verbose_name="parent",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="listings_offer_parent"
            ),
        ),
    ]
