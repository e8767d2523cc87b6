import pytest

AT = "2024-02-13T06:00:00+00:00"
PATH = "/v1/channel/offer/"
ERROR = {"code": "CHN500", "message": "no picture", "longMessage": "Add one.", "relatedAttributeId": "global:picture"}


def listed(offer_id=5, seller="S1", **more):
    return {"sellerId": seller, "offerId": offer_id, "listedAt": AT, **more}


def failed(offer_id=5, errors=(ERROR,)):
    return {"sellerId": "S1", "offerId": offer_id, "failedAt": AT, "errorList": list(errors)}


def test_reports_move_the_offer_and_are_kept(scx, linked, offer):
    offer(5)
    progress = {"sellerId": "S1", "offerId": 5, "startedAt": AT}
    linked("POST", PATH + "in-progress", 201, json={"offerList": [progress]})
    linked("POST", PATH + "listing-failed", 201, json={"offerList": [failed()]})
    [after_failure] = scx.control("GET", "offers")["offers"]
    assert (after_failure["state"], after_failure["errors"]) == ("failed", [ERROR])
    item = listed(channelOfferId="C5", listingUrl="https://shop.example.com/5")
    linked("POST", PATH + "listed", 201, json={"offerList": [item]})
    [after] = scx.control("GET", "offers")["offers"]
    assert (after["state"], after["errors"]) == ("listed", [])
    assert (after["channelOfferId"], after["listingUrl"]) == ("C5", "https://shop.example.com/5")
    reports = scx.control("GET", "reports", params={"offerId": 5})["reports"]
    assert [(report["state"], report["at"]) for report in reports] == [
        ("in_progress", AT),
        ("failed", AT),
        ("listed", AT),
    ]
    assert reports[1]["errorList"] == [ERROR]


def test_an_update_starts_the_offer_anew(scx, linked, offer):
    offer(5)
    linked("POST", PATH + "listed", 201, json={"offerList": [listed()]})
    offer(5, method="PUT")
    assert [each["state"] for each in scx.control("GET", "offers")["offers"]] == ["sent"]


def test_one_bad_item_refuses_the_batch_and_is_named(scx, linked):
    items = [failed(), failed(), failed(), failed(errors=[{"code": "X", "message": "x" * 251}])]
    assert linked.refusal("POST", PATH + "listing-failed", 400, json={"offerList": items}) == [
        ("VAL100", "offerList[3].errorList[0].message: must have at most 250 characters")
    ]
    assert scx.control("GET", "reports")["reports"] == []


def test_every_bad_item_is_named(linked):
    items = [{"sellerId": "S1"}, listed(), listed(offer_id=0), listed(listedAt="yesterday"), "no object"]
    assert linked.refusal("POST", PATH + "listed", 400, json={"offerList": items}) == [
        ("VAL100", "offerList[0].offerId: is required"),
        ("VAL100", "offerList[0].listedAt: is required"),
        ("VAL100", "offerList[2].offerId: must be a whole number of at least 1"),
        ("VAL100", "offerList[3].listedAt: must be a date and time such as 2024-02-13T06:00:00+00:00"),
        ("VAL100", "offerList[4]: must be an object"),
    ]


def test_reports_for_sellers_that_are_not_linked_are_refused_by_item(scx, linked, merchant):
    scx.link("DEMOSHOP", "S2", jtlAccountId=1001)
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S2", 202)
    items = [listed(), listed(seller="S2"), listed(seller="S3")]
    assert linked.refusal("POST", PATH + "listed", 400, json={"offerList": items}) == [
        ("GEN700", "offerList[1].sellerId: There is no linked seller S2 on this channel."),
        ("GEN700", "offerList[2].sellerId: There is no linked seller S3 on this channel."),
    ]
    assert scx.control("GET", "reports")["reports"] == []


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand_items(linked, count):
    assert linked("POST", PATH + "listed", json={"offerList": [listed()] * count}).status_code == 400


def test_a_thousand_reports_pass_at_once(scx, linked):
    items = [listed(offer_id=number) for number in range(1, 1001)]
    linked("POST", PATH + "listed", 201, json={"offerList": items})
    assert len(scx.control("GET", "reports", params={"limit": 2000})["reports"]) == 1000


@pytest.mark.parametrize("at", ["2024-02-13T06:00:00Z", "2024-02-13T07:00:00+0100", "2024-02-13T06:00:00+00", AT[:19]])
def test_ids_as_text_and_all_time_forms_pass(scx, linked, at):
    linked("POST", PATH + "listed", 201, json={"offerList": [listed(offer_id="5", listedAt=at)]})
    [report] = scx.control("GET", "reports")["reports"]
    assert (report["offerId"], report["at"]) == (5, AT)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"offerList": 1}', b"[" * 100_000])
def test_a_body_of_another_shape_is_val100(linked, body):
    headers = {"Content-Type": "application/json"}
    errors = linked.refusal("POST", PATH + "listed", 400, data=body, headers=headers)
    assert [code for code, _message in errors] == ["VAL100"]
