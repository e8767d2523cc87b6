"""What a key may do; what it may see is the querysets' business."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from platforms.models import ApiKey


class KeyScope(BasePermission):
    """Every call needs a key; one that changes something, a key that may write."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            raise NotAuthenticated(_("This needs a key. Send it as “Authorization: Bearer <key>”; staff make keys."))
        if request.method not in SAFE_METHODS and not key.can_write:
            raise PermissionDenied(_("This key may only read. Use one with the scope “write”."), code="read_only_key")
        return True
