"""What a seller is told of his stock on the update page: when the last of it came."""

from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers.facts import Panel
from sellers.models import Seller
from stock.models import StockLevel


def last_stock(seller: Seller) -> Panel | None:
    """When stock of the seller was received last, on any of his channels."""
    channels = Channel.objects.callable().filter(Q(pk=seller.channel_id) | Q(platform=seller.channel_id))
    levels = StockLevel.objects.filter(channel__in=channels.values("pk"), seller_id=seller.seller_id)
    last = levels.order_by("-received_at").values_list("received_at", flat=True).first()
    if last is None:
        text = _("No stock has been received yet. JTL-Wawi sends it once your first offers are here.")
    else:
        moment = formats.date_format(timezone.localtime(last), "DATETIME_FORMAT")
        text = _("Last received on %(moment)s (%(zone)s).") % {
            "moment": moment,
            "zone": timezone.get_current_timezone_name(),
        }
    return Panel(_("Stock"), text)
