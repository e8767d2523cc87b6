"""The bodies SCX accepts, field by field (contract 4 to 12)."""

from platforms.sandbox.configuration import switches
from platforms.sandbox.validation import (
    CHANNEL,
    SELLER_ID,
    Check,
    anything,
    boolean,
    by_switch,
    choice,
    decimal,
    identifier,
    integer,
    listing,
    mail_address,
    moment,
    name,
    or_empty,
    record,
    session_address,
    text,
    web_address,
)

seller_id = name(SELLER_ID, "sellerId")
channel_name = name(CHANNEL, "channel")
channel_offer_id = by_switch("channel_offer_id_length", {100: identifier(1, 100), 50: identifier(1, 50)})
account_id = integer(1, 2**31 - 1)

EVENT_IDS = record({"eventIdList": listing(identifier(1, 100), 1, 100)})

CREATE_SELLER = record({"session": text(1, 100), "sellerId": seller_id}, {"companyName": text(0, 200)})
UPDATE_SELLER = record({"session": text(1, 100), "isActive": boolean()}, {"companyName": text(0, 200)})
ASSIGN_SELLER = record(
    {"sellerId": seller_id}, {"isActive": boolean(), "companyName": text(0, 200), "channel": text(0, 50)}
)

PRICE_TYPE = record({"priceTypeId": identifier(1, 200), "displayName": text(1, 500)}, {"description": text(0, 10_000)})
NOTIFICATION = record(
    {"sellerId": seller_id, "severity": choice("INFO", "WARNING", "ERROR"), "message": text(1, 10_000)},
    {"reference": record({"type": choice("OFFER", "CHANNELOFFER", "ORDERITEMID"), "id": identifier(1, 200)})},
)

reported = {"sellerId": seller_id, "offerId": integer()}
LIMITED_ERROR = record(
    {"code": text(1, 255), "message": text(1, 250)},
    {"longMessage": text(1, 10_000), "relatedAttributeId": text(1, 512), "recommendedValue": text(1, 1000)},
)
UNLIMITED_ERROR = record(
    {"code": text(), "message": text()},
    {"longMessage": text(), "relatedAttributeId": text(), "recommendedValue": text()},
)
LISTING_ERRORS = by_switch(
    "listing_error_limits", {True: listing(LIMITED_ERROR, 1, 250), False: listing(UNLIMITED_ERROR)}
)
IN_PROGRESS = record({"offerList": listing(record({**reported, "startedAt": moment()}), 1, 1000)})
LISTED = record(
    {
        "offerList": listing(
            record({**reported, "listedAt": moment()}, {"channelOfferId": channel_offer_id, "listingUrl": text()}),
            1,
            1000,
        )
    }
)
FAILED = record(
    {"offerList": listing(record({**reported, "failedAt": moment(), "errorList": LISTING_ERRORS}), 1, 1000)}
)

PRICE = record({"amount": decimal(), "currency": text(3, 3)})
PRICE_CONTAINER = record(
    {
        "id": identifier(1, 200),
        "quantityPriceList": listing(
            record({"amount": decimal(), "currency": text(3, 3)}, {"quantity": decimal()}), 1, 50
        ),
    }
)
ATTRIBUTE = record({"attributeId": identifier(1, 512), "value": text()}, {"group": text()})
pictures = listing(text(0, 2000), 0, 50)
texts: dict[str, Check] = {"title": text(0, 512), "subTitle": text(0, 1024), "description": text(0, 50_000)}
VARIATION = record(
    {
        "offerId": integer(),
        "sku": text(1, 150),
        "variationDimensionList": listing(ATTRIBUTE, 1, 10),
        "quantity": decimal(),
        "priceList": listing(PRICE_CONTAINER, 1, 10),
    },
    {
        "gtin": identifier(),
        "taxPercent": decimal(),
        "pictureList": pictures,
        "channelAttributeList": listing(ATTRIBUTE, 0, 256),
        **texts,
    },
)
addressed = {"channel": channel_name, "sellerId": seller_id, "offerId": integer()}
SELLER_OFFER = record(
    {**addressed, "priceList": listing(PRICE_CONTAINER, 1)},
    {
        "parentOfferId": integer(),
        "channelOfferId": channel_offer_id,
        "channelCategoryId": identifier(0, 200),
        "quantity": decimal(),
        "taxPercent": decimal(),
        "mainPicture": text(0, 2000),
        "pictureList": pictures,
        "channelAttributeList": listing(ATTRIBUTE, 0, 250),
        "variationList": listing(VARIATION, 0, 500),
        **texts,
    },
)
PRODUCT = record(
    {"sku": text(1, 150)},
    {
        "gtin": identifier(),
        "mpn": identifier(),
        "isbn": identifier(),
        "brand": text(),
        "srp": PRICE,
        "productAttributeList": listing(record({"name": text(), "value": text()})),
        **texts,
    },
)
SELLER_OFFERS = record(
    {
        "offerList": listing(
            record({"salesChannelOfferList": listing(SELLER_OFFER, 1), "product": PRODUCT}),
            1,
            lambda: switches().offers_per_request,
        )
    }
)
known = {"channelOfferId": channel_offer_id}
END_OFFERS = record({"offerList": listing(record(addressed, known), 1, 5000)})
STOCK_CHANGES = record({"offerList": listing(record({**addressed, "quantity": decimal()}, known), 1, 5000)})
PRICE_CHANGES = record(
    {"offerList": listing(record({**addressed, "priceList": listing(PRICE_CONTAINER, 1)}, known), 1, 5000)}
)

