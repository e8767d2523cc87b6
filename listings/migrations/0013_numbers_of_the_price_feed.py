from typing import Any

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef


def number_prices(apps: Any, schema_editor: Any) -> None:
    """Prices that are there stand in their feed as their offers do in theirs, and it goes on above those."""
    offers, prices = apps.get_model("listings", "Offer").objects, apps.get_model("listings", "Price").objects
    counters = apps.get_model("platforms", "FeedCounter").objects
    priced = Exists(prices.filter(offer=OuterRef("pk")))
    offers.filter(priced, number__gt=0).order_by().update(prices_number=F("number"))
    drawn = counters.filter(name__in=["offers", "prices"]).aggregate(last=models.Max("value"))["last"]
    counters.update_or_create(name="prices", defaults={"value": drawn or 0})


class Migration(migrations.Migration):
    dependencies = [
        ("platforms", "0020_idempotent_calls"),
        ("listings", "0012_index_of_variations"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="prices_number",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="feed number of the prices"),
        ),
        migrations.RunPython(number_prices, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("prices_number__isnull", False)),
                fields=["channel", "prices_number"],
                name="listings_offer_prices_feed",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("prices_number__isnull", False)),
                fields=["prices_number"],
                name="listings_offer_prices_number",
            ),
        ),
    ]
