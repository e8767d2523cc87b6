"""Examples of the bodies that the REST API takes: by method and path, name -> body. Each is sent in a test."""

from typing import Any

API_EXAMPLES: dict[str, dict[str, Any]] = {
    "POST /api/v1/accounts/": {
        "A merchant who may sell in Germany": {
            "channel": "mall",
            "login": "mueller",
            "access_code": "nobody guesses this one",
            "company_name": "Müller & Söhne",
            "marketplaces": ["mall-de"],
        }
    },
    "PATCH /api/v1/accounts/{id}/": {"Another name": {"company_name": "Müller & Söhne KG"}},
    "POST /api/v1/accounts/{id}/reset-code/": {"At once": {}},
    "POST /api/v1/channels/": {
        "A marketplace of a platform": {
            "code": "mall-fr",
            "kind": "marketplace",
            "platform": "mall",
            "display_name": "The Mall France",
            "currency": "EUR",
            "languages": ["fr"],
            "stock_sync_group": "EU",
        }
    },
    "PATCH /api/v1/channels/{code}/": {"Hold stock back against overselling": {"stock_buffer": 2, "stock_minimum": 3}},
    "PATCH /api/v1/claims/{id}/": {"Ten minutes more": {"lease_seconds": 600}},
    "POST /api/v1/listing-results/": {
        "One is listed, one cannot be": {
            "results": [
                {
                    "offer": 17,
                    "revision": 1,
                    "state": "listed",
                    "channel_offer_id": "M-17",
                    "listing_url": "https://mall.example/offers/17",
                },
                {
                    "offer": 18,
                    "revision": 1,
                    "state": "failed",
                    "errors": [
                        {
                            "code": "BRAND_UNKNOWN",
                            "message": "We do not know the brand.",
                            "long_message": "Choose one of the brands in the list we sent you.",
                            "attribute_id": "brand",
                            "recommended_value": "Brocken",
                        }
                    ],
                },
            ]
        }
    },
    "POST /api/v1/notifications/": {
        "A warning": {
            "seller": "S-1001",
            "channel": "mall-de",
            "severity": "WARNING",
            "message": "Your return address is missing.",
        }
    },
    "POST /api/v1/offers/{id}/failed/": {
        "Why not": {"revision": 1, "errors": [{"code": "BRAND_UNKNOWN", "message": "We do not know the brand."}]}
    },
    "POST /api/v1/offers/{id}/in-progress/": {"For the revision at hand": {"revision": 1}},
    "POST /api/v1/offers/{id}/listed/": {
        "With its page": {
            "revision": 1,
            "channel_offer_id": "M-17",
            "listing_url": "https://mall.example/offers/17",
            "at": "2026-01-31T08:00:00Z",
        }
    },
    "POST /api/v1/offers/claim/": {
        "A hundred to be listed": {"channel": "mall-de", "limit": 100, "lease_seconds": 600},
        "What is to be taken down": {"errand": "take_down"},
    },
    "POST /api/v1/offers/resubmit/": {
        "All that failed of one error": {"channel": "mall-de", "code": "BRAND_UNKNOWN"},
    },
    "POST /api/v1/offers/taken-down/": {"Two": {"offers": [17, 18]}},
    "POST /api/v1/openings/": {
        "Who would sell there": {"marketplace": "mall-at", "linked_since": "2026-01-01", "dry_run": True}
    },
    "PUT /api/v1/sellers/{seller_id}/channels/{code}/": {"Let the seller sell there": {"is_active": True}},
    "POST /api/v1/sellers/{seller_id}/credentials-rejected/": {"Why": {"reason": "The key is of another account."}},
    "POST /api/v1/sellers/{seller_id}/unlink/": {
        "The contract is over": {"reason": "contract", "note": "Given notice for the end of January."}
    },
    "POST /api/v1/webhook-endpoints/": {
        "Offers and stock": {"url": "https://mall.example/hooks", "topics": ["offer.*", "stock.changed"]},
        "Ids of all that happens in Germany": {
            "url": "https://mall.example/hooks",
            "topics": ["*"],
            "channels": ["mall-de"],
            "payload": "thin",
            "owner_email": "it@mall.example",
        },
    },
    "PATCH /api/v1/webhook-endpoints/{id}/": {"Switch it on again": {"is_active": True}},
    "POST /api/v1/webhook-endpoints/{id}/redeliver/": {
        "All that failed since then": {"state": "failed", "since": "2026-01-31T08:00:00Z"}
    },
    "POST /api/v1/webhook-endpoints/{id}/renew-secret/": {"Both for two days": {"overlap_hours": 48}},
}
