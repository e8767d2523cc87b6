"""JSON of any size and shape: nested too deep, it is cut; too large for memory, its lists are read row by row.

Neither one absurd value nor the mere length of a page may cost the rest of it.
"""

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

# Far beyond what SCX documents, and what Python reads without running out of stack.
DEEPEST = 200
TOO_DEEP = "(nested too deep to be read)"
# A list with more bytes is not read at once but row by row.
LARGEST_IN_MEMORY = 2 * 1024 * 1024
# One value with more bytes is not read at all. SCX allows an offer of 500 variations about 25 MB.
LARGEST_VALUE = 32 * 1024 * 1024
_PIECE = 256 * 1024
_MOST_DIGITS = 1000
_LONGEST_NAME = 1000

# Possessive, so that neither length nor malice makes them try again what they have read.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_BRACKET = re.compile(rf'(?:[^"\[\]{{}}]++|{_STRING})*+([\[\]{{}}])', re.DOTALL)
_NEXT = re.compile(rb'[^"\[\]{},]*+(["\[\]{},])')
_NEXT_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+(["\[\]{}])', re.DOTALL)
_STRING_END = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
_MEMBER = re.compile(rb'\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*+:', re.DOTALL)


@dataclass(frozen=True)
class Unreadable:
    """What stands in place of a row that cannot be read."""

    reason: str


def parse(raw: bytes) -> Any:
    """The JSON value; ValueError where it is none.

    What is nested deeper than DEEPEST is replaced by a text that says so, and not checked for being JSON.
    """
    if len(raw) > LARGEST_VALUE:
        raise ValueError(f"it has {len(raw)} bytes, and at most {LARGEST_VALUE} are read")
    try:
        return _loads(raw)
    except RecursionError:
        text = raw.decode(json.detect_encoding(raw), "surrogatepass")
    try:
        return _loads(cut(text))
    except RecursionError:
        raise ValueError("it is nested too deep and broken") from None


def cut(text: str) -> str:
    """The JSON text with each value at a depth beyond DEEPEST replaced by TOO_DEEP."""
    kept: list[str] = []
    depth = kept_until = cut_from = 0
    bracket = _BRACKET.match(text)
    # Not finditer: after a string that never ends it would begin again at each character.
    while bracket:
        if bracket[1] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                cut_from = bracket.start(1)
                kept.append(text[kept_until:cut_from])
        else:
            if depth == DEEPEST + 1:
                kept.append(json.dumps(TOO_DEEP))
                kept_until = bracket.end()
            depth -= 1
        bracket = _BRACKET.match(text, bracket.end())
    # What is never closed is no JSON; it must not be read deeper for that.
    kept.append(text[kept_until:] if depth <= DEEPEST else "")
    return "".join(kept)


def _loads(raw: bytes | str) -> Any:
    return json.loads(raw, parse_int=_whole, parse_float=_finite, parse_constant=lambda _: None)


def _whole(text: str) -> int | str:
    """An integer, or its digits where there are more than Python reads: one such number must not cost the page."""
    return int(text) if len(text) <= _MOST_DIGITS else text


def _finite(text: str) -> float | str:
    """A float, or its digits where a float would be infinite and no JSON column could hold it."""
    number = float(text)
    return number if math.isfinite(number) else text


class NoRoom(Exception):
    """The disk for temporary files is full."""


class Document:
    """A body of bytes: in memory while it is small, else on disk, gone with the last who reads it."""

    def __init__(self) -> None:
        self._small = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def __del__(self) -> None:
        if self._file:
            self._file.close()

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if not self._file and self.size <= LARGEST_IN_MEMORY:
            self._small += piece
            return
        try:
            if not self._file:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed with the document
                self._write_all(self._file, self._small)
                self._small = bytearray()
            self._write_all(self._file, piece)
        except OSError as error:
            raise NoRoom from error

    def _write_all(self, file: IO[bytes], piece: bytes | bytearray) -> None:
        """Without a buffer, a write may take a part only, as the last one before a disk is full does."""
        rest = memoryview(piece)
        while rest:
            rest = rest[file.write(rest) :]

    def read(self, start: int, end: int) -> bytes:
        if self._file:
            return os.pread(self._file.fileno(), end - start, start)
        return bytes(self._small[start:end])

    @property
    def is_blank(self) -> bool:
        return self.size <= LARGEST_IN_MEMORY and not self.read(0, self.size).strip()

    def parse(self) -> Any:
        """The value as `parse` gives it, except that long lists in an object are Rows. ValueError where it is none."""
        start = self._skip_blank(0)
        if self.size <= LARGEST_IN_MEMORY or self.read(start, start + 1) != b"{":
            return self.value(0, self.size)
        members: dict[str, Any] = {}
        end = start + 1
        for begin, end in self.parts(start):
            name, value_at = self._member(begin, end)
            is_long = end - value_at > LARGEST_IN_MEMORY and self.read(value_at, value_at + 1) == b"["
            members[name] = Rows(self, value_at) if is_long else self.value(value_at, end)
        if self.size - end > _PIECE or self.read(end + 1, self.size).strip():
            raise ValueError("something follows the object")
        return members

    def value(self, begin: int, end: int) -> Any:
        """What stands there, read at once; ValueError where it is no JSON or too large for that."""
        if end - begin > LARGEST_VALUE:
            raise ValueError(f"it has {end - begin} bytes, and at most {LARGEST_VALUE} are read")
        return parse(self.read(begin, end))

    def parts(self, start: int) -> Iterator[tuple[int, int]]:
        """Where each part between the commas of the list or object at `start` begins and ends.

        ValueError where the list or object never ends.
        """
        begin = start + 1
        for at, token, depth in self._tokens(start):
            if token == b"," and depth == 1:
                yield begin, at
                begin = at + 1
            elif depth == 0:
                if begin > start + 1 or at - begin > _PIECE or self.read(begin, at).strip():
                    yield begin, at
                return
        raise ValueError("it breaks off")

    def _tokens(self, start: int) -> Iterator[tuple[int, bytes, int]]:
        """Where each bracket and, at the first level, each comma stands, and the depth behind it."""
        depth, position, is_text = 0, 0, False
        while piece := self.read(start, start + _PIECE):
            while position < len(piece):
                if is_text:
                    match = _STRING_END.match(piece, position)
                    assert match
                    is_text = not match[1]
                    # A backslash at the end of the piece takes the next one's first character along.
                    position = match.end() if match[1] else 2 * len(piece) - match.end()
                    continue
                match = (_NEXT if depth < 2 else _NEXT_BRACKET).match(piece, position)
                if not match:
                    break
                position, token = match.end(), match[1]
                if token == b'"':
                    is_text = True
                    continue
                depth += (token in b"[{") - (token in b"]}")
                yield start + position - 1, token, depth
            position = max(position - len(piece), 0)
            start += len(piece)

    def _skip_blank(self, start: int) -> int:
        head = self.read(start, start + _PIECE)
        return start + len(head) - len(head.lstrip())

    def _member(self, begin: int, end: int) -> tuple[str, int]:
        """The name of an object's member, and where its value begins."""
        match = _MEMBER.match(self.read(begin, min(end, begin + _LONGEST_NAME)))
        if not match:
            raise ValueError("it has a member without a name, or with one that is too long")
        return json.loads(match[1]), self._skip_blank(begin + match.end())


class Rows:
    """The values of a list on disk, read one by one, as often as asked; Unreadable in place of one that is no JSON."""

    def __init__(self, document: Document, start: int) -> None:
        self._document = document
        self._start = start

    def __iter__(self) -> Iterator[Any]:
        for _size, value in self.measured():
            yield value

    def measured(self) -> Iterator[tuple[int, Any]]:
        """Each value with its size in bytes."""
        for begin, end in self._document.parts(self._start):
            try:
                yield end - begin, self._document.value(begin, end)
            except ValueError as error:
                yield 0, Unreadable(str(error))
