"""A whole marketplace, with Python's standard library alone: it checks sellers, lists offers, follows stock.

    PORTAL=http://127.0.0.1:8000/api/v1 KEY=scxp_… SECRET=whsec_… python marketplace.py 9000

It is told of everything by webhook at /hooks and says who sellers are at /identify; at / it shows what it sells.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORTAL, KEY, SECRET = os.environ["PORTAL"], os.environ["KEY"], os.environ["SECRET"]
CUSTOMERS = {"K-4711": ("correct horse", "Müller & Söhne"), "K-4712": ("battery staple", "Schmidt OHG")}
OLDEST_SECONDS = 300
MOST_KNOWN = 100_000

known: dict[str, None] = {}
shelf: dict[int, dict[str, Any]] = {}
working = threading.Lock()


def is_signed(headers: Any, body: bytes) -> bool:
    """Whether the portal sent this, and not long ago (https://www.standardwebhooks.com)."""
    message, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > OLDEST_SECONDS:
        return False
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.digest(key, b".".join((message.encode(), timestamp.encode(), body)), hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}"
    return any(hmac.compare_digest(expected, given) for given in headers.get("webhook-signature", "").split())


def portal(method: str, path: str, body: Any, once: str) -> Any:
    """A call of the portal's REST API; with the same `once` it does the same no second time."""
    request = urllib.request.Request(
        f"{PORTAL}/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Idempotency-Key": once},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def identify(question: dict[str, Any]) -> dict[str, Any]:
    """Who signs up, if the password is right."""
    given = question["fields"]
    password, company = CUSTOMERS.get(given.get("customer", ""), ("", ""))
    if not password or not hmac.compare_digest(password.encode(), given.get("password", "").encode()):
        return {"errors": {"": "We know no such customer, or the password is another."}}
    return {"account": given["customer"], "company": company}


def take_offer(offer: dict[str, Any], once: str) -> None:
    """List what has a title and a price, and tell the seller what is wrong with the rest."""
    result = {"offer": offer["id"], "revision": offer["revision"]}
    wrong = [name for name in ("title", "prices") if not offer[name]]
    if wrong:
        errors = [{"code": "MISSING", "message": f"There is no {name}."} for name in wrong]
        portal("POST", "listing-results/", {"results": [{**result, "state": "failed", "errors": errors}]}, once)
        return
    shelf[offer["id"]] = {
        "title": offer["title"],
        "price": offer["prices"][0]["amount"],
        "stock": offer["quantity"],
        "seller": offer["seller"],
        "offer_id": offer["offer_id"],
        "channel": offer["channel"],
    }
    listed = {"state": "listed", "channel_offer_id": f"M{offer['id']}"}
    portal("POST", "listing-results/", {"results": [{**result, **listed}]}, once)


def take_down(offer: dict[str, Any], once: str) -> None:
    shelf.pop(offer["id"], None)
    portal("POST", "offers/taken-down/", {"offers": [offer["id"]]}, once)


def set_stock(change: dict[str, Any], once: str) -> None:
    """On each channel that shares the stock."""
    places = {(place["channel"], place["offer_id"]): place["quantity"] for place in change["channels"]}
    for item in shelf.values():
        if item["seller"] == change["seller"]:
            item["stock"] = places.get((item["channel"], item["offer_id"]), item["stock"])


DEEDS = {"offer.pending": take_offer, "offer.ended": take_down, "stock.changed": set_stock}


class Marketplace(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with working:
            self.answer(200, shelf)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not is_signed(self.headers, body):
            self.answer(401, {})
        elif self.path == "/identify":
            self.answer(200, identify(json.loads(body)))
        else:
            self.hear(self.headers["webhook-id"], json.loads(body))

    def hear(self, message: str, said: dict[str, Any]) -> None:
        """Do what it asks for, once; what fails is not taken, and so comes again."""
        with working:
            try:
                if message not in known and said["type"] in DEEDS:
                    DEEDS[said["type"]](said["data"], message)
            except OSError as problem:
                self.answer(503, {"problem": str(problem)})
                return
            known[message] = None
            if len(known) > MOST_KNOWN:
                del known[next(iter(known))]
        self.answer(200, {})

    def answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        return


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Marketplace).serve_forever()
