"""The steps from JTL's token to the first listed offer (`platforms.readiness`), in the order people take them."""

READINESS: tuple[str, ...] = (
    "platforms.readiness_steps.switched_on",
    "platforms.readiness_steps.worker",
    "platforms.readiness_steps.token",
    "platforms.readiness_steps.clocks",
    "platforms.readiness_at_scx.known",
    "platforms.readiness_at_scx.addresses",
    "platforms.readiness_at_scx.reached",
    "platforms.readiness_steps.price_type",
    "sellers.readiness.account",
    "sellers.readiness.first_seller",
    "platforms.readiness_steps.first_event",
    "listings.readiness.first_offer",
    "listings.readiness.first_listing",
)
