"""Offers that stand in the tables before something is measured, made by the database itself."""

from django.db import connection, models, transaction
from django.utils import timezone

from listings.models import FEED, PRICES_FEED, Offer, Picture, Price
from platforms import benchmarks, feeds
from platforms.models import Channel
from sellers.models import Seller

PICTURES = 2


def preload(channel: Channel, seller: Seller, number: int, *, whole: bool = True) -> None:
    """So many listed offers with a price and two pictures each, or alone; offer ids from 1 on."""
    if not number:
        return
    with transaction.atomic():
        own = {"offer_id": "n", "sku": "'SKU-' || n", "number": "n", **({"prices_number": "n"} if whole else {})}
        copy(Offer, _offer(channel, seller), number, own)
        feeds.draw(PRICES_FEED, number)
        feeds.draw(FEED, number)
    if whole:
        copy(Price, Price(price_type="B2C", amount=10, currency="EUR"), number, {"offer_id": "id"}, of=channel)
        for position in range(PICTURES):
            own = {"offer_id": "id", "name": f"'preloaded-{position}-' || offer_id"}
            copy(Picture, _picture(channel, seller, position), number, own, of=channel)
    benchmarks.settle()


def _offer(channel: Channel, seller: Seller) -> Offer:
    now = timezone.now()
    return Offer(
        channel=channel,
        seller=seller,
        offer_id=0,
        title="Kopfhörer",
        content_at=now,
        content_event="preloaded",
        price_at=now,
        price_event="preloaded",
        revision=1,
        handed_over_revision=1,
        state=Offer.State.LISTED,
        attributes=[{"id": name, "value": "ja", "group": None} for name in "abc"],
    )


def _picture(channel: Channel, seller: Seller, position: int) -> Picture:
    now = timezone.now()
    return Picture(
        position=position, source="https://pictures.example/1.jpg", deadline=now, channel=channel, seller=seller
    )


def copy(
    model: type[models.Model],
    row: models.Model,
    number: int,
    expressions: dict[str, str],
    of: Channel | None = None,
) -> None:
    """Insert the row so many times, some columns by SQL expressions of n, or once for each of the channel's offers.

    Those are the offers with ids up to the number.
    """
    names, values, params = [], [], []
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        names.append(connection.ops.quote_name(str(field.column)))
        if field.column in expressions:
            values.append(expressions[field.column])
        else:
            values.append("%s")
            params.append(field.get_db_prep_save(getattr(row, field.attname), connection))
    if of:
        offers = connection.ops.quote_name(Offer._meta.db_table)
        rows = f"{offers} WHERE channel_id = {int(of.pk)} AND offer_id <= {int(number)}"
    elif connection.vendor == "postgresql":
        rows = f"generate_series(1, {int(number)}) AS n"
    else:
        rows = (
            f"(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {int(number)}) "
            "SELECT n FROM up)"
        )
    name = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {rows}", params)
