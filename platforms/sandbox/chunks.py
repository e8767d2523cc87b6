"""Request bodies without a length (`Transfer-Encoding: chunked`), for Django, which reads by length."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from platforms.sandbox.middleware import PREFIXES
from platforms.sandbox.problems import Problem, error_body

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def gathered(application: Application) -> Application:
    """The WSGI application, given every chunked body whole.

    413 when it is longer than DATA_UPLOAD_MAX_MEMORY_SIZE: in English, since Django has not seen the request, and in no
    book. Broken chunks are refused by the server.
    """

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return application(environ, start_response)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = environ["wsgi.input"].read(most + 1)
        if len(body) > most:
            return _too_large(environ, start_response, most)
        whole = {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        return application(whole, start_response)

    return served


def _too_large(environ: dict[str, Any], start_response: Callable[..., Any], most: int) -> Iterable[bytes]:
    message = f"The body is too large; at most {most} bytes are taken."
    is_scx = environ.get("PATH_INFO", "").startswith(PREFIXES)
    answer = json.dumps(error_body([Problem("GEN413", message)]) if is_scx else {"error": message}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start_response("413 Content Too Large", headers)
    return [answer]
