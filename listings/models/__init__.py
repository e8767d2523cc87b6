"""Offers with their prices and pictures, and the reports of their listing states to SCX."""

from listings.models.offers import FEED, OVER, PARTS_SIZE, STANDING, TO_TAKE_DOWN, Offer, OfferQuerySet, Price, Version
from listings.models.pictures import Picture, PictureFile, PictureQuerySet
from listings.models.reports import ListingReport, ReportQuerySet

__all__ = [
    "FEED",
    "OVER",
    "PARTS_SIZE",
    "STANDING",
    "TO_TAKE_DOWN",
    "ListingReport",
    "Offer",
    "OfferQuerySet",
    "Picture",
    "PictureFile",
    "PictureQuerySet",
    "Price",
    "ReportQuerySet",
    "Version",
]
