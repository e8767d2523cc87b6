from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0007_reconciliation_and_restore"),
    ]

    operations = [
        migrations.AlterField(
            model_name="channel",
            name="token_refusal",
            field=models.TextField(
                blank=True, db_default="", default="", editable=False, verbose_name="refusal of the token"
            ),
        ),
        migrations.AlterField(
            model_name="jobstatus",
            name="failures",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="failures in a row"),
        ),
        migrations.AlterField(
            model_name="jobstatus",
            name="is_failing_at_scx",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="quotabucket",
            name="is_answered",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="quotabucket",
            name="throttled",
            field=models.PositiveBigIntegerField(
                db_default=0, default=0, verbose_name="refusals by SCX for want of quota"
            ),
        ),
    ]
