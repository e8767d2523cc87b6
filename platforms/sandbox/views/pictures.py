"""`/pictures/<name>`: what the links in offer events lead to, until they expire."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from platforms.sandbox import files


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    found = files.find(name)
    if found is None:
        return HttpResponse("There is no such file.", status=404, content_type="text/plain")
    if not files.is_current(name, request.GET.get("expires", ""), request.GET.get("signature", "")):
        return HttpResponse("This link has expired or was changed.", status=403, content_type="text/plain")
    content, content_type = found
    answer = HttpResponse(content, content_type=content_type)
    # An uploaded file must not run as a page of the emulator.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "public, max-age=604800, immutable"
    return answer
