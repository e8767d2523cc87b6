"""Bodies without a length, in chunks, as some HTTP clients send whatever they stream."""

import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

import requests

from tests import payloads

MEGABYTE = b" " * 2**20
JSON = {"Content-Type": "application/json"}


def chunks(value):
    """Something of unknown length: requests sends it chunked."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    yield from (text[:5], text[5:])


def raw(scx, path, body):
    """The answer to a POST whose chunks are exactly these bytes; nothing follows them."""
    parts = urlsplit(scx.base_url)
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTransfer-Encoding: chunked\r\n"
    with closing(socket.create_connection((parts.hostname, parts.port), timeout=30)) as client:
        client.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def test_a_refresh_token_in_chunks_is_swapped(scx, shop):
    form = f"refreshToken={shop.refresh_token}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(f"{scx.base_url}/v1/auth", data=chunks(form), headers=headers, timeout=30)
    assert (answer.status_code, "authToken" in answer.json()) == (200, True)


def test_offers_reports_and_acknowledgements_may_come_in_chunks(scx, linked, merchant):
    offers = {"offerList": [payloads.seller_offer("DEMOSHOP", payloads.offer_small("S1", 1))]}
    merchant("POST", "/v1/seller/offer", 201, data=chunks(offers), headers=JSON)
    [event] = linked.events()
    linked("DELETE", "/v1/channel/event", 204, data=chunks({"eventIdList": [event["id"]]}), headers=JSON)
    started = {"offerList": [{"sellerId": "S1", "offerId": 1, "startedAt": "2024-02-13T06:00:00+00:00"}]}
    linked("POST", "/v1/channel/offer/in-progress", 201, data=chunks(started), headers=JSON)
    assert linked.events() == []
    book = scx.books(path="/v1/channel/offer/in-progress")[-1]
    assert book["request"] == started


def test_the_control_api_takes_chunks(scx):
    scx.control("POST", "channels", 201, data=chunks({"code": "STREAMED"}), headers=JSON)
    assert [channel["code"] for channel in scx.control("GET", "channels")["channels"]] == ["STREAMED"]


def test_an_empty_body_in_chunks_is_an_empty_body(scx):
    assert " 204 " in raw(scx, "/control/reset", b"0\r\n\r\n").partition("\r\n")[0]


def test_a_connection_is_good_for_more_after_a_body_in_chunks(scx, shop):
    for _call in range(2):
        price = {"priceTypeId": "B2C", "displayName": "Endkunde"}
        shop("POST", "/v1/channel/price", 201, data=chunks(price), headers=JSON)


def test_an_upload_may_come_in_chunks(scx, merchant):
    headers = {"Content-Type": "text/plain"}
    bodies = (b"A manual", chunks(b"A manual"))
    answers = [merchant("POST", "/v1/seller/offer/file", 200, data=body, headers=headers) for body in bodies]
    assert answers[0]["remoteFile"] == answers[1]["remoteFile"]


def test_broken_chunks_are_refused(scx):
    for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n"):
        assert " 400 " in raw(scx, "/v1/auth", body).partition("\r\n")[0]
    assert scx.books() == []


def test_a_body_beyond_the_limit_is_refused_in_words(scx):
    body = b"100000\r\n%b\r\n" % MEGABYTE * 256 + b"1\r\n \r\n0\r\n\r\n"
    head, _blank, answer = raw(scx, "/v1/auth", body).partition("\r\n\r\n")
    assert " 413 " in head.partition("\r\n")[0]
    [error] = json.loads(answer)["errorList"]
    assert (error["code"], "at most 268435456 bytes" in error["message"]) == ("GEN413", True)
