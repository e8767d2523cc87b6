import pickle

import pytest

from platforms.scx.errors import (
    ErrorItem,
    ScxError,
    ScxNoAnswer,
    ScxProtocolError,
    ScxQuotaWait,
    ScxRefused,
    ScxServerError,
    ScxThrottled,
    ScxUnauthorized,
    ScxUnreachable,
    ScxWait,
    error_for,
    parse_errors,
)


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("offerList[12].listedAt: is no date", ("offerList", 12, "listedAt")),
        ("$.offerList[3].errorList[0].message: too long", ("offerList", 3, "errorList", 0, "message")),
        ("Validation failed at offerList[7]", ("offerList", 7)),
        ("sellerId: unknown", ("sellerId",)),
        ("Something went wrong", None),
    ],
)
def test_the_path_of_the_faulty_value_is_read_from_the_message(message, path):
    assert ErrorItem("VAL100", message).path == path


def test_the_path_is_read_from_the_hint_where_the_message_has_none():
    item = ErrorItem("VAL100", "wrong", hint="offerList[4].offerId")
    assert item.path == ("offerList", 4, "offerId")
    assert item.item_index("offerList") == 4


@pytest.mark.parametrize(
    ("message", "index"),
    [
        ("offerList[12].listedAt: is no date", 12),
        ("offerList.12.listedAt: is no date", 12),
        ("Version v1.2 says: offerList[3].errorList[0].message: too long", 3),
        ("orderList[1].id: unknown", None),
        ("myofferList[1].id: unknown", None),
        ("wrong", None),
    ],
)
def test_the_index_of_the_faulty_item_is_read_for_the_named_list_only(message, index):
    assert ErrorItem("VAL100", message).item_index("offerList") == index


def test_an_error_list_is_read_however_incomplete_it_is():
    body = {
        "errorList": [
            {"code": "VAL100", "message": "a", "severity": "WARNING", "hint": "h"},
            {"code": 500, "severity": "fatal", "hint": None},
            "plain words",
        ]
    }
    assert parse_errors(body) == (
        ErrorItem("VAL100", "a", "warning", "h"),
        ErrorItem("500", "", "error", None),
        ErrorItem("", "plain words"),
    )


@pytest.mark.parametrize("body", [None, [], "text", {}, {"errorList": None}, {"errorList": "x"}])
def test_no_error_list_is_no_error(body):
    assert parse_errors(body) == ()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "VAL100", ScxRefused),
        (403, "SLR204", ScxRefused),
        (404, "GEN404", ScxRefused),
        (401, "", ScxUnauthorized),
        (400, "ATH100", ScxUnauthorized),
        (426, "", ScxThrottled),
        (429, "", ScxThrottled),
        (408, "", ScxServerError),
        (500, "GEN500", ScxServerError),
        (503, "", ScxServerError),
    ],
)
def test_each_status_has_its_error(status, code, kind):
    error = error_for("GET /v1/channel", status, (ErrorItem(code, "words"),), retry_after=9)
    assert type(error) is kind
    assert error.status == status
    assert error.codes == ({code} if code else set())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_every_2xx_is_no_error(status):
    assert error_for("GET /v1/channel", status, (ErrorItem("CHN401", "part", "warning"),), retry_after=60) is None


def test_whatever_auth_refuses_is_about_the_token():
    error = error_for("POST /v1/auth", 400, (ErrorItem("VAL100", "x"),), retry_after=60, authenticating=True)
    assert type(error) is ScxUnauthorized


@pytest.mark.parametrize(
    ("kind", "retryable", "maybe_done"),
    [
        (ScxUnreachable, True, False),
        (ScxNoAnswer, True, True),
        (ScxServerError, True, True),
        (ScxProtocolError, True, True),
        (ScxThrottled, True, False),
        (ScxQuotaWait, True, False),
        (ScxUnauthorized, False, False),
        (ScxRefused, False, False),
    ],
)
def test_each_error_says_whether_a_retry_can_help_and_the_work_may_be_done(kind, retryable, maybe_done):
    assert issubclass(kind, ScxError)
    assert (kind.retryable, kind.maybe_done) == (retryable, maybe_done)


def test_both_waits_say_how_long():
    assert ScxThrottled(retry_after=12.5).retry_after == 12.5
    assert isinstance(ScxQuotaWait("later", retry_after=3), ScxWait)


def test_not_found_is_told_by_status_or_code():
    assert ScxRefused("no", status=404).not_found
    assert ScxRefused("no", status=400, errors=(ErrorItem("GEN404", ""),)).not_found
    assert not ScxRefused("no", status=400).not_found


def test_the_sentence_names_request_status_and_the_first_reasons():
    errors = [ErrorItem(f"VAL{number}", f"reason\n{number} " + "x" * 500) for number in range(5)]
    sentence = str(error_for("POST /v1/channel/seller", 400, errors, retry_after=60))
    assert sentence.startswith("SCX refused POST /v1/channel/seller (400: VAL0 reason 0 xxx")
    assert sentence.endswith("; and 2 more).")
    assert len(sentence) < 750


def test_an_error_survives_pickling_with_all_it_knows():
    error = ScxThrottled("wait", status=429, errors=(ErrorItem("X", "y"),), retry_after=7)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.status, copy.errors, copy.retry_after) == ("wait", 429, error.errors, 7)
