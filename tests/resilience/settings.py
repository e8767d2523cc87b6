"""The production settings with crash points, for the processes that tests kill."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.resilience.crash.CrashConfig"]
