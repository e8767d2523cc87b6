"""Settings of the portal; `.env.example` explains each variable."""

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from config import env, theme
from config.api_examples import API_EXAMPLES
from config.benchmarks import BENCHMARKS
from config.channel_parts import CHANNEL_PARTS
from config.events import EVENTS
from config.findings import FINDERS
from config.jobs import JOBS
from config.kinds import CHANNEL_KINDS
from config.measures import MEASURES
from config.overview import OVERVIEW
from config.personal_data import PERSONAL_DATA
from config.readiness import READINESS
from config.reconciliation import COMPARISONS, WITNESSES
from config.webhooks import FEEDS, TOPICS

ROOT = env.ROOT
VAR = ROOT / "var"
env.read_file(ROOT / ".env")

# Secrets and what the portal cannot run without

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret("SECRET_KEY")
ENCRYPTION_KEYS = [key.strip() for key in env.secret("ENCRYPTION_KEYS").split(",") if key.strip()]
SCX_BASE_URL = env.address("SCX_BASE_URL")
if DEBUG:
    SECRET_KEY = SECRET_KEY or "for development only, never for an installation that others can reach"
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or ["ZGV2ZWxvcG1lbnQgb25seSwgbm90IGEgc2VjcmV0ISE="]
    SCX_BASE_URL = SCX_BASE_URL or "http://127.0.0.1:8099"
env.required("SECRET_KEY", SECRET_KEY, hint="It signs cookies and tasks: any long random text, the same on every host.")
env.required(
    "ENCRYPTION_KEYS",
    ENCRYPTION_KEYS,
    hint="Fernet keys that encrypt secrets in the database, comma separated, the current one first.",
)
env.required(
    "SCX_BASE_URL",
    SCX_BASE_URL,
    hint="The SCX host, for example https://scx-sbx.api.jtl-software.com, or the address of `manage.py sandbox`.",
)
try:
    [Fernet(key) for key in ENCRYPTION_KEYS]
except ValueError:
    raise ImproperlyConfigured("ENCRYPTION_KEYS holds a key that is not 32 url-safe base64-encoded bytes.") from None

# For how many days what SCX said of stock is kept, to see why a level is what it is; 0 keeps what no stock can be.
WEBHOOK_DELIVERY_DAYS = env.number("WEBHOOK_DELIVERY_DAYS", 30, minimum=1)
STOCK_HISTORY_DAYS = env.number("STOCK_HISTORY_DAYS", 7, minimum=0)
# Polling stock by seller uses SCX's quota for offers, which listing reports need, up to this share.
STOCK_QUOTA_SHARE = min(env.number("STOCK_QUOTA_PERCENT", 50, minimum=1), 100) / 100
SCX_USER_AGENT = env.text("SCX_USER_AGENT", "3P_SCX-CHANNEL-PORTAL")
SCX_MINIMUM_VERSIONS_KEY = env.choice(
    "SCX_MINIMUM_VERSIONS_KEY", ("minimumClientsVersionRequired", "minClientsVersionRequired")
)
METRICS_TOKEN = env.secret("METRICS_TOKEN")
PICTURE_ALLOWED_NETWORKS = env.networks("PICTURE_ALLOWED_NETWORKS")
WEBHOOK_ALLOWED_NETWORKS = env.networks("WEBHOOK_ALLOWED_NETWORKS")

# Hosts and transport: what is secure follows the scheme that people use, not DEBUG

PORTAL_URL = env.address("PORTAL_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [env.host_of(PORTAL_URL)]
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
HTTPS = PORTAL_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sellers.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
# "no-referrer" would take the Referer away that Django's CSRF check needs under https.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
# Unfold's Alpine.js evaluates the expressions in its templates and sets styles in place.
CSP_ADMIN = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}

# Applications

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "platforms",
    "sellers",
    "listings",
    "stock",
]
MIDDLEWARE = [
    "platforms.health.answer_probes",
    "platforms.middleware.TrustedProxies",
    "platforms.middleware.CorrelationId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "platforms.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sellers.failures.KeepFailures",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Database, cache, queue

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR / 'portal.sqlite3'}")}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    env.make_parent(DATABASES["default"]["NAME"])
    # IMMEDIATE keeps a read-then-write transaction from failing as locked; FULL makes a commit survive a power cut,
    # which "persist, commit, acknowledge" rests on.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)

