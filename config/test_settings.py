"""The portal's settings for the suite: cheap hashes, the database of the run, no static manifest."""

import os
import tempfile

from cryptography.fernet import Fernet

for _name in ("DATABASE_URL", "REDIS_URL", "PORTAL_URL", "ALLOWED_HOSTS", "DEBUG"):
    os.environ.pop(_name, None)
os.environ.update(
    {
        "SECRET_KEY": "the suite's own secret key, long enough for Django's checks to be content with it",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "SCX_BASE_URL": "http://127.0.0.1:9",
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or "sqlite:///var/unused-by-tests.sqlite3",
    }
)

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}  # noqa: F405

if SQLITE:  # noqa: F405
    # A file of this run: threads and live servers share it as processes share a real one, without waiting for the disk.
    _folder = tempfile.TemporaryDirectory(prefix="portal-tests-", ignore_cleanup_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/portal.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"  # noqa: F405
