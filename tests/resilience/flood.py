"""Fills a portal's tables with more than SCX could send in a test: run inside `manage.py shell`."""

from django.db import connection
from django.utils import timezone

from platforms.models import Channel, Event, FeedCounter
from sellers.models import Seller

OFFER = (
    """'{"sellerId":"s' || (n % 10000) || '","offerId":' || n || ',"sku":"SKU-' || n || '","quantity":"3","title":"'"""
    """ || 'Flood","priceList":[{"id":"B2C","quantityPriceList":[{"amount":"9.90","currency":"EUR"}]}]}'"""
)
STOCK = """'{"sellerId":"s' || (n % 10000) || '","offerId":' || n || ',"quantity":"5.00"}'"""


def sellers(code: str, count: int) -> None:
    channel = Channel.objects.get(code=code)
    known = {"channel": channel, "state": Seller.State.ACTIVE, "linked_at": timezone.now()}
    Seller.objects.bulk_create(Seller(seller_id=f"s{n}", jtl_account_id=n + 1, **known) for n in range(count))


def events(code: str, offers: int, stock: int) -> None:
    """So many events that wait to be applied, of all sellers in turn."""
    channel = Channel.objects.get(code=code)
    pattern = Event.objects.create(
        channel=channel, event_id="pattern", type="pattern", number=0, created_at=timezone.now()
    )
    _insert(pattern, "Seller:Offer.New", OFFER, 1, offers)
    _insert(pattern, "Seller:Offer.StockUpdate", STOCK, offers + 1, offers + stock)
    pattern.delete()
    FeedCounter.objects.update_or_create(name="events", defaults={"value": offers + stock})


def _insert(pattern: Event, event_type: str, payload: str, first: int, last: int) -> None:
    text = f"CAST({payload} AS jsonb)" if connection.vendor == "postgresql" else payload
    own = {
        "event_id": "'flood' || n",
        "type": f"'{event_type}'",
        "payload": text,
        "seller_id": "'s' || (n % 10000)",
        "number": "n",
        "size": "200",
    }
    columns = [field.column for field in Event._meta.concrete_fields if field.column != "id"]
    chosen = [own.get(column, f"pattern.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
            f"INSERT INTO platforms_event ({', '.join(columns)}) "
            f"SELECT {', '.join(chosen)} FROM platforms_event pattern, numbers WHERE pattern.id = {pattern.pk}"
        )
