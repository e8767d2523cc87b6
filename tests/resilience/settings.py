"""The production settings with crash points, for the processes that tests kill; pages without `collectstatic`."""

import tests.resilience.faked_clock  # noqa: F401  before anything takes hold of `time.sleep`
from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.resilience.crash.CrashConfig"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
