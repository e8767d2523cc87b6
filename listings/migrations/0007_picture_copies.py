import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0006_offers_by_sku_and_seller"),
        ("platforms", "0016_address_probes"),
        ("sellers", "0006_openings_that_go_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="picture",
            name="attempts",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="attempts"),
        ),
        migrations.AddField(
            model_name="picture",
            name="channel",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="picture",
            name="error",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="error"),
        ),
        migrations.AddField(
            model_name="picture",
            name="leased_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="picture",
            name="name",
            field=models.CharField(db_default="", default="", max_length=255, verbose_name="name"),
        ),
        migrations.AddField(
            model_name="picture",
            name="not_before",
            field=models.DateTimeField(null=True, verbose_name="not before"),
        ),
        migrations.AddField(
            model_name="picture",
            name="seller",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sellers.seller",
                verbose_name="seller",
            ),
        ),
        migrations.AddField(
            model_name="picture",
            name="tried_at",
            field=models.DateTimeField(null=True, verbose_name="last attempt"),
        ),
        migrations.CreateModel(
            name="PictureFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="SHA-256")),
                (
                    "format",
                    models.CharField(
                        choices=[("JPEG", "JPEG"), ("PNG", "PNG"), ("GIF", "GIF"), ("WEBP", "WebP")],
                        max_length=4,
                        verbose_name="format",
                    ),
                ),
                ("width", models.PositiveIntegerField(verbose_name="width")),
                ("height", models.PositiveIntegerField(verbose_name="height")),
                ("size", models.PositiveIntegerField(verbose_name="bytes")),
                ("file", models.FileField(upload_to="", verbose_name="file")),
                ("thumbnail", models.FileField(upload_to="", verbose_name="thumbnail")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="fetched")),
            ],
            options={
                "verbose_name": "picture file",
                "verbose_name_plural": "picture files",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["created_at"], name="listings_picturefile_age")],
            },
        ),
        migrations.AddField(
            model_name="picture",
            name="content",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pictures",
                to="listings.picturefile",
                verbose_name="picture file",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["channel", "deadline"], name="listings_picture_due"
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(fields=["seller", "name"], name="listings_picture_same"),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(condition=models.Q(("channel", None)), fields=["id"], name="listings_picture_unnamed"),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("content__isnull", False)), fields=["content"], name="listings_picture_content"
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["channel", "-deadline"], name="listings_picture_failed"
            ),
        ),
        # The two columns were never used. They stay for processes of the version before, which still name them.
        migrations.AlterField(
            model_name="picture", name="content_hash", field=models.CharField(max_length=64, blank=True, db_default="")
        ),
        migrations.AlterField(
            model_name="picture",
            name="file",
            field=models.FileField(upload_to="pictures/", blank=True, db_default="", max_length=100),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="picture", name="content_hash"),
                migrations.RemoveField(model_name="picture", name="file"),
            ]
        ),
    ]
