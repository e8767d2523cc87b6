import pytest

AT = "2024-02-13T06:00:00+00:00"
PATH = "/v1/channel/offer/"
ERROR = {"code": "CHN500", "message": "no picture", "longMessage": "Add one.", "relatedAttributeId": "global:picture"}


@pytest.fixture
def listed(seller_id):
    """One item of a report."""

    def item(offer_id=5, seller=seller_id, **more):
        return {"sellerId": seller, "offerId": offer_id, "listedAt": AT, **more}

    return item


@pytest.fixture
def failed(seller_id):
    def item(offer_id=5, errors=(ERROR,)):
        return {"sellerId": seller_id, "offerId": offer_id, "failedAt": AT, "errorList": list(errors)}

    return item


def test_an_offer_is_reported_in_progress_failed_and_listed(linked, seller_id, listed, failed, offer):
    offer(5)
    progress = {"sellerId": seller_id, "offerId": 5, "startedAt": AT}
    linked("POST", PATH + "in-progress", 201, json={"offerList": [progress]})
    linked("POST", PATH + "listing-failed", 201, json={"offerList": [failed()]})
    item = listed(channelOfferId="C5", listingUrl="https://shop.example.com/5")
    linked("POST", PATH + "listed", 201, json={"offerList": [item]})


def test_reports_move_the_offer_and_are_kept(control, linked, seller_id, listed, failed, offer):
    offer(5)
    linked("POST", PATH + "listing-failed", 201, json={"offerList": [failed()]})
    [after_failure] = control.control("GET", "offers")["offers"]
    assert (after_failure["state"], after_failure["errors"]) == ("failed", [ERROR])
    item = listed(channelOfferId="C5", listingUrl="https://shop.example.com/5")
    linked("POST", PATH + "listed", 201, json={"offerList": [item]})
    [after] = control.control("GET", "offers")["offers"]
    assert (after["state"], after["errors"]) == ("listed", [])
    assert (after["channelOfferId"], after["listingUrl"]) == ("C5", "https://shop.example.com/5")
    reports = control.control("GET", "reports", params={"offerId": 5})["reports"]
    assert [(report["state"], report["at"]) for report in reports] == [("failed", AT), ("listed", AT)]
    assert reports[0]["errorList"] == [ERROR]


def test_an_update_starts_the_offer_anew(control, linked, listed, offer):
    offer(5)
    linked("POST", PATH + "listed", 201, json={"offerList": [listed()]})
    offer(5, method="PUT")
    assert [each["state"] for each in control.control("GET", "offers")["offers"]] == ["sent"]


def test_the_bad_item_of_a_batch_is_named_by_its_path(linked, failed):
    items = [failed(), failed(), failed(), failed(errors=[{"code": "X", "message": "x" * 251}])]
    errors = linked.codes("POST", PATH + "listing-failed", 400, json={"offerList": items})
    assert errors == [("VAL100", "offerList[3].errorList[0].message")]


def test_one_bad_item_refuses_the_batch(control, linked, listed):
    items = [listed(), listed(offer_id=0)]
    linked("POST", PATH + "listed", 400, json={"offerList": items})
    assert control.control("GET", "reports")["reports"] == []


def test_every_bad_item_is_named(linked, listed):
    items = [{"sellerId": "S1"}, listed(), listed(offer_id=0), listed(listedAt="yesterday"), "no object"]
    assert linked.codes("POST", PATH + "listed", 400, json={"offerList": items}) == [
        ("VAL100", "offerList[0].offerId"),
        ("VAL100", "offerList[0].listedAt"),
        ("VAL100", "offerList[2].offerId"),
        ("VAL100", "offerList[3].listedAt"),
        ("VAL100", "offerList[4]"),
    ]


LIMITS = [("code", 255), ("message", 250), ("longMessage", 10_000), ("relatedAttributeId", 512)]


@pytest.mark.parametrize(("field", "most"), [*LIMITS, ("recommendedValue", 1000)])
def test_the_fields_of_a_listing_error_have_a_length(linked, failed, field, most):
    def report(status, text):
        item = failed(errors=[{**ERROR, field: text}])
        return linked("POST", PATH + "listing-failed", status, json={"offerList": [item]})

    report(201, "x" * most)
    [error] = report(400, "x" * (most + 1))["errorList"]
    assert error["message"].startswith(f"offerList[0].errorList[0].{field}:")
    report(400, "")


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 201), (250, 201), (251, 400)])
def test_a_failure_has_one_to_250_errors(linked, failed, count, status):
    linked("POST", PATH + "listing-failed", status, json={"offerList": [failed(errors=[ERROR] * count)]})


@pytest.mark.inferred("whether a stranger refuses the whole batch is not said")
def test_reports_for_sellers_that_are_not_linked_are_refused_by_item(linked, listed):
    items = [listed(), listed(seller="nobody"), listed(offer_id=6, seller="nobody")]
    assert linked.codes("POST", PATH + "listed", 400, json={"offerList": items}) == [
        ("GEN700", "offerList[1].sellerId"),
        ("GEN700", "offerList[2].sellerId"),
    ]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand_items(linked, listed, count):
    linked("POST", PATH + "listed", 400, json={"offerList": [listed()] * count})


def test_a_thousand_reports_pass_at_once(linked, listed):
    items = [listed(offer_id=number) for number in range(1, 1001)]
    linked("POST", PATH + "listed", 201, json={"offerList": items})


@pytest.mark.parametrize("at", ["2024-02-13T06:00:00Z", "2024-02-13T07:00:00+0100", "2024-02-13T06:00:00+00", AT[:19]])
@pytest.mark.inferred("samples write times in four forms; which of them a report may use is not said")
def test_all_time_forms_pass(linked, listed, at):
    linked("POST", PATH + "listed", 201, json={"offerList": [listed(listedAt=at)]})


@pytest.mark.inferred("ids are numbers in the reference; clients send them as strings")
def test_ids_as_text_pass(linked, listed):
    linked("POST", PATH + "listed", 201, json={"offerList": [listed(offer_id="5")]})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"offerList": 1}', b"[" * 100_000])
def test_a_body_of_another_shape_is_val100(linked, body):
    headers = {"Content-Type": "application/json"}
    errors = linked.codes("POST", PATH + "listed", 400, data=body, headers=headers)
    assert [code for code, _path in errors] == ["VAL100"]
