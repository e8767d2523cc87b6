from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0011_rules_of_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelatscx",
            name="list_error",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="public list not read"),
        ),
    ]
