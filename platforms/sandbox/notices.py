"""Confirmations that outlive one redirect, in a cookie of the emulator's own."""

from django.contrib.messages.storage.cookie import CookieStorage


class Notices(CookieStorage):
    # Cookies know no ports: another Django on this machine has its own `messages`.
    cookie_name = "sandbox_notices"
