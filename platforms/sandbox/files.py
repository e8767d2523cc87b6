"""Files of merchants: uploads and the catalogue's pictures, served under links that end after seven days."""

import hashlib
import hmac
import re
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from platforms.sandbox import clock, pictures
from platforms.sandbox.models import UploadedFile
from platforms.sandbox.problems import invalid

LIFE = timedelta(days=7)
ENDINGS = {
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "text/plain": "txt",
}
# How a file begins that is sent under a type which says no more than "application/…".
BEGINNINGS = (
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)"), "image/svg+xml"),
)


def url(request: HttpRequest) -> str:
    """What an uploaded file's name is appended to, to make a link."""
    return request.build_absolute_uri("/pictures/")


def keep(content: bytes, content_type: str) -> tuple[str, str]:
    """Store an upload; gives its content-derived name and when it ends. VAL100 for empty or unknown content."""
    if not content:
        raise invalid("body", _("is empty"))
    if content_type not in ENDINGS and content_type.startswith("application/"):
        content_type = _type_of(content)
    if content_type not in ENDINGS:
        raise invalid("Content-Type", _("must be one of %(options)s") % {"options": ", ".join(ENDINGS)})
    name = f"{hashlib.sha256(content).hexdigest()[:40]}.{ENDINGS[content_type]}"
    UploadedFile.objects.get_or_create(name=name, defaults={"content_type": content_type, "content": content})
    return name, clock.wire(clock.now() + LIFE)


def find(name: str) -> tuple[bytes, str] | None:
    """Content and content type."""
    if name in pictures.catalogue_pictures():
        return pictures.catalogue_pictures()[name], "image/png"
    uploaded = UploadedFile.objects.filter(name=name).first()
    return (bytes(uploaded.content), uploaded.content_type) if uploaded else None


def signed(name: str) -> str:
    """The name with an expiry that cannot be changed."""
    expires = str(int((clock.now() + LIFE).timestamp()))
    return f"{name}?expires={expires}&signature={_signature(name, expires)}"


def is_current(name: str, expires: str, signature: str) -> bool:
    return hmac.compare_digest(_signature(name, expires).encode(), signature.encode()) and (
        int(expires) > clock.now().timestamp()
    )


def _type_of(content: bytes) -> str:
    for beginning, kind in BEGINNINGS:
        if beginning.match(content):
            return kind
    if b"\0" not in content and content.decode(errors="ignore").encode() == content:
        return "text/plain"
    raise invalid("body", _("is not a GIF, JPEG, PNG, SVG, PDF or text file"))


def _signature(name: str, expires: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{name} {expires}".encode(), hashlib.sha256).hexdigest()[:32]
