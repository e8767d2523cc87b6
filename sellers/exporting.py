"""All that is stored of one seller, as JSON text: for those who ask what a portal knows of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from sellers.models import Seller


def find(seller_id: str, channel: str = "") -> Seller:
    """The seller with the id, on the channel if one is named. Raises ValidationError for none and for several."""
    sellers = Seller.objects.filter(seller_id=seller_id).select_related("channel").order_by("channel__code")
    found = list(sellers.filter(channel__code=channel) if channel else sellers)
    if not found:
        raise ValidationError(_("There is no seller “%(seller)s” there.") % {"seller": seller_id}, code="unknown")
    if len(found) > 1:
        codes = ", ".join(seller.channel.code for seller in found)
        text = _("More than one channel has a seller with this id: %(channels)s. Say which.")
        raise ValidationError(text % {"channels": codes}, code="ambiguous")
    return found[0]


def lines(seller: Seller) -> Iterator[str]:
    """The text in pieces, none longer than a row: a seller may have very many."""
    yield f'{{\n"exported_at": {_json(timezone.now())}'
    # Who he is comes first.
    for export_name, _purge in reversed(settings.PORTAL_PERSONAL_DATA.values()):
        export: Callable[[Seller], dict[str, Iterable[dict[str, Any]]]] = import_string(export_name)
        for name, rows in export(seller).items():
            yield f",\n{_json(name)}: ["
            for number, row in enumerate(rows):
                plain = {_plain(field): value for field, value in row.items()}
                yield f"{',' if number else ''}\n  {_json(plain)}"
            yield "]"
    yield "\n}\n"


def _plain(field: str) -> str:
    """What a reader calls a field that was looked up through others, such as "channel" for "offer__channel__code"."""
    return field.removesuffix("__code").rpartition("__")[2]


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
