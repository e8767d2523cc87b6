"""How the portal writes dates and times, where Django's own way is too long."""

DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = "d.m.Y, H:i"
