"""What the demo's merchant sells, as JTL-Wawi would send it: every field filled in, as real catalogues do."""

import struct
import zlib
from typing import Any

SIZE = 320
DESCRIPTION = """<h2>Für jeden Tag, für viele Jahre</h2>
<p>Die Kanne „Nordlicht“ fasst <b>1,2 Liter</b> und hält den Tee warm – auch wenn es im Büro zieht. ☕</p>
<ul><li>doppelwandiges Glas, mundgeblasen</li><li>Sieb aus Edelstahl</li><li>spülmaschinenfest</li></ul>"""


def teapot(seller_id: str, prices: dict[str, str], pictures: list[str], offer_id: int) -> dict[str, Any]:
    """A listing with two variations on each channel of `prices` (channel -> currency). Offer ids from `offer_id` on."""
    return {
        "salesChannelOfferList": [
            {
                "channel": channel,
                "sellerId": seller_id,
                "offerId": offer_id + 10 * position,
                "channelCategoryId": "kitchen/teapots",
                "quantity": "0",
                "taxPercent": "19.00",
                "priceList": [_prices("49.90", currency, steps=True)],
                "title": "Teekanne „Nordlicht“ – 1,2 l",
                "subTitle": "Doppelwandig, mit Sieb ☕",
                "description": DESCRIPTION,
                "mainPicture": pictures[0],
                "pictureList": pictures,
                "channelAttributeList": [
                    {"attributeId": "global:brand", "value": "Glasbläserei Müller & Söhne"},
                    {"attributeId": "material", "value": "Borosilikatglas", "group": "0"},
                    {"attributeId": "material", "value": "Edelstahl", "group": "1"},
                ],
                "variationList": [
                    _variation(offer_id + 10 * position + number, colour, gtin, currency, pictures)
                    for number, (colour, gtin) in enumerate((("Klar", "4006381333931"), ("Rauch", "4006381333948")), 1)
                ],
            }
            for position, (channel, currency) in enumerate(prices.items())
        ],
        "product": {
            **_product("NORDLICHT", "4006381333924", "Teekanne Nordlicht"),
            "srp": {"amount": "59.90", "currency": "EUR"},
        },
    }


def mug_without_picture(seller_id: str, channel: str, currency: str, offer_id: int) -> dict[str, Any]:
    """What the demo marketplace refuses, as real ones do."""
    return {
        "salesChannelOfferList": [
            {
                "channel": channel,
                "sellerId": seller_id,
                "offerId": offer_id,
                "channelCategoryId": "kitchen/mugs",
                "quantity": "120.00",
                "taxPercent": "19.00",
                "priceList": [_prices("12.50", currency, steps=False)],
                "title": "Becher „Polarstern“",
                "description": "<p>Passt zur Kanne.</p>",
                "channelAttributeList": [{"attributeId": "global:brand", "value": "Glasbläserei Müller & Söhne"}],
            }
        ],
        "product": _product("POLARSTERN", "4006381333955", "Becher Polarstern"),
    }


def picture(shade: int) -> bytes:
    """A small real PNG: two bands of colour."""
    rows = b"".join(b"\0" + bytes((shade, 120 + y // 4, 200 if y < SIZE // 2 else 90)) * SIZE for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _variation(offer_id: int, colour: str, gtin: str, currency: str, pictures: list[str]) -> dict[str, Any]:
    return {
        "offerId": offer_id,
        "sku": f"NORDLICHT-{colour.upper()}",
        "gtin": gtin,
        "title": f"Teekanne „Nordlicht“ – {colour}",
        "variationDimensionList": [{"attributeId": "colour", "value": colour}],
        "quantity": "24.00",
        "taxPercent": "19.00",
        "priceList": [_prices("49.90", currency, steps=True)],
        "pictureList": pictures,
        "channelAttributeList": [{"attributeId": "colour", "value": colour}],
    }


def _prices(amount: str, currency: str, *, steps: bool) -> dict[str, Any]:
    prices = [{"amount": amount, "currency": currency, "quantity": "1.0"}]
    if steps:
        prices.append({"amount": "44.90", "currency": currency, "quantity": "10.0"})
    return {"id": "B2C", "quantityPriceList": prices}


def _product(sku: str, gtin: str, title: str) -> dict[str, Any]:
    return {
        "sku": sku,
        "gtin": gtin,
        "mpn": f"MS-{sku}",
        "brand": "Glasbläserei Müller & Söhne",
        "title": title,
        "productAttributeList": [
            {"name": "Herkunft", "value": "Lauscha, Thüringen"},
            {"name": "Gewicht", "value": "0,8 kg"},
        ],
    }
