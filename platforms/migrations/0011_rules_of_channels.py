from django.db import migrations, models


def drop_what_has_no_effect(apps, schema_editor):
    """Channels hold values that their kind never used, and that the rules do not allow."""
    channels = apps.get_model("platforms", "Channel").objects
    channels.filter(kind="platform").update(minimum_client_versions=[])
    channels.filter(kind="marketplace").update(several_sellers_per_account=False, unlink_rejected_after_days=None)


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0010_channels_at_scx"),
    ]

    operations = [
        migrations.RunPython(drop_what_has_no_effect, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="channel",
            name="platforms_channel_platform_is_virtual",
        ),
        migrations.RemoveConstraint(
            model_name="channel",
            name="platforms_channel_marketplace_inherits",
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "platform"), _negated=True),
                    models.Q(
                        ("access_token", ""),
                        ("minimum_client_versions", []),
                        ("platform", None),
                        ("refresh_token", ""),
                        ("stock_sync_group", None),
                    ),
                    _connector="OR",
                ),
                name="platforms_channel_platform_is_virtual",
                violation_error_message="A platform has no platform, no stock sync group, no token and no client versions.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "marketplace"), _negated=True),
                    models.Q(
                        ("platform__isnull", False),
                        ("sign_up_url", ""),
                        ("update_url", ""),
                        ("several_sellers_per_account", False),
                        ("unlink_rejected_after_days", None),
                    ),
                    _connector="OR",
                ),
                name="platforms_channel_marketplace_inherits",
                violation_error_message="A marketplace belongs to a platform, inherits its URLs and what is chosen for its sellers.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("platform", models.F("id")), _negated=True),
                name="platforms_channel_not_its_own_platform",
                violation_error_message="A channel is not its own platform.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "platform"), models.Q(("languages", []), _negated=True), _connector="OR"),
                name="platforms_channel_languages",
                violation_error_message="A marketplace or standalone channel has at least one language.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("sign_up_url", ""), ("sign_up_url__contains", "{SESSION}"), _connector="OR"),
                name="platforms_channel_sign_up_url",
                violation_error_message="The URL must contain {SESSION}: SCX puts the session there.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("update_url", ""), ("update_url__contains", "{SESSION}"), _connector="OR"),
                name="platforms_channel_update_url",
                violation_error_message="The URL must contain {SESSION}: SCX puts the session there.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock_source__in", ["events", "per-seller", "all-sellers"])),
                name="platforms_channel_stock_source",
                violation_error_message="Stock comes by events, or is polled per seller or for all sellers.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("new_sellers", "if-picked"),
                    models.Q(("kind", "marketplace"), ("new_sellers__in", ["never", "always"])),
                    _connector="OR",
                ),
                name="platforms_channel_new_sellers",
                violation_error_message="A marketplace is given to new sellers never, if they pick it, or always.",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocksyncgroup",
            constraint=models.CheckConstraint(
                condition=models.Q(("label", ""), _negated=True),
                name="platforms_stocksyncgroup_labelled",
                violation_error_message="A stock sync group has a label.",
            ),
        ),
    ]
