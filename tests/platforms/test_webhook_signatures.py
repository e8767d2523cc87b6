"""Signatures as another implementation of the specification reads them."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from platforms import webhook_signatures

SECRET = "whsec_" + base64.b64encode(b"a signing key of 32 bytes, fixed").decode()
BODY = '{"company": "Müller & Söhne"}'.encode()


def test_the_receiver_can_verify_what_was_signed():
    headers = webhook_signatures.headers(SECRET, BODY)
    assert Webhook(SECRET).verify(BODY, headers) == {"company": "Müller & Söhne"}
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5


def test_each_call_has_an_id_of_its_own():
    ids = {webhook_signatures.headers(SECRET, BODY)["webhook-id"] for _number in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp"])
def test_a_changed_part_does_not_pass(changed):
    headers = webhook_signatures.headers(SECRET, BODY)
    body = BODY + b" " if changed == "body" else BODY
    if changed in headers:
        headers[changed] = {"webhook-id": "msg_x", "webhook-timestamp": str(int(time.time()) + 1)}[changed]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", base64.b64encode(b"x" * 32).decode(), "whsec_" + "A" * 90],
)
def test_a_secret_of_another_form_is_none(secret):
    with pytest.raises(ValueError, match="24 to 64"):
        webhook_signatures.key_of(secret)
