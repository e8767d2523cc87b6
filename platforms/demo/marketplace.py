"""The demo's channels: the same in SCX, which hands out their tokens, and in the portal."""

from platforms.demo.wawi import Scx

PLATFORM = "demo-mall"
STANDALONE = "DEMOSHOP"
GROUP = "DEMO-EU"
# code: (name, country, currency, stock sync group)
MARKETPLACES = {
    "demo-mall-de": ("Demo Mall Germany", "DE", "EUR", GROUP),
    "demo-mall-at": ("Demo Mall Austria", "AT", "EUR", GROUP),
    "demo-mall-uk": ("Demo Mall United Kingdom", "GB", "GBP", ""),
}
ACCOUNT_LOGIN = "demo"

CHANNEL_FILE = f"""\
[[channel]]
code = "{PLATFORM}"
kind = "platform"
display_name = "Demo Mall"
connector = "demo"

[[channel]]
code = "{STANDALONE}"
kind = "standalone"
display_name = "Demo Shop"
connector = "manual"
currency = "EUR"
countries = ["DE"]
refresh_token_env = "SCX_TOKEN_{STANDALONE}"
"""


def channel_file() -> str:
    """What `apply_channels` reads; the tokens are named, not written down."""
    return CHANNEL_FILE + "".join(
        f"""
[[channel]]
code = "{code}"
kind = "marketplace"
platform = "{PLATFORM}"
display_name = "{name}"
connector = "demo"
currency = "{currency}"
countries = ["{country}"]
stock_sync_group = "{group}"
refresh_token_env = "{token_variable(code)}"
"""
        for code, (name, country, currency, group) in MARKETPLACES.items()
    )


def token_variable(code: str) -> str:
    return f"SCX_TOKEN_{code.upper().replace('-', '_')}"


def set_up_scx(scx: Scx, portal_url: str) -> dict[str, str]:
    """Make the channels known to SCX; returns the variables that hold their refresh tokens."""

    def urls(code: str) -> dict[str, str]:
        return {
            "signUpUrl": f"{portal_url}/sign-up/{code}/?session={{SESSION}}",
            "updateUrl": f"{portal_url}/update/{code}/?session={{SESSION}}",
        }

    scx.channel(code=PLATFORM, displayName="Demo Mall", isPlatform=True, **urls(PLATFORM))
    tokens = {
        STANDALONE: scx.channel(
            code=STANDALONE,
            displayName="Demo Shop",
            currency="EUR",
            countries=["DE"],
            priceTypes=["B2C"],
            **urls(STANDALONE),
        )
    }
    for code, (name, country, currency, group) in MARKETPLACES.items():
        tokens[code] = scx.channel(
            code=code,
            displayName=name,
            platform=PLATFORM,
            currency=currency,
            countries=[country],
            priceTypes=["B2C"],
            stockSyncGroup=group or None,
        )
    return {token_variable(code): token or "" for code, token in tokens.items()}
