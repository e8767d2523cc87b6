import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


def note_codes(apps, schema_editor):
    """Listings that failed before are grouped as well."""
    offers = apps.get_model("listings", "Offer").objects.filter(state="failed", parent=None)
    batch = []
    for offer in offers.only("errors").iterator(1000):
        codes = sorted({" ".join(str(error.get("code", "")).split())[:255] for error in offer.errors} - {""})
        while len("\n".join(codes)) > 500:
            codes.pop()
        offer.failed_codes = "\n".join(codes)
        batch.append(offer)
        if len(batch) == 1000:
            offers.bulk_update(batch, ["failed_codes"])
            batch = []
    offers.bulk_update(batch, ["failed_codes"])


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0008_ends_told_to_connectors"),
        ("platforms", "0016_address_probes"),
        ("sellers", "0006_openings_that_go_on"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        help_text="Short and always the same for the same cause, such as: GTIN_MISSING",
                        max_length=255,
                        verbose_name="error code",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        help_text="Such as: de",
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\\Z",
                                "A language is written as its short code: de, en, pt-BR.",
                            )
                        ],
                        verbose_name="language",
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        help_text="What the seller reads first in JTL-Wawi. {sku}, {field}, {attribute}, {value}, {limit} are filled in.",
                        max_length=250,
                        verbose_name="what is wrong",
                    ),
                ),
                (
                    "cure",
                    models.TextField(
                        blank=True,
                        help_text="How the seller puts it right.",
                        max_length=10000,
                        verbose_name="what to do",
                    ),
                ),
            ],
            options={
                "verbose_name": "error text",
                "verbose_name_plural": "error texts",
                "ordering": ["channel", "code", "language"],
            },
        ),
        migrations.CreateModel(
            name="ListingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("required", "field is filled in"),
                            ("length", "length of a text"),
                            ("gtin", "GTIN is a valid one"),
                            ("price_type", "price of a known type"),
                            ("pictures", "number of pictures"),
                            ("picture_size", "picture is large enough"),
                            ("attribute", "attribute is given"),
                        ],
                        max_length=12,
                        verbose_name="what is checked",
                    ),
                ),
                (
                    "field",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("title", "title"),
                            ("sub_title", "subtitle"),
                            ("description", "description"),
                            ("gtin", "GTIN"),
                            ("quantity", "quantity"),
                            ("price", "price"),
                            ("brand", "brand"),
                            ("mpn", "MPN"),
                            ("isbn", "ISBN"),
                            ("sku", "SKU"),
                            ("category", "category"),
                            ("tax_percent", "tax in percent"),
                            ("recommended_price", "recommended price"),
                        ],
                        max_length=20,
                        verbose_name="field",
                    ),
                ),
                ("minimum", models.PositiveIntegerField(blank=True, null=True, verbose_name="at least")),
                ("maximum", models.PositiveIntegerField(blank=True, null=True, verbose_name="at most")),
                ("width", models.PositiveIntegerField(blank=True, null=True, verbose_name="width in pixels")),
                ("height", models.PositiveIntegerField(blank=True, null=True, verbose_name="height in pixels")),
                (
                    "attribute",
                    models.CharField(blank=True, help_text="Its id.", max_length=512, verbose_name="attribute"),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        help_text="Only for listings whose category begins with this. Empty: for all.",
                        max_length=255,
                        verbose_name="category",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        help_text="Of the catalogue of errors. Empty: the portal's own, which has a text in German and English.",
                        max_length=255,
                        verbose_name="error code",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "listing rule",
                "verbose_name_plural": "listing rules",
                "ordering": ["channel", "pk"],
            },
        ),
        migrations.AddField(
            model_name="offer",
            name="failed_codes",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("parent", None), ("state", "failed")),
                fields=["channel", "failed_codes", "state_changed_at", "seller", "id", "state", "parent"],
                name="listings_offer_failures",
            ),
        ),
        migrations.AddField(
            model_name="errortext",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="error_texts",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="listingrule",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="listing_rules",
                to="platforms.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="errortext",
            constraint=models.UniqueConstraint(
                fields=("channel", "code", "language"),
                name="listings_error_text_unique",
                violation_error_message="The channel has a text for this code in this language already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="listingrule",
            constraint=models.UniqueConstraint(
                fields=("channel", "kind", "field", "attribute", "category"),
                name="listings_rule_unique",
                violation_error_message="The channel has such a rule already: change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="listingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum", None), ("maximum", None), ("maximum__gte", models.F("minimum")), _connector="OR"
                ),
                name="listings_rule_range",
                violation_error_message="The least is more than the most.",
            ),
        ),
        migrations.RunPython(note_codes, migrations.RunPython.noop),
    ]
