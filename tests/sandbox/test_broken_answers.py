import pytest
import requests

ROUTE = "/v1/channel"


def fault(scx, kind, **values):
    scx.control("POST", "faults", 201, json={"fault": kind, **values})


def test_a_status_fault_is_an_scx_error_for_so_many_requests(scx, shop):
    fault(scx, "status", status=503, count=2, match={"path": ROUTE, "method": "get", "channel": "DEMOSHOP"})
    assert shop("POST", "/v1/channel/price").status_code == 400
    assert [shop("GET", ROUTE).status_code for _call in range(3)] == [503, 503, 200]


def test_an_html_fault_is_a_gateways_page(scx, shop):
    fault(scx, "html")
    answer = shop("GET", ROUTE)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (502, "text/html")


def test_a_throttle_fault_is_429_with_its_headers(scx, shop):
    fault(scx, "throttle", seconds=7)
    answer = shop("GET", ROUTE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.headers["X-RateLimit-Remaining"] == "0"


def test_a_delay_fault_answers_in_the_end(scx, shop):
    fault(scx, "delay", seconds=0.3)
    answer = shop("GET", ROUTE)
    assert answer.status_code == 200
    assert scx.books()[-1]["durationMs"] >= 300


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("drop_after", 1), ("truncate", 1)])
def test_a_lost_answer_says_nothing_of_the_work(scx, shop, kind, done):
    fault(scx, kind, match={"path": "/v1/channel/notification"})
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    body = {"sellerId": "S1", "severity": "INFO", "message": "Hallo"}
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        shop("POST", "/v1/channel/notification", json=body)
    merchant = scx.merchant(jtlAccountId=1001)
    assert len(merchant("GET", "/v2/seller/event", 200)["eventList"]) == done
    assert scx.books(path="/v1/channel/notification")[-1]["fault"] == kind


def test_faults_are_listed_and_cleared(scx, shop):
    fault(scx, "status", count=3)
    [listed] = scx.control("GET", "faults")["faults"]
    assert (listed["fault"], listed["left"]) == ("status", 3)
    scx.control("DELETE", "faults", 204)
    assert shop("GET", ROUTE).status_code == 200


def test_an_unknown_fault_is_refused(scx):
    assert "fault" in scx.control("POST", "faults", 400, json={"fault": "explode"})["error"]
