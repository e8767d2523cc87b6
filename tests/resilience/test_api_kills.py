"""A web server killed in the midst of a write has done it, or nothing of it: a repeat with its key does the rest."""

import pytest
import requests

from tests.resilience.portal import Portal
from tests.runtime.installation import eventually

pytestmark = pytest.mark.slow

# Where a call is claimed, where its work is done, where its answer is stored; and whether all is committed by then.
WRITE = {
    "after platforms.rest.idempotency.claim": False,
    "after sellers.accounts.save": False,
    "before platforms.rest.idempotency.keep": False,
    "after platforms.rest.idempotency.keep": False,
    "after platforms.rest.views.Resource._once": True,
}


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.installed.environment |= {
        "CRASH_FUSE": str(portal.fuse),
        "SHORTENED": "platforms.models.IdempotentCall.LEASE=2",
    }
    return portal


def test_a_write_with_a_key_is_done_once_wherever_it_is_killed(portal):
    shop = portal.channel("myshop")
    headers = {"Authorization": f"Bearer {portal.api_key()}"}
    portal.start_web("--preload", crash_at=";".join(WRITE))

    for number, (point, is_done) in enumerate(WRITE.items()):
        body = {"channel": shop, "login": f"merchant-{number}", "access_code": f"a-code-of-{number}-nobody-guesses"}

        def send(body=body, number=number):
            keyed = {**headers, "Idempotency-Key": f"call {number}"}
            return portal.ask("POST", "/api/v1/accounts/", json=body, headers=keyed)

        portal.fuse.write_text(point)
        with pytest.raises(requests.ConnectionError):
            send()
        assert not portal.fuse.exists()
        assert portal.count("sellers_account", f"login = '{body['login']}'") == is_done, point

        first = send()
        assert first.status_code == (201 if is_done else 409), point
        answer = eventually(lambda send=send: (found := send()).status_code != 409 and found, "the answer")

        assert (answer.status_code, answer.json()["login"]) == (201, body["login"]), point
        assert send().content == answer.content
        assert portal.count("sellers_account", f"login = '{body['login']}'") == 1, point
    assert portal.leaks() == []
