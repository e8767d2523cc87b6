"""`/control/`: channels, merchants, sellers and events, set up and looked at."""

import json
from typing import Any, cast

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse, JsonResponse

from platforms.sandbox import arrangement, channels, clock, events, queues, shapes, tokens
from platforms.sandbox.control import body_of, control, page_of
from platforms.sandbox.models import Account, Channel, Event, PriceType, Seller
from platforms.sandbox.validation import validated

IN_ORDER = Prefetch("price_types", PriceType.objects.order_by("pk"))


def set_channel(request: HttpRequest) -> HttpResponse:
    body = body_of(request)
    wish = validated(shapes.CONTROL_CHANNEL, body)
    channel, is_new = arrangement.set_channel(wish, {key for key, value in body.items() if value is None})
    answer = {"code": channel.code, "refreshToken": channel.refresh_token}
    return JsonResponse(answer, status=201 if is_new else 200)


def list_channels(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "channels": [
                {
                    "code": channel.code,
                    "displayName": channel.display_name,
                    "isPlatform": channel.is_platform,
                    "platform": channel.platform.code if channel.platform else None,
                    "currency": channel.currency,
                    "countries": channel.countries,
                    "languages": channel.languages,
                    "signUpUrl": channel.sign_up_url,
                    "updateUrl": channel.update_url,
                    "stockSyncGroup": channel.stock_sync_group,
                    "featureList": channel.features,
                    "minimumClientsVersionRequired": channel.minimum_client_versions,
                    "priceTypes": [each.price_type_id for each in channel.price_types.all()],
                    "mfaContact": channel.mfa_contact or None,
                    "isActive": channel.is_active,
                    "refreshToken": channel.refresh_token,
                    "sellers": channel.trading,
                    "waitingEvents": channel.waiting,
                }
                for channel in channels.counted().prefetch_related(IN_ORDER)
            ]
        }
    )


def revoke_tokens(request: HttpRequest, code: str) -> HttpResponse:
    return _revoke(request, arrangement.channel_named(code))


def revoke_account_tokens(request: HttpRequest, account_id: int) -> HttpResponse:
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise arrangement.Impossible(f"There is no account {account_id}.")
    return _revoke(request, account)


def _revoke(request: HttpRequest, owner: Channel | Account) -> HttpResponse:
    """With `refreshToken` that too; setting the owner up again then gives it another."""
    wish = validated(shapes.CONTROL_REVOCATION, body_of(request))
    tokens.revoke(owner, refresh_token=wish.get("refreshToken", False))
    return HttpResponse(status=204)


def set_account(request: HttpRequest) -> HttpResponse:
    account, is_new = arrangement.set_account(validated(shapes.CONTROL_ACCOUNT, body_of(request)))
    return JsonResponse(_account(account), status=201 if is_new else 200)


def make_pin(request: HttpRequest, account_id: int) -> HttpResponse:
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise arrangement.Impossible(f"There is no account {account_id}.")
    made = tokens.new_onboarding_pin(account)
    return JsonResponse({"pin": made.pin, "expiresAt": clock.wire(made.expires_at)}, status=201)


def list_accounts(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"accounts": [_account(account) for account in Account.objects.order_by("pk")]})


def set_seller(request: HttpRequest) -> HttpResponse:
    seller = arrangement.set_seller(validated(shapes.CONTROL_SELLER, body_of(request)))
    return JsonResponse(
        {
            "sellerId": seller.seller_id,
            "channel": seller.channel.code,
            "jtlAccountId": seller.account_id,
            "companyName": seller.company_name,
            "marketplaces": [each.channel.code for each in seller.memberships.select_related("channel")],
        },
        status=201,
    )


def list_sellers(request: HttpRequest) -> HttpResponse:
    found = Seller.objects.select_related("channel").prefetch_related("memberships__channel").order_by("pk")
    if code := request.GET.get("channel"):
        found = found.filter(Q(channel__code=code) | Q(memberships__channel__code=code)).distinct()
    if seller_id := request.GET.get("sellerId"):
        found = found.filter(seller_id=seller_id)
    return JsonResponse({"sellers": [_seller(seller) for seller in found]})


def unlink_seller(request: HttpRequest) -> HttpResponse:
    arrangement.unlink_seller(validated(shapes.CONTROL_UNLINK, body_of(request)))
    return HttpResponse(status=204)


def emit_events(request: HttpRequest) -> HttpResponse:
    """What is sent may be a captured answer of SCX; its events then go to `?channel=`."""
    return JsonResponse({"ids": queues.emit(body_of(request), request.GET.get("channel", ""))}, status=201)


def list_events(request: HttpRequest) -> HttpResponse:
    events.bury_dead()
    found = queues.found(**{name: request.GET.get(name, "") for name in ("channel", "type", "state")})
    return JsonResponse({"events": [_event(event) for event in page_of(request, found, default=1000)]})


def _account(account: Account) -> dict[str, Any]:
    return {
        "jtlAccountId": account.pk,
        "companyName": account.company_name,
        "refreshToken": account.refresh_token,
    }


def _seller(seller: Seller) -> dict[str, Any]:
    return {
        "sellerId": seller.seller_id,
        "jtlAccountId": seller.account_id,
        "companyName": seller.company_name,
        "channel": seller.channel.code,
        "state": "unlinked" if seller.unlinked_at else "linked",
        "isActive": seller.is_active and not seller.unlinked_at,
        "reason": seller.reason,
        "createdAt": clock.wire(seller.created_at),
        "updatedAt": clock.wire(seller.updated_at),
        "memberships": [
            {
                "channel": each.channel.code,
                "state": "unlinked" if each.unlinked_at or seller.unlinked_at else "linked",
                "isActiveByJTL": each.unlinked_at is None and seller.unlinked_at is None,
                "isActiveByChannel": each.is_active and seller.is_active,
                "reason": each.reason,
            }
            for each in seller.memberships.all()
        ],
    }


def _opened(event: Event) -> dict[str, Any]:
    """The envelope; where somebody made it so that it cannot be read, what is known of it, and its text as payload."""
    try:
        return cast(dict[str, Any], json.loads(event.envelope))
    except (ValueError, RecursionError):
        return {"createdAt": clock.wire(event.created_at), "event": event.envelope}


def _event(event: Event) -> dict[str, Any]:
    envelope = _opened(event)
    return {
        "seq": event.pk,
        "channel": event.channel.code,
        "id": event.event_id,
        "type": event.type,
        "createdAt": envelope["createdAt"],
        "clientVersion": envelope.get("clientVersion"),
        "state": queues.state_of(event),
        "deliveries": event.deliveries,
        "visibleAt": clock.wire(event.visible_at, "milliseconds"),
        "event": envelope["event"],
    }


the_channels = control(GET=list_channels, POST=set_channel)
revocation = control(POST=revoke_tokens)
accounts = control(GET=list_accounts, POST=set_account)
account_revocation = control(POST=revoke_account_tokens)
pins = control(POST=make_pin)
the_sellers = control(GET=list_sellers, POST=set_seller)
unlinking = control(POST=unlink_seller)
the_events = control(GET=list_events, POST=emit_events)
