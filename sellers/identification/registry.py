"""Which identification a channel uses: the first half of its connector's pair in settings.CONNECTORS."""

from functools import cache
from typing import Any, TypeGuard

from django.conf import settings
from django.utils.module_loading import import_string

from platforms.models import Channel
from sellers.identification.base import Identification, SignIn, SignUpChannel


def identification_of(home: Channel) -> Identification | SignIn:
    return _made(settings.CONNECTORS[home.connector][0])


def is_sign_in(identification: Identification | SignIn) -> TypeGuard[SignIn]:
    """Whether sellers identify at the marketplace's own login instead of by a form on our page."""
    return isinstance(identification, SignIn)


def sign_in_of(home: Channel) -> SignIn | None:
    identification = identification_of(home)
    return identification if is_sign_in(identification) else None


def form_of(home: Channel) -> Identification | None:
    identification = identification_of(home)
    return None if isinstance(identification, SignIn) else identification


@cache
def _made(name: str) -> Identification | SignIn:
    identification: Identification | SignIn = import_string(name)()
    return identification


def described(home: Channel) -> SignUpChannel:
    """The platform or standalone channel as its connector sees it."""
    rows = list(home.marketplaces.order_by("display_name", "code").values_list("code", "is_active"))
    active = tuple(code for code, is_active in rows if is_active)
    others = tuple(code for code, is_active in rows if not is_active)
    settings_of_connector: Any = home.connector_settings
    return SignUpChannel(home.code, home.display_name, active, others, settings_of_connector)
