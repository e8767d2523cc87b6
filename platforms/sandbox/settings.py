"""Settings of the embedded SCX: a Django project of its own that shares nothing with the portal but the repository."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# An emulator for one machine guards nothing; a fixed key keeps its tokens and cookies good over restarts.
SECRET_KEY = "embedded-scx-is-a-local-emulator-and-keeps-no-secrets"  # noqa: S105
DEBUG = False
# `manage.py sandbox --bind` adds its host.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]

INSTALLED_APPS = ["django.contrib.messages", "django.contrib.staticfiles", "platforms.sandbox"]
ROOT_URLCONF = "platforms.sandbox.urls"
MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "platforms.sandbox.pages.pages",
    "platforms.sandbox.middleware.scx",
]
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SANDBOX_DATABASE") or ROOT / "var" / "sandbox.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # A killed process loses nothing with NORMAL; only a power cut could, and nobody's goods depend on it here.
            # A batch of offers at full width makes the log long; it is cut to 64 MB again.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A page of offers at full width is large; SCX names no limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024 * 1024

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
# SCX speaks German unless it is asked for English.
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "sandbox_language"
LOCALE_PATHS = [HERE / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = True

CSRF_COOKIE_NAME = "sandbox_csrf"
CSRF_FAILURE_VIEW = "platforms.sandbox.views.errors.form_refused"
MESSAGE_STORAGE = "platforms.sandbox.notices.Notices"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Refused calls and faults on demand are the emulator's daily bread, kept in its books; only a crash has `exc_info`.
    "filters": {"crashes": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: bool(record.exc_info)}},
    "loggers": {"django.request": {"level": "ERROR", "filters": ["crashes"]}},
}
