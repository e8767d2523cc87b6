"""Only this machine steers the emulator, also where it listens for others and behind a proxy."""

import pytest
import requests

from tests.sandbox_process import run_sandbox

LOCAL = ("/control/channels", "/console")


@pytest.fixture(scope="module")
def public_url(tmp_path_factory):
    with run_sandbox(tmp_path_factory.mktemp("public"), arguments=["--bind", "0.0.0.0"]) as base_url:
        yield base_url


def statuses(base_url, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return [requests.get(base_url + path, headers=fields, timeout=30).status_code for path in LOCAL]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8099", "127.0.0.1", "127.1.2.3:80", "[::1]:8099"])
def test_this_machine_is_known_by_its_own_names(public_url, host):
    assert statuses(public_url, Host=host) == [200, 200]


@pytest.mark.parametrize("host", ["rebound.example.com", "localhost.example.com:8099", "192.0.2.1", "[2001:db8::1]"])
def test_a_name_that_others_can_have_lead_here_opens_nothing(public_url, host):
    assert statuses(public_url, Host=host) == [403, 403]
    assert requests.get(f"{public_url}/openapi.yaml", headers={"Host": host}, timeout=30).status_code == 200


@pytest.mark.parametrize(
    "header", [{"X_Forwarded_For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}, {"X_Forwarded_For": "127.0.0.1"}]
)
def test_what_a_proxy_passes_on_is_not_local(public_url, header):
    assert statuses(public_url, **header) == [403, 403]
