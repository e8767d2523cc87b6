"""Who calls: the key behind `Authorization: Bearer …`."""

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from platforms import api_keys
from platforms.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the key; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        key = None
        if len(words) == 2 and words[0].lower() == b"bearer":
            key = api_keys.recognise(words[1].decode("latin-1"))
        if key is None:
            raise AuthenticationFailed(
                _("The key is unknown, expired or revoked. Send “Authorization: Bearer <key>”; staff make keys."),
                code="invalid_key",
            )
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
