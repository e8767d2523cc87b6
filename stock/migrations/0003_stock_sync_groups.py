import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0006_offers_by_sku_and_seller"),
        ("platforms", "0010_channels_at_scx"),
        ("stock", "0002_stock_received_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="Levelling",
            fields=[
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="levelling",
                        serialize=False,
                        to="platforms.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=100, verbose_name="stock sync group"
                    ),
                ),
                (
                    "joining",
                    models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="joining"),
                ),
                ("after", models.BigIntegerField(db_default=0, default=0, verbose_name="levelled up to")),
            ],
            options={
                "verbose_name": "stock levelling",
                "verbose_name_plural": "stock levellings",
                "ordering": ["channel"],
            },
        ),
        migrations.AlterField(
            model_name="stocklevel",
            name="source",
            field=models.CharField(
                choices=[
                    ("event", "stock event"),
                    ("offer", "offer event"),
                    ("per-seller", "polled per seller"),
                    ("all-sellers", "polled for all sellers"),
                    ("group", "stock sync group"),
                ],
                max_length=11,
                verbose_name="source",
            ),
        ),
        migrations.AddIndex(
            model_name="stocklevel",
            index=models.Index(
                condition=models.Q(("source__in", ["event", "per-seller", "all-sellers"])),
                fields=["channel", "number"],
                name="stock_level_told",
            ),
        ),
    ]
