"""The test kit for connectors: the portal's own pass it, and each fault it is made for is found."""

import base64
import ipaddress
import itertools
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from listings.handover import kit
from listings.handover.base import CredentialsRejected, ListingError, Result
from listings.handover.demo import DemoHandover
from listings.handover.manual import ManualHandover
from listings.handover.webhook import PushHandover
from tests.outside_server import Reply, running_system

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "connector"


def found(connector, settings=None):
    return {check.__name__ for check, error in kit.verdicts(connector, settings or {}) if error}


@pytest.mark.parametrize("connector", [ManualHandover(), DemoHandover()])
def test_the_connectors_that_need_nothing_pass(connector):
    assert found(connector) == set()


def test_the_one_that_pushes_passes(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    with running_system() as system:
        system.respond = lambda question: Reply(
            {"results": [{"offer": offer["id"], "state": "listed"} for offer in question.json["offers"]]}
            if question.json["type"] == "offers.hand_over"
            else {}
        )
        assert found(PushHandover(), {"handover": {"url": system.url, "secret": secret}}) == set()


class Faulty:
    """Lists everything, and does as it is told where it is told something else."""

    def __init__(self, hand_over=None, withdraw=None):
        self._hand_over = hand_over or (lambda settings, offers: [(offer.key, Result("listed")) for offer in offers])
        self._withdraw = withdraw or (lambda settings, offers: None)

    def hand_over(self, settings, offers):
        return self._hand_over(settings, offers)

    def withdraw(self, settings, offers):
        return self._withdraw(settings, offers)


def answering(make):
    return lambda settings, offers: [make(offer) for offer in offers]


def spoil(settings, offers):
    offers[0].attributes[0]["id"] = "spoilt"
    return []


def count_up():
    ids = itertools.count()
    return answering(lambda offer: (offer.key, Result("listed", channel_offer_id=f"M-{next(ids)}")))


@pytest.mark.parametrize(
    ("connector", "check"),
    [
        (Faulty(lambda settings, offers: None), "takes_a_listing"),
        (Faulty(answering(lambda offer: (offer.offer_id, Result("listed")))), "takes_a_listing"),
        (Faulty(answering(lambda offer: (offer.key, "listed"))), "takes_a_listing"),
        (Faulty(answering(lambda offer: (offer.key, Result("listed", listing_url="/1")))), "takes_a_listing"),
        (Faulty(answering(lambda offer: (offer.key, Result("failed")))), "takes_a_bare_listing"),
        (Faulty(answering(lambda offer: (offer.key, Result("listed", revision=7)))), "takes_the_next_revision"),
        (Faulty(answering(lambda offer: CredentialsRejected("somebody"))), "takes_a_listing"),
        (Faulty(answering(lambda offer: (offer.pictures[0].position, Result("listed")))), "takes_a_bare_listing"),
        (Faulty(count_up()), "takes_the_same_again"),
        (Faulty(spoil), "leaves_what_it_is_given"),
        (Faulty(withdraw=lambda settings, offers: 1), "takes_down"),
        (Faulty(withdraw=lambda settings, offers: [99]), "takes_down"),
        (Faulty(withdraw=lambda settings, offers: {}[offers[0].key]), "takes_down_what_it_never_had"),
    ],
)
def test_what_a_connector_does_wrong_is_found(connector, check):
    assert check in found(connector)


def test_a_connector_that_does_all_of_it_right_passes():
    assert found(Faulty()) == set()
    error = ListingError("A", "B")
    assert found(Faulty(answering(lambda offer: (offer.key, Result("failed", errors=(error,)))))) == set()


@pytest.fixture
def shelf(monkeypatch, settings):
    monkeypatch.syspath_prepend(EXAMPLE)
    settings.CONNECTORS = {**settings.CONNECTORS, "shelf": ("", "shelf.ShelfHandover")}
    yield
    sys.modules.pop("shelf", None)


def test_the_example_of_the_documentation_passes(shelf, tmp_path, capsys):
    (tmp_path / "shelf").mkdir()
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"shelf": {"folder": str(tmp_path / "shelf")}}))

    call_command("check_connector", "shelf", "--settings-file", str(file))

    assert f"All {len(kit.CHECKS)} checks passed." in capsys.readouterr().out


def test_the_command_says_what_is_wrong(shelf, tmp_path, capsys):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"shelf": {"folder": str(tmp_path / "gone")}}))

    with pytest.raises(CommandError, match="checks failed"):
        call_command("check_connector", "shelf", "--settings-file", str(file))

    assert "NotAvailable: The folder" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [("nope", "{}", "no connector nope"), ("manual", "[]", "no JSON object"), ("manual", "{", "is no JSON")],
)
def test_what_cannot_be_checked_is_said(tmp_path, name, text, says):
    file = tmp_path / "settings.json"
    file.write_text(text)

    with pytest.raises(CommandError, match=says):
        call_command("check_connector", name, "--settings-file", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("check_connector", "manual", "--settings-file", str(tmp_path / "missing"))
