"""The demo's channels: the same in SCX, which hands out their tokens, and in the portal."""

import tomllib
from typing import Any

from platforms.demo import keys
from platforms.demo.wawi import Scx

# A platform with three marketplaces, as it is shipped for everybody.
EXAMPLE = keys.ROOT / "docs" / "examples" / "three-countries.toml"
STANDALONE = "DEMOSHOP"
ACCOUNT_LOGIN = "demo"

# What `apply_channels` reads beside the example.
STANDALONE_FILE = f"""\
[[channel]]
code = "{STANDALONE}"
kind = "standalone"
display_name = "Demo Shop"
connector = "manual"
currency = "EUR"
countries = ["DE"]
price_types = [{{ id = "B2C", display_name = "End customers" }}]
refresh_token_env = "SCX_TOKEN_{STANDALONE}"
"""


def _rows(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(text)["channel"]
    return rows


ROWS = [*_rows(EXAMPLE.read_text(encoding="utf-8")), *_rows(STANDALONE_FILE)]
PLATFORM: str = next(row["code"] for row in ROWS if row["kind"] == "platform")
# code: currency
MARKETPLACES: dict[str, str] = {row["code"]: row["currency"] for row in ROWS if row["kind"] == "marketplace"}


def set_up_scx(scx: Scx, portal_url: str) -> dict[str, str]:
    """Make the channels known to SCX, as JTL does; returns the variables that hold their refresh tokens."""
    tokens = {}
    for row in ROWS:
        values = {
            "code": row["code"],
            "displayName": row["display_name"],
            "isPlatform": row["kind"] == "platform",
            "platform": row.get("platform"),
            "currency": row.get("currency"),
            "countries": row.get("countries", []),
            "stockSyncGroup": row.get("stock_sync_group"),
        }
        if "languages" in row:
            values["languages"] = row["languages"]
        if row["kind"] != "marketplace":
            for name, page in (("signUpUrl", "sign-up"), ("updateUrl", "update")):
                values[name] = f"{portal_url}/{page}/{row['code']}/?session={{SESSION}}"
        token = scx.channel(**values)
        if "refresh_token_env" in row:
            tokens[row["refresh_token_env"]] = token or ""
    return tokens
