"""Small real PNG files drawn with nothing but zlib: the pictures of the built-in catalogue."""

import hashlib
import struct
import zlib
from functools import cache

SIZE = 480
MOTIFS = 12


@cache
def catalogue_pictures() -> dict[str, bytes]:
    """Name to PNG. A name derives from its content, as in SCX: the same name is the same picture."""
    drawn = [_png(motif) for motif in range(MOTIFS)]
    return {f"{hashlib.sha256(picture).hexdigest()[:40]}.png": picture for picture in drawn}


def names() -> list[str]:
    return list(catalogue_pictures())


def _png(motif: int) -> bytes:
    """A shaded background with a framed block of another colour, different for each motif."""
    rows = b"".join(b"\0" + _row(motif, y) for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _row(motif: int, y: int) -> bytes:
    shade = 200 + y * 55 // SIZE
    back = bytes((shade - motif * 9 % 60, shade - motif * 23 % 70, shade - motif * 5 % 50))
    front = bytes((40 + motif * 53 % 180, 60 + motif * 97 % 160, 80 + motif * 31 % 150))
    frame = bytes(channel // 2 for channel in front)
    margin = SIZE // 5 + motif * 4
    if y < margin or y >= SIZE - margin:
        return back * SIZE
    inner = SIZE - 2 * margin
    if y < margin + 8 or y >= SIZE - margin - 8:
        return back * margin + frame * inner + back * margin
    return back * margin + frame * 8 + front * (inner - 16) + frame * 8 + back * margin


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
