import pytest
import requests


@pytest.mark.parametrize("empty", ["list", "no-content"])
def test_an_answer_is_cut_in_its_body_or_else_in_its_head(scx, shop, empty):
    scx.settings(emptyEvents=empty)
    scx.control("POST", "faults", 201, json={"fault": "truncate"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        shop("GET", "/v1/channel/event")
    assert scx.books()[-1]["fault"] == "truncate"


def test_an_acknowledgement_whose_answer_is_cut_was_done(scx, linked):
    [event_id] = scx.emit("DEMOSHOP")
    scx.control("POST", "faults", 201, json={"fault": "truncate", "match": {"method": "DELETE"}})
    with pytest.raises(requests.ConnectionError):
        linked("DELETE", "/v1/channel/event", json={"eventIdList": [event_id]})
    assert scx.control("GET", "faults")["faults"][0]["played"] == 1
    scx.advance(600)
    assert linked.events() == []
