"""Sellers: finish a sign-up or update, unlink, list, assign to a marketplace (contract section 7)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from platforms.scx.errors import ErrorItem, ScxRefused
from platforms.scx.identifiers import checked_channel, checked_number, checked_seller_id, checked_session
from platforms.scx.transport import Caller
from platforms.scx.values import parse_bool, parse_id_number, parse_text, parse_time

SELLER_PATH = "/v1/channel/seller"
ALREADY_UNLINKED = "CHN204"

logger = logging.getLogger("platforms.scx")


@dataclass(frozen=True)
class SignupSession:
    jtl_account_id: int | None


@dataclass(frozen=True)
class UpdateSession:
    seller_id: str


@dataclass(frozen=True)
class ScxSeller:
    """One row of seller/list; every field but the id may be missing there (contract 7.6)."""

    seller_id: str
    jtl_account_id: int | None
    company_name: str
    active_by_jtl: bool
    active_by_channel: bool
    created_at: datetime | None
    updated_at: datetime | None


_SellerList = list[ScxSeller]


class SellerCalls:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(self, session: str, seller_id: str, company_name: str | None = None) -> tuple[ErrorItem, ...]:
        """Finish a sign-up: SCX links the session's account to `seller_id`. The session works once."""
        body = {**_session(session), "sellerId": checked_seller_id(seller_id), **_company(company_name)}
        return self._caller.call("POST", SELLER_PATH, json=body).errors

    def signup_session(self, session: str) -> SignupSession:
        """Who is signing up; an unknown or expired session is ScxRefused."""
        params = {"session": checked_session(session)}
        answer = self._caller.call("GET", f"{SELLER_PATH}/signup-session", params=params)
        return SignupSession(parse_id_number(answer.mapping().get("jtlAccountId")))

    def update_session(self, session: str) -> UpdateSession:
        """Which seller wants to update; an unknown or expired session is ScxRefused."""
        answer = self._caller.call("GET", f"{SELLER_PATH}/update-session", params=_session(session))
        seller_id = parse_text(answer.mapping().get("sellerId"))
        if not seller_id:
            raise answer.without("a sellerId")
        return UpdateSession(seller_id)

    def update(self, session: str, is_active: bool, company_name: str | None = None) -> tuple[ErrorItem, ...]:
        """Finish an update; also revives an unlinked seller."""
        body = {**_session(session), "isActive": is_active, **_company(company_name)}
        return self._caller.call("PATCH", SELLER_PATH, json=body).errors

    def unlink(self, seller_id: str, reason: str | None = None) -> tuple[ErrorItem, ...]:
        """Ask SCX to unlink; one that is unlinked already counts as success.

        Own data may go only after the Unlinked event with permanentlyRemoved.
        """
        path = f"{SELLER_PATH}/{quote(checked_seller_id(seller_id), safe='')}"
        try:
            return self._caller.call("DELETE", path, params={"reason": reason} if reason else None).errors
        except ScxRefused as refusal:
            if ALREADY_UNLINKED in refusal.codes:
                return refusal.errors
            raise

    def list(self) -> _SellerList:
        """All sellers SCX knows for the channel; rows without an id are left out and logged."""
        answer = self._caller.call("GET", f"{SELLER_PATH}/list")
        rows = answer.rows("sellerList")
        if answer.body["sellerList"] is None:
            # Null is no proof that SCX knows nobody, and that is what an empty list would be taken for.
            raise answer.without("a usable sellerList")
        sellers = [parse_seller(row) if _has_id(row) else None for row in rows]
        known = [seller for seller in sellers if seller]
        if missing := len(sellers) - len(known):
            logger.warning("%s: %d rows have no sellerId and are left out", answer.request, missing)
        return known

    def assign(
        self, jtl_account_id: int, seller_id: str, channel: str, is_active: bool = True, company_name: str | None = None
    ) -> tuple[ErrorItem, ...]:
        """Add a platform seller to a marketplace or change him there; needs that marketplace's own token."""
        path = f"{SELLER_PATH}/platform/{checked_number('jtlAccountId', jtl_account_id)}"
        body = {
            "sellerId": checked_seller_id(seller_id),
            "channel": checked_channel(channel),
            "isActive": is_active,
            **_company(company_name),
        }
        return self._caller.call("POST", path, json=body).errors


def _session(session: str) -> dict[str, str | int]:
    """Both spellings: JTL's reference and its guides disagree (contract 14 #1-3)."""
    checked = checked_session(session)
    return {"session": checked, "sessionId": checked}


def _company(name: str | None) -> dict[str, str]:
    return {"companyName": name} if name else {}


def _has_id(row: object) -> bool:
    return isinstance(row, dict) and bool(parse_text(row.get("sellerId")))


def parse_seller(row: Mapping[str, Any]) -> ScxSeller:
    """A row of seller/list that has an id."""
    return ScxSeller(
        seller_id=parse_text(row["sellerId"]),
        jtl_account_id=parse_id_number(row.get("jtlAccountId")),
        company_name=parse_text(row.get("companyName")),
        active_by_jtl=parse_bool(row.get("isActiveByJTL"), default=True),
        active_by_channel=parse_bool(row.get("isActiveByChannel"), default=True),
        created_at=parse_time(row.get("createdAt")),
        updated_at=parse_time(row.get("updatedAt")),
    )
