from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from platforms.scx.values import (
    as_dict,
    as_list,
    format_time,
    parse_bool,
    parse_decimal,
    parse_id_number,
    parse_text,
    parse_time,
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T15:57:35+00:00",
        "2026-11-22T15:57:35+0000",
        "2026-11-22T15:57:35+00",
        "2026-11-22T15:57:35Z",
        "2026-11-22t15:57:35z",
        "2026-11-22T15:57:35",
        "2026-11-22 15:57:35",
        "2026-11-22T16:57:35+01:00",
        " 2026-11-22T15:57:35.000Z ",
        "2026-11-22T15:57:35.0000001+00:00",
    ],
)
def test_every_spelling_of_a_time_is_read_as_the_same_utc_moment(text):
    moment = parse_time(text)
    assert moment == datetime(2026, 11, 22, 15, 57, 35, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


def test_fractions_of_a_second_are_kept_to_the_microsecond():
    assert parse_time("2026-11-22T15:57:35.123456789Z") == datetime(2026, 11, 22, 15, 57, 35, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, "", "soon", 1732290000, [], "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+05:00"]
)
def test_what_is_no_time_is_none(value):
    assert parse_time(value) is None


def test_a_time_is_written_in_utc_and_whole_seconds():
    moment = datetime(2026, 11, 22, 16, 57, 35, 999999, tzinfo=timezone(timedelta(hours=1)))
    assert format_time(moment) == "2026-11-22T15:57:35+00:00"


def test_a_time_without_zone_is_not_sent():
    with pytest.raises(ValueError, match="time zone"):
        format_time(datetime(2026, 11, 22))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("14.65", "14.65"),
        ("508.00", "508.00"),
        ("0", "0"),
        ("-3", "-3"),
        (" 1. ", "1"),
        (".5", "0.5"),
        ("1e3", "1E+3"),
        (7, "7"),
        (0.1, "0.1"),
        (1e-07, "1E-7"),
    ],
)
def test_decimals_are_read_exactly_from_strings_and_numbers(value, number):
    assert str(parse_decimal(value)) == str(Decimal(number))


@pytest.mark.parametrize(
    "value",
    [None, "", "NaN", "Infinity", float("inf"), float("nan"), True, "1,5", "1_000", "٣", "1e999", "9" * 65, [], {}],
)
def test_what_is_no_sensible_decimal_is_none(value):
    assert parse_decimal(value) is None


@pytest.mark.parametrize(("value", "number"), [(5437233, 5437233), ("5437233", 5437233), (2**63 - 1, 2**63 - 1)])
def test_id_numbers_are_read_from_numbers_and_digits(value, number):
    assert parse_id_number(value) == number


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "x", None, 2**63, "9" * 30])
def test_what_is_no_id_number_is_none(value):
    assert parse_id_number(value) is None


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), ("true", True), (1, True), (False, False), ("FALSE", False), ("0", False)]
)
def test_flags_are_read_from_booleans_numbers_and_words(value, flag):
    assert parse_bool(value, default=not flag) is flag


def test_an_unreadable_flag_is_the_default():
    assert parse_bool(None, default=True) is True
    assert parse_bool("perhaps", default=False) is False


def test_text_holds_nothing_a_database_refuses():
    assert parse_text("a\x00b\ud83dc") == "a\ufffdb?c"
    assert parse_text(4711) == "4711"
    assert parse_text(None) == parse_text([]) == parse_text(True) == ""


def test_empty_objects_and_gapped_lists_are_read_as_php_writes_them():
    assert as_dict([]) == {}
    assert as_dict({"a": 1}) == {"a": 1}
    assert as_list({"0": "a", "2": "b"}) == ["a", "b"]
    assert as_list({"name": "a"}) == as_list(None) == as_list("ab") == []
