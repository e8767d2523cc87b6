"""What a connector says of sellers' credentials."""

import logging
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from listings.handover.base import CredentialsRejected, OfferData
from platforms.models import Channel
from sellers import rejections
from sellers.models import Seller

logger = logging.getLogger(__name__)


def note(channel: Channel, answers: Sequence[CredentialsRejected], offers: Sequence[OfferData]) -> int:
    """Note for whom the marketplace takes nothing; returns how many sellers that is new of.

    Credentials that were replaced while the connector tried the old ones are not meant.
    """
    given = {offer.seller: offer.credentials for offer in offers}
    number = 0
    for answer in answers:
        if answer.seller not in given:
            logger.error("The connector of channel %s rejects credentials it was not given", channel.code)
            continue
        seller = Seller.objects.of_channel(channel).defer("credentials").get(seller_id=answer.seller)
        try:
            number += rejections.reject(seller, answer.reason, given=given[answer.seller])
        except ValidationError as error:
            logger.warning("Seller %s of %s: %s", seller.seller_id, channel.code, " ".join(error.messages))
    return number
