"""Offers with their prices and pictures, and the reports of their listing states to SCX."""

from listings.models.claims import Claim
from listings.models.offers import (
    AWAITED,
    FAILED,
    FEED,
    OVER,
    PARTS_SIZE,
    PRICES_FEED,
    STANDING,
    TO_TAKE_DOWN,
    Offer,
    OfferQuerySet,
    Price,
    Version,
)
from listings.models.pictures import Picture, PictureFile, PictureQuerySet
from listings.models.reports import ListingReport, ReportQuerySet
from listings.models.revisions import Revision
from listings.models.rules import ErrorText, ListingRule

__all__ = [
    "AWAITED",
    "FAILED",
    "FEED",
    "OVER",
    "PARTS_SIZE",
    "PRICES_FEED",
    "STANDING",
    "TO_TAKE_DOWN",
    "Claim",
    "ErrorText",
    "ListingReport",
    "ListingRule",
    "Offer",
    "OfferQuerySet",
    "Picture",
    "PictureFile",
    "PictureQuerySet",
    "Price",
    "ReportQuerySet",
    "Revision",
    "Version",
]
