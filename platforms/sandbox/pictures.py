"""Small real PNG files drawn with nothing but zlib: the pictures of the built-in catalogue."""

import hashlib
import struct
import zlib
from colorsys import hls_to_rgb
from functools import cache

from platforms.sandbox.motifs import BACKGROUND, MOTIFS, SHADES, SIZE, Shape

# Each motif comes in so many colours.
VARIETIES = 6
INDEXED = 3
# Makes the plant green.
FIRST_HUE = 0.44


@cache
def catalogue_pictures() -> dict[str, bytes]:
    """Name to PNG. A name derives from its content, as in SCX: the same name is the same picture."""
    return {name: picture for drawn in _drawn().values() for name, picture in drawn}


def of(motif: str, count: int) -> list[str]:
    """The names of so many pictures of one motif (at most one in each colour)."""
    return [name for name, _picture in _drawn()[motif][:count]]


def names() -> list[str]:
    """All pictures, those of one colour together."""
    return [drawn[variety][0] for variety in range(VARIETIES) for drawn in _drawn().values()]


@cache
def _drawn() -> dict[str, list[tuple[str, bytes]]]:
    return {motif: _varieties(place, shapes) for place, (motif, shapes) in enumerate(MOTIFS.items())}


def _varieties(place: int, shapes: tuple[Shape, ...]) -> list[tuple[str, bytes]]:
    """The same drawing with different palettes."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, INDEXED, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(b"".join(_row(shapes, y) for y in range(SIZE)), 6))
    varieties = []
    for variety in range(VARIETIES):
        palette = _palette(FIRST_HUE + place / len(MOTIFS) + variety / VARIETIES)
        picture = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"PLTE", palette) + pixels
        picture += _chunk(b"IEND", b"")
        varieties.append((f"{hashlib.sha256(picture).hexdigest()[:40]}.png", picture))
    return varieties


def _row(shapes: tuple[Shape, ...], y: int) -> bytes:
    shade = y * SHADES // SIZE
    row = bytearray([shade]) * SIZE
    for shape in shapes:
        colour = shade if shape.colour == BACKGROUND else shape.colour
        for start, end in shape.spans(y + 0.5):
            first, last = max(0, round(start)), min(SIZE, round(end))
            row[first:last] = bytes([colour]) * max(0, last - first)
    return b"\0" + bytes(row)


def _palette(hue: float) -> bytes:
    """The background's shades, then main, dark, light, white and accent."""
    shades = [_colour(hue + 0.08, 0.95 - 0.14 * shade / SHADES, 0.45) for shade in range(SHADES)]
    main, dark, light = _colour(hue, 0.45, 0.5), _colour(hue, 0.25, 0.45), _colour(hue, 0.72, 0.55)
    return b"".join([*shades, main, dark, light, _colour(0, 0.99, 0), _colour(hue + 0.45, 0.55, 0.7)])


def _colour(hue: float, lightness: float, saturation: float) -> bytes:
    return bytes(round(part * 255) for part in hls_to_rgb(hue % 1, lightness, saturation))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
