"""JSON of any size and shape: what it says is read, and nothing in it can cost the rest."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.scx import documents
from platforms.scx.documents import DEEPEST, TOO_DEEP, Document, Rows, Unreadable, cut, parse

AWKWARD = st.text(alphabet=st.sampled_from('[]{}",:\\ \né€🎧a1'), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | AWKWARD
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(AWKWARD, inner, max_size=4))
NOT_JSON = st.text(alphabet=st.sampled_from('[]{}",:\\ 1a'), max_size=60)


def document(text: str) -> Document:
    made = Document()
    made.write(text.encode())
    return made


@pytest.fixture(params=[1, 2, 3, 7, 64])
def tiny_pieces(monkeypatch, request) -> None:
    """Everything is too large for memory, and read a few bytes at a time."""
    _shrink(monkeypatch, request.param)


def _shrink(patch: pytest.MonkeyPatch, piece: int) -> None:
    patch.setattr(documents, "LARGEST_IN_MEMORY", 0)
    patch.setattr(documents, "_PIECE", piece)


def whole(value: Any) -> Any:
    """The value with its Rows read."""
    if isinstance(value, dict):
        return {name: list(member) if isinstance(member, Rows) else member for name, member in value.items()}
    return value


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_shallow_json_is_read_as_python_reads_it(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert cut(text) == text
    assert parse(text.encode()) == json.loads(text)


@given(VALUES, st.integers(1, 9), st.sampled_from([None, 1]))
def test_a_document_on_disk_says_the_same(value, piece, indent):
    text = json.dumps({"first": value, "eventList": [value, 1, value], "[": value}, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        _shrink(patch, piece)
        read = document(text).parse()
        assert isinstance(read["eventList"], Rows)
        assert whole(read) == json.loads(text)


@given(NOT_JSON, st.integers(1, 9))
def test_what_python_takes_for_json_is_json_and_nothing_else_breaks(text, piece):
    try:
        expected = json.loads(text)
    except ValueError:
        expected = ValueError
    for shrunk in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if shrunk:
                _shrink(patch, piece)
            try:
                found = whole(document(text).parse())
            except ValueError:
                found = ValueError
        if expected is not ValueError or not shrunk:
            assert found == expected


@given(VALUES, st.sampled_from([DEEPEST, 900, 5_000, 10_000]), st.sampled_from(['{"a":%s}', "[%s]", '[1,%s,"]"]']))
def test_what_is_nested_too_deep_is_cut_and_the_rest_is_read(value, depth, level):
    before, after = level.split("%s")
    deep = before * depth + json.dumps(value) + after * depth
    read = parse(f'{{"deep":{deep},"beside":{json.dumps(value)}}}'.encode())
    assert read["beside"] == value
    assert TOO_DEEP in json.dumps(read["deep"]) or depth < 5_000


@given(st.text(alphabet=st.sampled_from('[{]}",:a\\'), max_size=300), st.integers(1, 60))
def test_broken_and_deep_is_no_reason_to_crash(text, times):
    for read in (lambda: parse((text * times).encode()), lambda: document(text * times).parse()):
        try:
            read()
        except ValueError:
            continue


@pytest.mark.parametrize("depth", [1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("broken", ["[" * 10, '{"a":' * 10, "]", '"', "\\", '"\\'])
def test_a_page_that_breaks_off_deep_inside_is_no_json(depth, broken):
    for text in ("[" * depth + broken, '{"eventList":[' + '{"a":[' * depth + broken):
        with pytest.raises(ValueError):  # noqa: PT011  json's own sentence
            parse(text.encode())


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 3_000_000,
        '"' + "\\" * 6_000_001,
        '["' + "[" * 6_000_000 + '"]',
        "[" + '"",' * 2_000_000 + '""]',
        '{"' + "k" * 6_000_000 + '":1}',
        "[" + "9" * 6_000_000 + "]",
        "{" + ",".join(f'"{number}":1' for number in range(100_000)) + "}",
    ],
    ids=["quotes", "backslashes", "brackets in a string", "strings", "a long key", "a long number", "keys"],
)
def test_absurd_length_takes_time_in_proportion(text):
    for wrapped in (text, '{"eventList":[' + "[" * 1500 + "]" * 1500 + "," + text + "]}"):
        for read in (parse, lambda raw: whole(document(raw.decode()).parse())):
            try:
                read(wrapped.encode())
            except ValueError:
                continue


def test_a_row_that_is_no_json_stands_as_such_beside_the_others(tiny_pieces):
    read = document('{"eventList":[{"id":1},{"id":},[1 2],,"\\u12",{"id":2}],"a":[]}').parse()
    rows = list(read["eventList"])
    assert [rows[0], rows[-1], read["a"] if read["a"] == [] else list(read["a"])] == [{"id": 1}, {"id": 2}, []]
    assert {type(row) for row in rows[1:-1]} == {Unreadable}


@pytest.mark.parametrize("text", ['{"a":[1', '{"a":[1]', '{"a":[1]}x', '{"a"}', '{"a":[1]}}', "{1:[2]}"])
def test_a_document_that_is_no_json_as_a_whole_is_refused(tiny_pieces, text):
    with pytest.raises(ValueError):  # noqa: PT011  the reasons differ with the place
        document(text).parse()


def test_a_row_too_large_for_memory_is_named_with_its_size(tiny_pieces, monkeypatch):
    monkeypatch.setattr(documents, "LARGEST_VALUE", 50)
    large, small = json.dumps("x" * 100), json.dumps("x")
    rows = list(document(f'{{"eventList":[{small},{large},{small}]}}').parse()["eventList"])
    assert rows == ["x", Unreadable("it has 102 bytes, and at most 50 are read"), "x"]


def test_rows_can_be_read_again(tiny_pieces):
    rows = document('{"a":[1,2]}').parse()["a"]
    assert list(rows) == list(rows) == [1, 2]
