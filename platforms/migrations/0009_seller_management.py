from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0008_defaults_for_processes_of_before"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="client_versions_confirmed",
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="client_versions_confirmed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="versions confirmed"),
        ),
        migrations.AddField(
            model_name="channel",
            name="mail_texts",
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name="mails to sellers"),
        ),
        migrations.AddField(
            model_name="channel",
            name="mfa_pin_requested_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="pin requested"),
        ),
        migrations.AddField(
            model_name="channel",
            name="several_sellers_per_account",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether one marketplace account may be linked by more than one JTL account.",
                verbose_name="several sellers per account",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="unlink_rejected_after_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Days after which a seller is disconnected whose credentials the marketplace rejects. Empty: never by itself.",
                null=True,
                verbose_name="disconnect after rejected credentials",
            ),
        ),
    ]
