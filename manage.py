#!/usr/bin/env python
"""Django's command line for the portal and, in a process of its own, for the embedded SCX."""

import os
import sys

from django.core.management import execute_from_command_line

from platforms.demo import keys

OF_SANDBOX = ("sandbox", "sandbox_load")


def main() -> None:
    # `manage.py help sandbox` is about a command too.
    command = next((word for word in sys.argv[1:] if word != "help"), "")
    if command in OF_SANDBOX:
        os.environ["DJANGO_SETTINGS_MODULE"] = "platforms.sandbox.settings"
    if command == "demo":
        keys.load()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