REDIS_URL = env.secret("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Throttle counters live here; Django's default of 300 entries would forget them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # django-q2 writes its statistics twice a second; the portal's own heartbeat serves instead.
    "queue": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

Q_CLUSTER = {
    "name": "portal",
    "label": _("Background tasks"),
    "orm": "default",
    "broker_class": "platforms.broker.SkipLockedBroker",
    "cache": "queue",
    "workers": env.number("WORKER_PROCESSES", 2 if SQLITE else 4, minimum=1),
    # Few are taken in advance: what waits here could run elsewhere.
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.5 if SQLITE else 0.2,
    # A prefetched task's lease runs already: retry >= (ceil((queue_limit + bulk) / workers) + 1) * (timeout + 3).
    "timeout": 90,
    "retry": 300,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 100,
    "recycle": 500,
    # KiB. Looked at between tasks: what one task adds must still fit below 250 MB.
    "max_rss": 200_000,
}

# Files

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(VAR / "static"))
STATICFILES_DIRS = [ROOT / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.text("MEDIA_ROOT", str(VAR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The static folder of the sandbox's pages is served by the sandbox's own process.
WHITENOISE_USE_FINDERS = DEBUG
# Compressing is most of collectstatic's time: pages ask for hashed names alone, and maps are for developers.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [ROOT / "config" / "locale"]
# Short dates that stay on one line of a list.
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# Mail

vars().update(env.email("EMAIL_URL", "consolemail://"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or f"portal@{env.host_of(PORTAL_URL)}"

# Wiring

SCX_EVENTS = EVENTS
PORTAL_JOBS = JOBS
PORTAL_API_EXAMPLES = API_EXAMPLES
WEBHOOK_TOPICS = TOPICS
WEBHOOK_FEEDS = FEEDS
PORTAL_BENCHMARKS = BENCHMARKS
PORTAL_FINDERS = FINDERS
PORTAL_MEASURES = MEASURES
PORTAL_OVERVIEW = OVERVIEW
PORTAL_COMPARISONS = COMPARISONS
PORTAL_WITNESSES = WITNESSES
# What the update page tells a seller, in this order: functions from a seller to a `sellers.facts.Panel`, or None.
SELLER_FACTS = ("listings.seller_facts.failed_offers", "stock.seller_facts.last_stock")
# Which client versions the sellers of a channel use (`platforms.minimum_versions`).
PORTAL_CLIENTS = "sellers.clients.versions_of"
PORTAL_PERSONAL_DATA = PERSONAL_DATA
PORTAL_READINESS = READINESS
PORTAL_CHANNEL_KINDS = CHANNEL_KINDS
PORTAL_CHANNEL_PARTS = CHANNEL_PARTS
# connector: (how sellers are identified, how offers are handed over)
CONNECTORS = {
    "manual": (
        "sellers.identification.manual.ManualIdentification",
        "listings.handover.manual.ManualHandover",
    ),
    # Offers are pushed to the marketplace's own system.
    "push": (
        "sellers.identification.manual.ManualIdentification",
        "listings.handover.webhook.PushHandover",
    ),
    # Its own system says who a seller is, or its own login; offers are pushed to it, or fetched from the REST API.
    "webhook": (
        "sellers.identification.webhook.WebhookIdentification",
        "listings.handover.webhook.WebhookHandover",
    ),
    "openid": (
        "sellers.identification.oidc.OpenIdSignIn",
        "listings.handover.webhook.WebhookHandover",
    ),
    "demo": (
        "sellers.identification.demo.DemoIdentification",
        "listings.handover.demo.DemoHandover",
    ),
}
EVENT_RETENTION_DAYS = 90

# Admin

# The theme's login form does not say where to go when its own address was opened.
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD = theme.UNFOLD

# REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["platforms.rest.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["platforms.rest.permissions.KeyScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["platforms.rest.parsing.StrictJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "platforms.rest.parsing.AlwaysJson",
    "DEFAULT_PAGINATION_CLASS": "platforms.rest.pagination.Cursor",
    "DEFAULT_THROTTLE_CLASSES": ["platforms.rest.throttling.KeyThrottle"],
    "DEFAULT_METADATA_CLASS": "platforms.rest.metadata.Methods",
    "DEFAULT_THROTTLE_RATES": {"key": "1200/min"},
    "DEFAULT_SCHEMA_CLASS": "platforms.rest.schema.PortalSchema",
    "EXCEPTION_HANDLER": "platforms.rest.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SCX Channel Portal",
    "DESCRIPTION": "Offers, stock, sellers and results between a marketplace's own systems and the portal.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ChannelKind": "platforms.models.Channel.Kind",
        "StockSource": "platforms.models.Channel.StockSource",
        "EventState": "platforms.models.Event.State",
        "SellerState": "sellers.models.Seller.State",
        "OfferState": "listings.models.Offer.State",
        "PictureState": "listings.models.Picture.State",
        "ReportState": "listings.models.ListingReport.State",
        "DeliveryState": "platforms.models.WebhookDelivery.State",
        "SettledState": "platforms.api_webhooks.SETTLED",
        "ResultState": "listings.models.ListingReport.Kind",
        "StockLevelSource": "stock.models.StockLevel.Source",
    },
}

# Log: one line a request or step, to stderr, with the correlation id; no query strings, no bodies, no secrets

LOG_FORMAT = env.choice("LOG_FORMAT", ("text", "json"))
LOG_LEVEL = env.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "correlation": {"()": "platforms.logs.CorrelationFilter"},
        "masking": {"()": "platforms.logs.MaskingFilter"},
    },
    "formatters": {
        "text": {
            "()": "platforms.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(correlation_id)s %(name)s: %(message)s",
        },
        "json": {
            "()": "platforms.logs.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(correlation_id)s %(name)s %(message)s",
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["correlation", "masking"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "django_q": {"level": "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL},
        "django-q": {"level": "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL},
        # urllib3 logs full addresses, and query strings carry sessions.
        "urllib3": {"level": "ERROR"},
    },
}
