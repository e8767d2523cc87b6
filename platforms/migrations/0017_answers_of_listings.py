import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0016_address_probes"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="in_progress_report",
            field=models.CharField(
                choices=[
                    ("late", "when the decision takes more than five minutes"),
                    ("at-hand-over", "as soon as the connector has the offer"),
                ],
                db_default="late",
                default="late",
                help_text="When SCX is told by itself that an offer is being worked on; a result may say so at any time.",
                max_length=12,
                verbose_name="tell merchants “in progress”",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="waiting_limit_hours",
            field=models.PositiveSmallIntegerField(
                db_default=48,
                default=48,
                help_text="Hours after which an offer without an answer, or one to be taken down, counts as waiting too long.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(8760),
                ],
                verbose_name="offers wait at most",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("in_progress_report__in", ["late", "at-hand-over"])),
                name="platforms_channel_in_progress_report",
                violation_error_message="“In progress” is told when a decision takes long, or at hand-over.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("waiting_limit_hours__gte", 1)),
                name="platforms_channel_waiting_limit",
                violation_error_message="Offers may wait for an hour at least.",
            ),
        ),
    ]
