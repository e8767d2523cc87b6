"""The portal's copies of pictures. An address names the content's hash: who has it was told, or has the picture."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from listings.models import PictureFile

# What an address shows never changes.
forever = cache_control(public=True, max_age=365 * 24 * 60 * 60, immutable=True)


def _etag(request: HttpRequest, sha256: str, **_kwargs: str) -> str:
    return f'"{sha256}"'


@require_safe
@forever
@condition(etag_func=_etag)
def picture(request: HttpRequest, sha256: str, suffix: str) -> HttpResponse | FileResponse:
    """A picture as it is kept."""
    row = get_object_or_404(PictureFile, sha256=sha256)
    if PictureFile.SUFFIXES[row.format] != suffix:
        raise Http404
    return _sent(row.file, f"image/{row.format.lower()}")


@require_safe
@forever
@condition(etag_func=_etag)
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponse | FileResponse:
    """A small picture of it."""
    return _sent(get_object_or_404(PictureFile, sha256=sha256).thumbnail, "image/webp")


def _sent(file: FieldFile, content_type: str) -> FileResponse:
    try:
        return FileResponse(file.open("rb"), content_type=content_type)
    except FileNotFoundError:
        raise Http404 from None
