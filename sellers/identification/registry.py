"""Which identification a channel uses: the first half of its connector's pair in settings.CONNECTORS."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from platforms.models import Channel
from sellers.identification.base import Identification, SignUpChannel


def identification_of(home: Channel) -> Identification:
    return _made(settings.CONNECTORS[home.connector][0])


@cache
def _made(name: str) -> Identification:
    identification: Identification = import_string(name)()
    return identification


def described(home: Channel) -> SignUpChannel:
    """The platform or standalone channel as its connector sees it."""
    codes = home.marketplaces.filter(is_active=True).order_by("display_name", "code").values_list("code", flat=True)
    settings_of_connector: Any = home.connector_settings
    return SignUpChannel(home.code, home.display_name, tuple(codes), settings_of_connector)
