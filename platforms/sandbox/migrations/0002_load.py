from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sandbox", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="state",
            field=models.CharField(
                choices=[("awaiting_ack", "Open"), ("acknowledged", "Acknowledged"), ("dead", "Dead")],
                default="awaiting_ack",
                max_length=12,
            ),
        ),
        migrations.RunSQL(
            "UPDATE sandbox_event SET state = 'awaiting_ack' WHERE state = 'open'",
            "UPDATE sandbox_event SET state = 'open' WHERE state = 'awaiting_ack'",
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["seller", "parent_offer_id"], name="sandbox_offer_variations"),
        ),
    ]
