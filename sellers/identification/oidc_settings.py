"""What a channel's connector settings say about sign-in by OpenID Connect, under the key `openid`."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from platforms.connector_fields import AddressField, TextField, read
from platforms.rest.serializers import Strict

KEY = "openid"
# What can stand in the header by which the portal tells the login who it is.
PRINTABLE = r"\A[\x21-\x7e]+\Z"


class OpenIdSettings(Strict):
    """`*_claim`: which claim says the account, the company and the list of the marketplaces' codes."""

    issuer = AddressField()
    client_id = serializers.RegexField(PRINTABLE, max_length=300)
    client_secret = serializers.RegexField(PRINTABLE, max_length=500)
    scope = serializers.CharField(max_length=300, default="openid profile")
    name = TextField(required=False)
    account_claim = serializers.CharField(max_length=100, default="sub")
    company_claim = serializers.CharField(max_length=100, default="name")
    marketplaces_claim = serializers.CharField(max_length=100, required=False)

    def validate_scope(self, scope: str) -> str:
        if "openid" not in scope.split():
            raise serializers.ValidationError(_("The scope must contain “openid”."))
        return scope


def openid_settings(connector_settings: dict[str, Any], *, is_saving: bool = False) -> dict[str, Any]:
    """The settings with their defaults; raises ValidationError."""
    return read(OpenIdSettings, connector_settings, KEY, is_saving=is_saving)
