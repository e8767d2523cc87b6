"""What was fetched, taken for a picture or refused: decoded, freed of what it tells of its maker, with a thumbnail."""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from listings.models import PictureFile

LARGEST_BYTES = 15 * 1024 * 1024
# Of all frames together; one of them decoded takes four bytes for each.
LARGEST_PIXELS = 25_000_000
# To be optimized, a JPEG has to be in memory twice.
LARGE_PIXELS = 8_000_000
MOST_FRAMES = 500
THUMBNAIL = (240, 240)
FORMATS = tuple(PictureFile.Format.values)
# How each format is written anew: nothing of what is not seen - EXIF, comments, texts - goes along.
WAYS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "comment": ""},
    "PNG": {},
    "GIF": {"comment": b""},
    "WEBP": {"quality": 95, "method": 2},
}

# The size is looked at here before anything is decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# A large picture takes much memory: one at a time in a process.
_one_at_a_time = threading.Lock()


class UnusablePicture(ValueError):
    """What came is no picture that the portal keeps; the text says why, for staff and seller."""


@dataclass(frozen=True)
class Copy:
    """A picture as it is kept; `sha256` is that of `body`. `thumbnail` is a WebP."""

    format: str
    width: int
    height: int
    sha256: str
    body: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)


def copy(body: bytes) -> Copy:
    """The picture in these bytes; raises UnusablePicture."""
    with _one_at_a_time:
        try:
            return _copy(body)
        except UnusablePicture:
            raise
        except UnidentifiedImageError:
            raise UnusablePicture(_("It is no picture of the kind JPEG, PNG, GIF or WebP.")) from None
        except Image.DecompressionBombError:
            raise _too_large() from None
        # What decoders raise over damaged files is not told by their documentation.
        except Exception as error:
            raise UnusablePicture(_("The picture is damaged: it cannot be decoded.")) from error


def _copy(body: bytes) -> Copy:
    # Closed before the thumbnail is made: a large picture is in memory once, not twice.
    with Image.open(io.BytesIO(body)) as image:
        kind, kept = _cleaned(image)
    with Image.open(io.BytesIO(kept)) as image:
        # Before the thumbnail, for which a JPEG is decoded smaller than it is.
        width, height = image.size
        return Copy(kind, width, height, hashlib.sha256(kept).hexdigest(), kept, _thumbnail(image))


def _cleaned(image: Image.Image) -> tuple[str, bytes]:
    """Its kind, and its bytes without what is not seen."""
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    if kind not in FORMATS:
        raise UnusablePicture(_("It is no picture of the kind JPEG, PNG, GIF or WebP."))
    frames = 1 if kind == "JPEG" else getattr(image, "n_frames", 1)
    if frames > MOST_FRAMES:
        raise UnusablePicture(_("The picture has more than %(most)s frames.") % {"most": MOST_FRAMES})
    if image.width * image.height * frames > LARGEST_PIXELS:
        raise _too_large()
    return kind, _moving(image, kind) if frames > 1 else _still(image, kind)


def _still(image: Image.Image, kind: str) -> bytes:
    # Saving what is not loaded yet holds it twice.
    image.load()
    way = {**WAYS[kind], "optimize": kind == "JPEG" and image.width * image.height <= LARGE_PIXELS}
    if _is_turned(image):
        ImageOps.exif_transpose(image, in_place=True)
    elif kind == "JPEG" and image.format == "JPEG":
        # As it was compressed: each new compression would cost some of it.
        way["quality"] = "keep"
    return _written(image, kind, way)


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(0x0112, 1) != 1)


def _moving(image: Image.Image, kind: str) -> bytes:
    frames = [frame.copy() for frame in ImageSequence.Iterator(image)]
    timing: dict[str, Any] = {name: image.info[name] for name in ("duration", "loop") if name in image.info}
    return _written(frames[0], kind, {**WAYS[kind], **timing, "save_all": True, "append_images": frames[1:]})


def _written(image: Image.Image, kind: str, way: dict[str, Any]) -> bytes:
    written = io.BytesIO()
    profile = image.info.get("icc_profile")
    image.save(written, kind, **way, **({"icc_profile": profile} if profile and kind != "GIF" else {}))
    return written.getvalue()


def _thumbnail(image: Image.Image) -> bytes:
    # Any finer way would hold a large picture twice.
    image.thumbnail((4 * THUMBNAIL[0], 4 * THUMBNAIL[1]), Image.Resampling.NEAREST)
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail(THUMBNAIL)
    small.info.clear()
    return _written(small, "WEBP", {"quality": 80})


def _too_large() -> UnusablePicture:
    return UnusablePicture(
        _("The picture has more than %(most)s million pixels.") % {"most": LARGEST_PIXELS // 1_000_000}
    )
