"""How the portal writes dates and times, where Django's own way is too long."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
