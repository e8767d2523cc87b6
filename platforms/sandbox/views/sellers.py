"""The channel's side of sign-up, update, assignment and unlinking."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import sellers, sessions, shapes
from platforms.sandbox.endpoints import (
    answer,
    as_guides_write,
    body_of,
    channel_of,
    checked,
    checked_body,
    empty,
    endpoint,
    with_session,
)
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import LinkSession
from platforms.sandbox.problems import invalid
from platforms.sandbox.validation import validated


def create(request: ScxRequest) -> HttpResponse:
    body = checked_body(request, shapes.CREATE_SELLER, _body_with_session(request))
    sellers.sign_up(
        channel_of(request),
        session=body["session"],
        seller_id=body["sellerId"],
        company_name=body.get("companyName", ""),
    )
    return empty(201)


def update(request: ScxRequest) -> HttpResponse:
    body = checked_body(request, shapes.UPDATE_SELLER, _body_with_session(request))
    sellers.update(
        channel_of(request),
        session=body["session"],
        is_active=body["isActive"],
        company_name=body.get("companyName"),
    )
    return empty(201)


def show_sign_up_session(request: ScxRequest) -> HttpResponse:
    session = _session_in_query(request, LinkSession.Kind.SIGN_UP)
    return answer(200, {"jtlAccountId": session.account_id})


def show_update_session(request: ScxRequest) -> HttpResponse:
    session = _session_in_query(request, LinkSession.Kind.UPDATE)
    return answer(200, {"sellerId": session.seller.seller_id if session.seller else ""})


def list_all(request: ScxRequest) -> HttpResponse:
    return answer(200, {"sellerList": sellers.listed_for_channel(channel_of(request))})


def unlink(request: ScxRequest, seller_id: str) -> HttpResponse:
    if "-" in seller_id:
        checked(request, shapes.seller_id, seller_id, "sellerId")
    sellers.unlink_by_channel(channel_of(request), seller_id, request.GET.get("reason", ""))
    return empty(204)


def assign(request: ScxRequest, jtl_account_id: int) -> HttpResponse:
    validated(shapes.account_id, jtl_account_id, "jtlAccountId")
    note = sellers.assign(channel_of(request), jtl_account_id, checked_body(request, shapes.ASSIGN_SELLER))
    if note:
        request.call.deviations.append(note)
    return empty(200)


def _body_with_session(request: ScxRequest) -> object:
    body = body_of(request)
    return with_session(request, body) if isinstance(body, dict) else body


def _session_in_query(request: ScxRequest, kind: str) -> LinkSession:
    value = with_session(request, request.GET.dict()).get("session")
    if not value:
        raise invalid("session", _("is required"))
    return sessions.find(channel_of(request), kind, value)


seller = endpoint("CHANNEL", POST=create, PATCH=update)
sign_up_session = endpoint("CHANNEL", GET=show_sign_up_session)
update_session = endpoint("CHANNEL", GET=show_update_session)
seller_list = endpoint("CHANNEL", GET=list_all)
one_seller = endpoint("CHANNEL", DELETE=unlink)
guide_seller = endpoint(
    "CHANNEL", DELETE=as_guides_write("/v1/channel/sellerId/ in place of /v1/channel/seller/", unlink)
)
assignment = endpoint("CHANNEL", POST=assign)
