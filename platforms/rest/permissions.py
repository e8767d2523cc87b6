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
        write = request.method not in SAFE_METHODS
        if key.may(view.family, write=write):
            return True
        if write and key.may(view.family, write=False):
            raise PermissionDenied(_("This key may only read. Use one with the scope “write”."), code="read_only_key")
        scope = f"{view.family}:{'write' if write else 'read'}"
        raise PermissionDenied(
            _("This key has not the scope “%(scope)s”. Staff give it one that has.") % {"scope": scope},
            code="missing_scope",
        )
