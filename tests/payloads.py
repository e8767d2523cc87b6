"""Event payloads of contract section 6 at full width: every field, the largest sizes, awkward text. Deterministic."""

from typing import Any

Payload = dict[str, Any]

PRICE_TYPES = ("B2C", "B2B")
PARAGRAPH = "<p>Grüße aus Füssen: <strong>außergewöhnlich</strong> &amp; &lt;sicher&gt;, „geprüft“ – 5 € / m² 🎧</p>\n"


def offer_new(
    seller_id: str,
    offer_id: int,
    *,
    variations: int = 2,
    pictures: int = 50,
    description_chars: int = 50_000,
    attributes: int = 12,
    price_steps: int = 3,
    quantity: str = "508.00",
    sku: str | None = None,
    base_url: str = "https://images.example.com/scx",
    **overrides: Any,
) -> Payload:
    """The payload of Offer.New and of Offer.Update. An override of None leaves a key out."""
    payload: Payload = {
        "sellerId": seller_id,
        "offerId": offer_id,
        "channelCategoryId": "4355111",
        "quantity": quantity,
        "taxPercent": "19.00",
        "priceList": price_list(price_steps, cents=offer_id % 100),
        "title": f"Kopfhörer „Nordlicht“ {offer_id} – 40 h Laufzeit 🎧",
        "subTitle": "Große Ohrmuscheln & weiche Polster ♫",
        "description": description(description_chars),
        "mainPicture": picture_list(offer_id, 1, base_url)[0] if pictures else "",
        "pictureList": picture_list(offer_id, pictures, base_url),
        "channelAttributeList": attribute_list(attributes),
        "variationList": [
            variation(offer_id * 1000 + number, number, base_url=base_url) for number in range(1, variations + 1)
        ],
        "sku": sku or f"SKU-{offer_id:07d}",
        "gtin": f"4{offer_id:012d}"[-13:],
        "mpn": f"MPN/{offer_id}-ß",
        "isbn": "9783161484100",
        "brand": "Süß & Söhne GmbH",
        "srp": {"amount": "129.95", "currency": "EUR"},
        "productAttributeList": [{"name": "Farbe", "value": "Türkis"}, {"name": "Größe", "value": "1,20 m²"}],
    }
    return _overridden(payload, overrides)


offer_update = offer_new


def offer_small(seller_id: str, offer_id: int, **overrides: Any) -> Payload:
    """The same with one picture, no variations and a short text: for tests that count rows, not bytes."""
    small: dict[str, Any] = {"variations": 0, "pictures": 1, "description_chars": 200, "price_steps": 1}
    return offer_new(seller_id, offer_id, **{**small, **overrides})


def offer_minimal(seller_id: str, offer_id: int, **overrides: Any) -> Payload:
    """Only what SCX requires."""
    payload = {"sellerId": seller_id, "offerId": offer_id, "priceList": price_list(1), "sku": f"SKU-{offer_id}"}
    return _overridden(payload, overrides)


def variation(offer_id: int, number: int = 1, *, base_url: str = "https://images.example.com/scx") -> Payload:
    return {
        "offerId": offer_id,
        "sku": f"SKU-{offer_id}-{number}",
        "gtin": None if number % 2 else f"4{offer_id:012d}"[-13:],
        "variationDimensionList": [
            {"attributeId": "size", "value": f"{36 + number}½"},
            {"attributeId": "colour", "value": "Grün/Weiß"},
        ],
        "quantity": f"{number}.00",
        "priceList": price_list(1, cents=number % 100),
        "taxPercent": "7",
        "pictureList": picture_list(offer_id, 2, base_url),
        "title": f"Variante {number} · Größe {36 + number}½",
        "subTitle": "Fällt klein aus",
        "description": description(300),
        "channelAttributeList": attribute_list(4),
    }


def offer_end(seller_id: str, offer_id: int, **overrides: Any) -> Payload:
    return _overridden({"sellerId": seller_id, "offerId": offer_id, "channelOfferId": f"CH-{offer_id}"}, overrides)


def stock_update(seller_id: str, offer_id: int, quantity: Any = "7.00", **overrides: Any) -> Payload:
    payload = {"sellerId": seller_id, "offerId": offer_id, "channelOfferId": f"CH-{offer_id}", "quantity": quantity}
    return _overridden(payload, overrides)


def price_update(seller_id: str, offer_id: int, *, amount: str = "12.34", steps: int = 3, **overrides: Any) -> Payload:
    payload = {
        "sellerId": seller_id,
        "offerId": offer_id,
        "channelOfferId": f"CH-{offer_id}",
        "priceList": price_list(steps, amount=amount),
    }
    return _overridden(payload, overrides)


def unlinked(
    seller_id: str,
    *,
    permanently_removed: bool = False,
    reason: str = "deactivated by Seller",
    unlinked_at: str = "2026-01-01T10:00:00+00:00",
    **overrides: Any,
) -> Payload:
    payload = {
        "sellerId": seller_id,
        "reason": reason,
        "unlinkedAt": unlinked_at,
        "permanentlyRemoved": permanently_removed,
    }
    return _overridden(payload, overrides)


def notification(channel: str, seller_id: str, message: str = "Bitte prüfen Sie Ihr Konto.") -> Payload:
    return {"channel": channel, "sellerId": seller_id, "message": message, "severity": "WARNING"}


def price_list(steps: int = 3, *, amount: str | None = None, cents: int = 90) -> list[Payload]:
    """Two price types with falling steps from 1, 10, 20 … pieces; `amount` is the first step of the first type."""
    containers = []
    for kind, price_type in enumerate(PRICE_TYPES):
        quantity_prices = [
            {
                "amount": amount if amount and not step and not kind else f"{100 - 5 * step - 10 * kind}.{cents:02d}",
                "currency": "EUR",
                "quantity": f"{10 * step or 1}.0",
            }
            for step in range(steps)
        ]
        containers.append({"id": price_type, "quantityPriceList": quantity_prices})
    return containers


def attribute_list(count: int) -> list[Payload]:
    """Global and channel attributes; `global:feature` repeats, told apart by its group."""
    attributes: list[Payload] = [{"attributeId": "global:brand", "value": "Süß & Söhne GmbH"}]
    attributes += [
        {"attributeId": "global:feature", "value": f"Merkmal {group} – 100 % ✓", "group": str(group)}
        for group in range(3)
    ]
    attributes += [{"attributeId": str(1332 + number), "value": f"Wert {number} <b>ä</b>"} for number in range(count)]
    return attributes[:count]


def picture_list(offer_id: int, count: int, base_url: str = "https://images.example.com/scx") -> list[str]:
    return [f"{base_url}/{offer_id:08x}{number:032x}.png?expires=1798761600&signature=ab12" for number in range(count)]


def description(length: int) -> str:
    """HTML of exactly so many characters."""
    return (PARAGRAPH * (length // len(PARAGRAPH) + 1))[:length]


def seller_offer(channel: str, payload: Payload) -> Payload:
    """One entry of the Seller API's `offerList` that becomes this event payload on the channel."""
    of_product = ("sku", "gtin", "mpn", "isbn", "brand", "srp", "productAttributeList")
    product = {key: payload[key] for key in of_product if key in payload}
    offer = {key: value for key, value in payload.items() if key not in product}
    return {"salesChannelOfferList": [{"channel": channel, **offer}], "product": product}


def _overridden(payload: Payload, overrides: Payload) -> Payload:
    merged = {**payload, **overrides}
    return {key: value for key, value in merged.items() if not (value is None and key in overrides)}
