from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sellers", "0002_updates_endings_and_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="ended"),
        ),
    ]
