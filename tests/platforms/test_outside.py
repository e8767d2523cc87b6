"""The door to other systems: it leads to public addresses and allowed networks, and never hangs or floods."""

import datetime
import ipaddress
import socket
import ssl
import time

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from platforms import guard, outside
from tests.outside_server import Reply, System, running_system

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def system():
    with running_system() as system:
        yield system


@pytest.fixture
def names(monkeypatch):
    """What names resolve to: {name: [address, …]}; all others as ever."""
    table: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host not in table:
            return real(host, port, *args, **kwargs)
        table.setdefault("asked", []).append(host)
        return [answer for address in table[host] for answer in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[::]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001::7f00:1]",
        "192.88.99.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_an_inner_address_is_called(scheme, host, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))
    with pytest.raises(outside.NotAllowed, match="not public"):
        outside.call("GET", f"{scheme}://{host}:9/", allowed=[])


def test_digits_of_another_script_do_not_lead_inside(monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))
    with pytest.raises(outside.OutsideError):
        outside.call("GET", "https://１２７.０.０.１/", allowed=[])


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450::8a"])
def test_public_addresses_are_public(address):
    assert guard.is_public(ipaddress.ip_address(address))


def test_the_refusal_is_no_error_that_the_http_library_would_repeat(names):
    names["inner.example"] = ["10.0.0.1"]
    assert not issubclass(guard.AddressRefused, OSError)
    session = requests.Session()
    session.mount("https://", guard.GuardedAdapter())
    with pytest.raises(guard.AddressRefused):
        session.get("https://inner.example/")
    assert names["asked"] == ["inner.example"]


def test_a_name_that_leads_inside_is_not_called_even_where_another_of_its_addresses_is_public(names, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))
    names["both.example"] = ["93.184.215.14", "127.0.0.1"]
    with pytest.raises(outside.NotAllowed, match=r"both\.example leads to 127\.0\.0\.1"):
        outside.call("GET", "https://both.example/", allowed=[])


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_called(system: System, names):
    names["shop.example"] = ["127.0.0.1"]
    answer = outside.call("GET", f"http://shop.example:{system.port}/path?x=1", allowed=LOOPBACK)
    assert answer.status == 200
    assert names["asked"] == ["shop.example"]
    [asked] = system.asked
    assert (asked.path, asked.headers["host"]) == ("/path?x=1", f"shop.example:{system.port}")
    assert asked.headers["user-agent"] == "SCX-Channel-Portal"


def test_the_next_address_is_tried_where_the_first_does_not_answer(system: System, names):
    names["shop.example"] = ["127.0.0.2", "127.0.0.1"]
    assert outside.call("GET", f"http://shop.example:{system.port}/", allowed=LOOPBACK).status == 200


def test_without_tls_only_allowed_networks_are_called(names, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))
    names["public.example"] = ["93.184.215.14"]
    with pytest.raises(outside.NotAllowed, match="must be called by https"):
        outside.call("GET", "http://public.example/", allowed=LOOPBACK)


def test_an_allowed_network_also_counts_for_addresses_mapped_into_ipv6():
    found = guard.checked_addresses("::ffff:127.0.0.1", 443, LOOPBACK)
    assert found == ["::ffff:127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "marketplace.example",
        "ftp://marketplace.example/",
        "javascript:alert(1)",
        "https://",
        "https://user:password@marketplace.example/",
        "https://marketplace.example/#part",
        "https://marketplace.example/a b",
        "https://marketplace.example/\r\nX: y",
        "https://marketplace.example:0/",
        "https://[::1/",
    ],
)
def test_an_address_that_is_not_whole_is_not_called(url):
    assert outside.address_problem(url)
    with pytest.raises(outside.NotAllowed):
        outside.call("GET", url, allowed=LOOPBACK)


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 70 + ".example", "a..example"])
def test_a_name_nobody_knows_is_no_answer(host):
    with pytest.raises(outside.NoAnswer):
        outside.call("GET", f"https://{host}/", allowed=[])


def test_a_closed_port_is_no_answer(system: System):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(outside.NoAnswer):
            outside.call("GET", f"http://127.0.0.1:{free.getsockname()[1]}/", allowed=LOOPBACK)


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://127.0.0.1:{port}/inner", "file:///etc/passwd"])
def test_a_redirect_is_an_answer_and_not_followed(system: System, target):
    location = target.format(port=system.port)
    system.respond = lambda question: Reply({}, status=302, headers={"Location": location})
    assert outside.call("GET", f"{system.url}/", allowed=LOOPBACK).status == 302
    assert [question.path for question in system.asked] == ["/"]


