"""What is taken for a picture, and what of it is kept."""

import hashlib
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from listings.pictures import images
from listings.pictures.images import UnusablePicture, copy
from tests.listings.images import image, moving, turned

SECRET = "Erika Mustermann"


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_each_format_is_kept_as_it_is(kind):
    kept = copy(image(kind=kind))

    assert (kept.format, kept.width, kept.height) == (kind, 60, 40)
    assert (opened(kept.body).format, opened(kept.body).size) == (kind, (60, 40))
    assert kept.sha256 == hashlib.sha256(kept.body).hexdigest()


def test_the_same_picture_makes_the_same_copy():
    assert copy(image()) == copy(image())
    assert copy(image(colour="red")).sha256 != copy(image()).sha256


def test_a_thumbnail_is_small_and_keeps_the_shape():
    thumbnail = opened(copy(image(size=(2400, 1200), kind="JPEG")).thumbnail)
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (240, 120))


@pytest.mark.parametrize("size", [(480, 480), (1600, 900), (3000, 2000)])
def test_the_size_told_is_that_of_the_picture_and_not_of_its_thumbnail(size):
    kept = copy(image(size=size, kind="JPEG"))
    assert (kept.width, kept.height) == opened(kept.body).size == size


def test_too_many_frames_are_refused(monkeypatch):
    monkeypatch.setattr(images, "MOST_FRAMES", 2)
    with pytest.raises(UnusablePicture, match="frames"):
        copy(moving())


def test_what_is_seen_through_stays_so():
    body = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(body, "PNG")
    kept = copy(body.getvalue())
    assert opened(kept.body).getpixel((5, 5)) == opened(kept.thumbnail).convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_goes_on_moving(kind):
    assert opened(copy(moving(kind)).body).n_frames == 3


def test_it_is_turned_as_its_exif_says_and_the_exif_is_gone():
    kept = opened(copy(turned()).body)
    assert kept.size == (40, 60)
    assert not kept.getexif()


def marked(kind: str) -> bytes:
    """With a text in every place that the format has for one."""
    exif = Image.Exif()
    exif[0x013B] = SECRET
    xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    options = {"JPEG": {"exif": exif, "comment": SECRET, "xmp": xmp}, "GIF": {"comment": SECRET.encode()}}
    info = PngInfo()
    info.add_text("Author", SECRET)
    options |= {"PNG": {"exif": exif, "pnginfo": info}, "WEBP": {"exif": exif, "xmp": xmp}}
    return image(kind=kind, **options[kind])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_nothing_of_its_maker_stays(kind):
    assert SECRET.encode() in marked(kind)
    kept = copy(marked(kind))
    assert SECRET.encode() not in kept.body
    assert SECRET.encode() not in kept.thumbnail


def test_a_jpeg_loses_nothing_by_being_kept():
    original = image(size=(64, 64), kind="JPEG", quality=70)
    assert opened(copy(original).body).tobytes() == opened(original).tobytes()


def test_the_profile_of_its_colours_stays():
    profile = b"colours" * 20
    assert opened(copy(image(kind="PNG", icc_profile=profile)).body).info["icc_profile"] == profile


def bomb(side: int = 60_000) -> bytes:
    """A small PNG that says it has so many pixels a side."""
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunk = (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk + image()[33:]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"%PDF-1.7 ...", "no picture"),
        (image(kind="TIFF"), "no picture"),
        (image(kind="BMP"), "no picture"),
        (image(size=(400, 400), kind="JPEG")[:700], "damaged"),
        (image(size=(400, 400), colour="red")[:-40], "damaged"),
        (bomb(), "million pixels"),
        (bomb(6_000), "million pixels"),
    ],
    ids=["empty", "svg", "pdf", "tiff", "bmp", "cut jpeg", "cut png", "bomb", "too large"],
)
def test_anything_else_is_refused_with_the_reason(body, why):
    with pytest.raises(UnusablePicture, match=why):
        copy(body)


def test_many_frames_count_together(monkeypatch):
    monkeypatch.setattr(images, "LARGEST_PIXELS", 30 * 20 * 3 - 1)
    with pytest.raises(UnusablePicture, match="pixels"):
        copy(moving())


@settings(max_examples=60, deadline=None)
@given(
    body=st.sampled_from([image(kind=kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")] + [moving()]),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_picture_is_kept_or_refused_and_nothing_else(body, changes):
    damaged = bytearray(body)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try:
        kept = copy(bytes(damaged))
    except UnusablePicture:
        return
    assert opened(kept.body).size == (kept.width, kept.height)
