"""Real pictures, as the tests need them."""

import io
from typing import Any

from PIL import Image


def image(size: tuple[int, int] = (60, 40), kind: str = "PNG", colour: str = "teal", **options: Any) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, colour).save(body, kind, **options)
    return body.getvalue()


def moving(kind: str = "GIF", frames: int = 3, size: tuple[int, int] = (30, 20)) -> bytes:
    body = io.BytesIO()
    first, *rest = [Image.new("RGB", size, (80 * number, 0, 0)) for number in range(frames)]
    first.save(body, kind, save_all=True, append_images=rest, duration=100)
    return body.getvalue()


def turned() -> bytes:
    """A landscape whose EXIF says that it is to be shown upright, and who took it where."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Erika Mustermann"
    return image(kind="JPEG", exif=exif)
