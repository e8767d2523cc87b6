"""Finds out whether credentials of sellers are stored that no key decrypts any more."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from platforms.fields import is_unreadable
from platforms.findings import Finding
from sellers.models import Seller

# A key that is lost is lost for all that were stored under it: the oldest and the newest tell of it.
SAMPLE = 50


def of_sellers() -> Iterator[Finding]:
    """One finding for all sellers; `rotate_keys` names each of them."""
    stored = Seller.objects.exclude(credentials={}).only("credentials")
    for seller in (*stored.order_by("pk")[:SAMPLE], *stored.order_by("-pk")[:SAMPLE]):
        if is_unreadable(seller.credentials):
            text = _(
                "Credentials of sellers cannot be read with the present keys. Put the key back into ENCRYPTION_KEYS; "
                "if it is lost, the sellers have to enter theirs again. The command rotate_keys names them."
            )
            yield Finding("credentials-unreadable", text, url=reverse("admin:sellers_seller_changelist"))
            return