features: dict[str, Check] = {
    "invoiceDocumentTransfer": choice("not-supported", "from-channel", "from-seller"),
    "priceUpdatesSupported": boolean(),
    "quantityPriceSupported": boolean(),
    "remainingQuanitySupported": boolean(),
    "variationsSupported": boolean(),
    "returnTrackingRequired": boolean(),
    "allowCombineOrders": boolean(),
    "stockUpdateWithoutEventSupported": boolean(),
}
client_version = {"type": choice("Wawi"), "version": text(1, 25, r"\d+(\.\d+){0,5}")}
CHANNEL_FIELDS: dict[str, Check] = {
    "displayName": text(1, 200),
    "currency": text(3, 3, "[A-Z]{3}"),
    "website": web_address(),
    "vendor": text(0, 200),
    "mfaContact": mail_address(),
    "signUpUrl": or_empty(session_address()),
    "updateUrl": or_empty(session_address()),
    "featureList": record({}, features),
    "minimumClientsVersionRequired": listing(record(client_version)),
}
CHANNEL_UPDATE = record(
    {},
    {
        **CHANNEL_FIELDS,
        "mfaPin": identifier(),
        "marketplaceList": listing(text(2, 2, "[A-Z]{2}")),
    },
)

CONTROL_CHANNEL = record(
    {"code": text(2, 30, r"[A-Za-z0-9_-]+")},
    {
        "isPlatform": boolean(),
        "isActive": boolean(),
        "platform": text(1, 30),
        "countries": listing(text(2, 2, "[A-Z]{2}")),
        "languages": listing(text(2, 10)),
        "stockSyncGroup": text(1, 100),
        "refreshToken": text(1, 500),
        "priceTypes": listing(identifier(1, 200)),
        **CHANNEL_FIELDS,
        "website": or_empty(web_address()),
        "mfaContact": or_empty(mail_address()),
        "featureList": record({}, features, closed=True),
        "minimumClientsVersionRequired": listing(record(client_version, closed=True)),
    },
    closed=True,
)
CONTROL_ACCOUNT = record(
    {},
    {"companyName": text(0, 200), "jtlAccountId": account_id, "refreshToken": text(1, 500)},
    closed=True,
)
CONTROL_SELLER = record(
    {"channel": text(), "sellerId": seller_id},
    {
        "jtlAccountId": account_id,
        "companyName": text(0, 200),
        "marketplaces": listing(text()),
    },
    closed=True,
)
CONTROL_UNLINK = record(
    {"channel": text(), "sellerId": seller_id}, {"reason": text(), "permanentlyRemoved": boolean()}, closed=True
)
event_keys = (
    {"channel": text(), "type": text(1, 100), "event": anything()},
    {"createdAt": moment(), "id": text(1, 100), "clientVersion": anything(), "raw": text(1)},
)
CONTROL_EVENT = record(*event_keys, closed=True)
# An SCX that answered it may know more keys than the emulator.
CAPTURED_EVENT = record(*event_keys)
CONTROL_CLOCK = record({"advance": decimal()}, closed=True)
CONTROL_REVOCATION = record({}, {"refreshToken": boolean()}, closed=True)
CONTROL_FAULT = record(
    {"fault": text(1, 20)},
    {
        "match": record({}, {"method": text(0, 10), "path": text(0, 2000), "channel": text(0, 50)}, closed=True),
        "status": integer(),
        "seconds": decimal(),
        "type": text(1, 100),
        "count": integer(1, 1_000_000),
        "rate": decimal(),
    },
    closed=True,
)
