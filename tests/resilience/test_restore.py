"""A database restored from a backup ends right: what SCX still has comes again, and what is lost is listed."""

import json
from datetime import UTC, datetime

import pytest

from tests import payloads
from tests.resilience.portal import Portal
from tests.sandbox_control import Merchant

pytestmark = pytest.mark.slow

SHOP = "shop_de"
REDELIVERY = 600
NUMBERED = ("platforms_event", "listings_offer", "stock_stocklevel")


class Shopkeeper:
    """A merchant linked as one seller, who acts in JTL-Wawi."""

    def __init__(self, portal: Portal, seller_id: str) -> None:
        self.merchant: Merchant = portal.scx.merchant()
        self.seller_id = seller_id
        portal.secrets[f"wawi token of {seller_id}"] = self.merchant.headers["Authorization"].removeprefix("Bearer ")
        body = {"channel": SHOP, "sellerId": seller_id, "jtlAccountId": self.merchant.jtl_account_id}
        portal.scx.call("POST", "/control/sellers", json=body)

    def offer(self, *offer_ids: int, method: str = "POST") -> None:
        offers = [payloads.seller_offer(SHOP, payloads.offer_small(self.seller_id, each)) for each in offer_ids]
        self.merchant.call(method, "/v1/seller/offer", json={"offerList": offers})

    def stock(self, quantity: str, *offer_ids: int) -> None:
        rows = [
            {"channel": SHOP, "sellerId": self.seller_id, "offerId": each, "quantity": quantity} for each in offer_ids
        ]
        self.merchant.call("PUT", "/v1/seller/offer/stock", json={"offerList": rows})

    def price(self, portal: Portal, offer_id: int) -> None:
        portal.emit(SHOP, "Seller:Offer.PriceUpdate", payloads.price_update(self.seller_id, offer_id))


def states_at_scx(portal: Portal) -> dict[tuple[str, int], str]:
    offers = portal.scx.call("GET", "/control/offers", params={"channel": SHOP})["offers"]
    return {(offer["sellerId"], offer["offerId"]): offer["state"] for offer in offers}


def highest(portal: Portal) -> dict[str, int]:
    """The highest feed number and key that anybody has seen, by table."""
    query = "SELECT COALESCE(MAX({column}), 0) FROM {table}"
    return {
        f"{table}.{column}": portal.value(query.format(table=table, column=column))
        for table in NUMBERED
        for column in ("number", "id")
    }


def test_what_scx_still_has_and_what_it_lists_comes_back_and_the_rest_is_listed_for_staff(portal):
    portal.channel(SHOP, stock_source="all-sellers")
    loyal, leaving = Shopkeeper(portal, "Loyal"), Shopkeeper(portal, "Leaving")
    portal.manage("import_sellers")
    loyal.offer(*range(1, 11))
    leaving.offer(51)
    portal.sync()
    loyal.offer(11, 12)
    portal.sync("events")
    # The hour's work: what was begun is ended, new sellers and offers come, one leaves, stock and prices change.
    backup_of = datetime.now(UTC).isoformat()
    portal.installed.back_up()
    known = highest(portal)
    new = Shopkeeper(portal, "New")
    portal.manage("import_sellers")
    new.offer(31, 32)
    loyal.offer(21, 22)
    loyal.stock("77", *range(1, 6), 21, 22)
    new.stock("5", 31, 32)
    portal.scx.call("POST", "/control/sellers/unlink", json={"channel": SHOP, "sellerId": "Leaving"})
    portal.sync()
    assert portal.count("listings_offer", "state = 'listed'") == 17
    loyal.offer(41)
    portal.crash("after platforms.inbox.store", "events")
    loyal.offer(42)
    seen = highest(portal)
    assert seen["listings_offer.id"] > known["listings_offer.id"]

    portal.installed.restore()
    portal.scx.advance(REDELIVERY)
    told = portal.manage("after_restore", "--backup-of", backup_of)
    again = portal.manage("after_restore", "--backup-of", backup_of)
    portal.sync()

    # What SCX redelivered and what its lists say.
    assert portal.events_at_scx(SHOP, "waiting") == 0
    loyals = "seller_id = (SELECT id FROM sellers_seller WHERE seller_id = 'Loyal')"
    assert portal.count("listings_offer", f"content_at IS NOT NULL AND {loyals}") == 14
    assert portal.value("SELECT state FROM sellers_seller WHERE seller_id = 'Leaving'") == "unlinked"
    assert portal.value("SELECT state FROM sellers_seller WHERE seller_id = 'New'") == "active"
    assert portal.count("stock_stocklevel", "quantity = 77 AND seller_id = 'Loyal'") == 7
    assert portal.count("listings_listingreport", "state <> 'sent'") == 0
    here = portal.installed.column(f"SELECT offer_id FROM listings_offer WHERE state = 'listed' AND {loyals}")
    at_scx = states_at_scx(portal)
    assert {at_scx["Loyal", offer_id] for offer_id in here} == {"listed"}
    assert set(here) == {*range(1, 13), 41, 42}

    # No number and no key that somebody may remember has got another meaning.
    for table in NUMBERED:
        reused = f"number > {known[f'{table}.number']} AND number <= {seen[f'{table}.number']}"
        assert portal.count(table, reused) == 0
        assert portal.count(table, f"id > {known[f'{table}.id']} AND id <= {seen[f'{table}.id']}") == 0

    # The rest is listed: offers that only their stock tells of, and what nobody can know.
    assert "Open points after a restore: 4." in told
    assert "Open points after a restore: 4." in again
    assert portal.count("platforms_openpoint") == 4
    assert portal.value("SELECT subject FROM platforms_openpoint WHERE kind = 'seller'") == "New"
    missing = {
        row: json.loads(ours) if isinstance(ours, str) else ours
        for row in ("Loyal", "New")
        if (ours := portal.value(f"SELECT ours FROM platforms_discrepancy WHERE subject = '{row}'"))
    }
    assert missing == {"Loyal": {"number": 2, "offers": [21, 22]}, "New": {"number": 2, "offers": [31, 32]}}

    # People do what the list says, and nothing is left.
    loyal.offer(21, 22, method="PUT")
    new.offer(31, 32, method="PUT")
    portal.sync()
    assert portal.count("platforms_discrepancy") == 0
    assert portal.count("listings_offer", "content_at IS NOT NULL") == 19
