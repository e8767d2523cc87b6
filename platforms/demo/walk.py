"""One seller, walked through the whole job. Nothing is told that was not seen on the other side of an HTTP call."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from platforms.demo import pages, products
from platforms.demo.http import Party
from platforms.demo.marketplace import MARKETPLACES, PLATFORM
from platforms.demo.portal import Portal
from platforms.demo.problems import DemoError
from platforms.demo.story import Story
from platforms.demo.wawi import Merchant, Scx

COMPANY = "Glasbläserei Müller & Söhne"
GERMANY, SPAIN = "mall-de", "mall-es"
# Offer ids: the teapot's marketplaces follow each other ten apart, its variations one by one.
TEAPOT = 1000
MUG = 2000
QUANTITY = "17"
SECONDS_BETWEEN_NUDGES = 5.0

Row = dict[str, Any]
Seen = TypeVar("Seen")


def walk(story: Story, scx: Scx, portal: Portal) -> None:
    """Raises DemoError at the first step that was not seen."""
    see_price_types(story, portal)
    story.heading("One seller, from sign-up to stock")
    merchant = scx.merchant(f"{COMPANY} {scx.number_of_merchants() + 1}")
    seller_id = sign_up(story, scx, portal, merchant)
    send_offers(story, portal, merchant, seller_id)
    see_listings(story, scx, portal, merchant, seller_id)
    see_pictures(story, portal, seller_id)
    change_stock(story, portal, merchant, seller_id)


def see_price_types(story: Story, portal: Portal) -> None:
    """SCX lets no merchant list on a channel that has named no price type."""

    def told() -> bool:
        channels = {channel["code"]: channel for channel in portal.listed("channels")}
        return all(each["confirmed"] for code in MARKETPLACES for each in channels[code]["price_types"])

    story.wait("Price types of the marketplaces told to SCX", nudged(portal, told))


def sign_up(story: Story, scx: Scx, portal: Portal, merchant: Merchant) -> str:
    """Sign the merchant up on the hosted page; returns the seller id the portal gave."""
    url = merchant.start_sign_up(PLATFORM)
    story.saw(f"JTL-Wawi of “{merchant.company_name}” opens a sign-up")
    browser = Party(portal.base_url, {"Accept-Language": "en"})
    page = browser.request("GET", url)
    form = pages.form_with(page, "csrfmiddlewaretoken", "company_name")
    story.saw("Sign-up page opened in the merchant's browser")
    choice = pages.send(browser, page, form, company_name=merchant.company_name)
    form = pages.form_with(choice, "csrfmiddlewaretoken", "marketplaces")
    story.saw("Company entered; the page asks for marketplaces, all three ticked")
    done = pages.send(browser, choice, form)
    if not done.ok or pages.has_form(done, "marketplaces"):
        raise DemoError(f"The sign-up page answered {done.status_code} and did not take the form.")
    story.saw("Sign-up form sent, for all three marketplaces, and accepted")

    def linked() -> Row | None:
        for seller in scx.sellers(PLATFORM):
            active = {each["channel"] for each in seller["memberships"] if each["isActiveByChannel"]}
            if seller["jtlAccountId"] == merchant.jtl_account_id and active == set(MARKETPLACES):
                return seller
        return None

    def active() -> Row | None:
        sellers = portal.listed("sellers", channel=PLATFORM, state="active")
        return next((each for each in sellers if each["seller_id"] == seller_id and _is_confirmed(each)), None)

    seller_id: str = story.wait("Seller active in SCX, on all three marketplaces", nudged(portal, linked))["sellerId"]
    story.wait(f"Seller active in the portal, as {seller_id[:12]}…", active)
    return seller_id


def _is_confirmed(seller: Row) -> bool:
    return all(membership["confirmed"] for membership in seller["channels"])


def send_offers(story: Story, portal: Portal, merchant: Merchant, seller_id: str) -> None:
    names = [merchant.upload(products.picture(shade)) for shade in (40, 90, 140)]
    merchant.create_offers(
        [
            products.teapot(seller_id, MARKETPLACES, names, TEAPOT),
            products.mug_without_picture(seller_id, GERMANY, MARKETPLACES[GERMANY], MUG),
        ]
    )
    story.saw("Merchant offers a teapot in two colours, and a mug with no picture")

    def received() -> list[Row] | None:
        offers = portal.listed("offers", seller=seller_id)
        return offers if len(offers) == len(MARKETPLACES) + 1 else None

    offers = story.wait("Offers received by the portal, on three marketplaces", nudged(portal, received))
    teapot = next(offer for offer in offers if offer["offer_id"] == TEAPOT)
    found = (len(teapot["variations"]), len(teapot["pictures"]), len(teapot["prices"]))
    if found != (2, 3, 2):
        raise DemoError(f"The teapot should have 2 variations, 3 pictures and 2 prices, and has {found}.")
    story.saw("Teapot is whole: 2 variations, 3 pictures, 2 price steps")


def see_listings(story: Story, scx: Scx, portal: Portal, merchant: Merchant, seller_id: str) -> None:
    def reported(offer_id: int, state: str) -> Callable[[], Row | None]:
        def look() -> Row | None:
            reports = scx.reports(GERMANY, seller_id)
            return next((each for each in reports if each["offerId"] == offer_id and each["state"] == state), None)

        return nudged(portal, look)

    report = story.wait("Teapot listed by the marketplace: reported in SCX's books", reported(TEAPOT, "listed"))
    if not report["listingUrl"]:
        raise DemoError("The teapot was reported as listed, but without the address of its listing.")
    report = story.wait("Mug refused by the marketplace: reported in SCX's books", reported(MUG, "failed"))
    reason = report["errorList"][0]["message"]
    news: dict[int, str] = {}

    def told() -> dict[int, str] | None:
        news.update({event["event"]["offerId"]: event["type"] for event in merchant.news(GERMANY)})
        return news if {TEAPOT, MUG} <= set(news) else None

    story.wait(f"JTL-Wawi was told of both; of the mug: “{reason}”", told)

    def settled() -> bool:
        states = {offer["offer_id"]: offer["state"] for offer in portal.listed("offers", seller=seller_id)}
        return states.get(TEAPOT) == "listed" and states.get(MUG) == "failed"

    story.wait("The portal's API shows the same: one listed, one failed", settled)


def see_pictures(story: Story, portal: Portal, seller_id: str) -> None:
    def copied() -> list[Row] | None:
        offers = portal.listed("offers", seller=seller_id, channel=GERMANY)
        pictures: list[Row] = next(offer for offer in offers if offer["offer_id"] == TEAPOT)["pictures"]
        return pictures if all(picture["url"] for picture in pictures) else None

    first = story.wait("Pictures of the teapot copied by the portal", nudged(portal, copied))[0]
    shown = Party(portal.base_url).request("GET", first["url"])
    if not shown.ok or shown.headers["Content-Type"] != "image/png":
        raise DemoError(f"The copy of the teapot's picture was answered with {shown.status_code}.")
    story.saw("One of them shown by the portal, to somebody without a key")


def change_stock(story: Story, portal: Portal, merchant: Merchant, seller_id: str) -> None:
    clear_one = TEAPOT + 1
    same_in_spain = clear_one + 10 * list(MARKETPLACES).index(SPAIN)

    def quantity(channel: str = GERMANY, offer_id: int = clear_one) -> str | None:
        levels = portal.listed("stock-levels", channel=channel, seller=seller_id)
        return next((level["quantity"] for level in levels if level["offer_id"] == offer_id), None)

    before = story.wait("Stock of the clear teapot known to the portal", quantity)
    merchant.set_stock(GERMANY, seller_id, clear_one, QUANTITY)
    story.saw(f"Merchant changes the stock of the clear teapot to {QUANTITY}")
    story.wait(
        f"Stock at the portal went from {before} to {QUANTITY}",
        nudged(portal, lambda: quantity() == QUANTITY),
    )
    story.wait(
        f"Spain, which shares stock with Germany, went to {QUANTITY} as well",
        nudged(portal, lambda: quantity(SPAIN, same_in_spain) == QUANTITY),
    )


def nudged(portal: Portal, look: Callable[[], Seen | None]) -> Callable[[], Seen | None]:
    """Look, and ask the worker now and then to hurry: by itself it looks once a minute."""
    nudged_at = float("-inf")

    def hurried() -> Seen | None:
        nonlocal nudged_at
        if time.monotonic() - nudged_at > SECONDS_BETWEEN_NUDGES:
            nudged_at = time.monotonic()
            for code in MARKETPLACES:
                portal.nudge(code)
        return look()

    return hurried
