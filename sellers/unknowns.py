"""What a restore from a backup leaves unknown of sellers."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from platforms import numbering
from platforms.models import OpenPoint
from platforms.restores import Unknown
from sellers.models import LinkSession, Seller


def new_sellers(backup_at: datetime) -> Iterator[Unknown]:
    """Those who signed up after the backup: SCX lists them, and knows neither account nor credentials nor offers.

    Keys drawn after a restore lie above the time of the backup; who signed up after the restore sent a form here.
    """
    sent_here = LinkSession.objects.filter(seller=OuterRef("pk"), submitted_at__isnull=False)
    adopted = Seller.objects.filter(~Exists(sent_here), pk__gt=numbering.floor(backup_at)).select_related("channel")
    for seller in adopted.defer("credentials").order_by("pk"):
        yield Unknown(OpenPoint.Kind.SELLER, seller.channel, seller.seller_id)