def test_proxies_and_passwords_of_the_host_are_not_used(system: System, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    outside.call("GET", f"{system.url}/", allowed=LOOPBACK)
    assert "authorization" not in system.asked[0].headers


def test_an_oversized_answer_is_not_read_to_its_end(system: System):
    system.respond = lambda question: Reply(b"x" * 2_000_000)
    with pytest.raises(outside.UnusableAnswer, match="more than 1000 bytes"):
        outside.call("GET", system.url, allowed=LOOPBACK, largest=1000)


def test_an_answer_in_chunks_is_read_whole(system: System):
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    system.respond = lambda question: Reply(pieces=[head, b'3\r\n{"a\r\n', b'4\r\n":1}\r\n', b"0\r\n\r\n"])
    assert outside.call("GET", system.url, allowed=LOOPBACK).mapping() == {"a": 1}


def test_an_answer_that_breaks_off_is_none(system: System):
    system.respond = lambda question: Reply(pieces=[b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf"])
    with pytest.raises(outside.NoAnswer):
        outside.call("GET", system.url, allowed=LOOPBACK)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n", b"HTTP/1.1 200 X\r\nX-Slow: "])
def test_an_answer_that_trickles_is_given_up(system: System, monkeypatch, start):
    monkeypatch.setattr(outside, "LASTS_AT_MOST", 0.5)
    system.respond = lambda question: Reply(pieces=[start, *[b"x", lambda: time.sleep(0.05)] * 60])
    started = time.monotonic()
    with pytest.raises(outside.NoAnswer):
        outside.call("GET", system.url, allowed=LOOPBACK)
    assert time.monotonic() - started < 2


def test_silence_is_given_up(system: System, monkeypatch):
    monkeypatch.setattr(outside, "READ_SECONDS", 0.2)
    system.respond = lambda question: Reply(pieces=[lambda: time.sleep(1)])
    with pytest.raises(outside.NoAnswer, match="Timeout"):
        outside.call("GET", system.url, allowed=LOOPBACK)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'"text"', b"\xff", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"[" * 100_000],
)
def test_only_a_json_object_that_can_be_stored_is_one(system: System, body):
    system.respond = lambda question: Reply(body)
    answer = outside.call("GET", system.url, allowed=LOOPBACK)
    with pytest.raises(outside.UnusableAnswer):
        answer.mapping()


def test_neither_query_nor_headers_nor_body_are_logged(system: System, caplog):
    caplog.set_level("DEBUG")
    system.respond = lambda question: Reply({"answer": "geheim-3"}, headers={"X-Secret": "geheim-4"})
    url = f"{system.url}/?token=geheim-1"
    answer = outside.call("POST", url, allowed=LOOPBACK, body="geheim-2", headers={"Authorization": "geheim-5"})
    assert "POST 127.0.0.1 200" in caplog.text
    assert "geheim" not in caplog.text + repr(answer)


def test_what_the_http_library_raises_does_not_travel_along(monkeypatch):
    with pytest.raises(outside.NoAnswer) as raised:
        outside.call("GET", "https://no-such-name.invalid/?token=geheim", allowed=[])
    assert "geheim" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """Signs certificates; the HTTP library trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    path = tmp_path / "authority.pem"

    def certificate(host: str) -> ssl.SSLContext:
        own = ec.generate_private_key(ec.SECP256R1())
        file = tmp_path / f"{host}.pem"
        made = _certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), name, own.public_key(), key, host
        )
        secret = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    path.write_bytes(_certificate(name, name, key.public_key(), key, "").public_bytes(serialization.Encoding.PEM))
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(path))
    return certificate


def _certificate(subject, issuer, public_key, signing_key, host):
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(authority, names):
    context = authority("shop.example")
    asked_for = []
    context.sni_callback = lambda connection, name, _context: asked_for.append(name)
    names.update({"shop.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    with running_system(lambda bare: context.wrap_socket(bare, server_side=True)) as system:
        assert outside.call("GET", f"https://shop.example:{system.port}/", allowed=LOOPBACK).status == 200
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(outside.NoAnswer):
                outside.call("GET", f"https://{host}:{system.port}/", allowed=LOOPBACK)
    assert asked_for[:2] == ["shop.example", "other.example"]
    assert len(system.asked) == 1
