"""Django settings: a laptop by default, production through environment variables.

Everything that differs between the two is read from the environment here and nowhere else;
docs/architecture.md lists the variables.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlparse

import plotly

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


HOME = Path(os.environ.get("FORESIGHT_HOME", BASE_DIR / "var")).resolve()
"""Where data lives: database, uploads, models, runs, sockets."""
HOME.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment, else one made at the first start and kept in HOME."""
    given = os.environ.get("FORESIGHT_SECRET_KEY")
    if given:
        return given
    path = HOME / "secret_key"
    try:
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    key = secrets.token_urlsafe(50)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(key)
    return key


SECRET_KEY = _secret_key()
DEBUG = _flag("FORESIGHT_DEBUG", False)
ALLOWED_HOSTS = os.environ.get("FORESIGHT_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("FORESIGHT_ORIGINS", "").split(",") if o]
SECURE = _flag("FORESIGHT_HTTPS", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "webapp.local.apps.CollectedFiles",
    "django_htmx",
    "channels",
    "webapp.accounts",
    "webapp.projects",
    "webapp.jobs",
    "webapp.corpora",
    "webapp.experiments",
    "webapp.preparations",
    "webapp.segments",
    "webapp.probes",
    "webapp.runs",
    "webapp.live",
    "webapp.charts",
    "webapp.trajectories",
    "webapp.checkpoints",
    "webapp.evaluations",
    "webapp.compare",
    "webapp.playground",
    "webapp.audits",
    "webapp.notifications",
    "webapp.local",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webapp.accounts.middleware.ContentSecurityPolicy",
    "webapp.accounts.middleware.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.projects.middleware.ActInProject",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webapp.notifications.context.bell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "webapp.templatetags.foresight",
                "webapp.templatetags.words",
            ],
            "libraries": {"foresight": "webapp.templatetags.foresight"},
        },
    }
]


def _database() -> dict[str, object]:
    """SQLite in HOME, or what DATABASE_URL names (postgresql://user:password@host:port/name)."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "foresight.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a transaction that reads and then writes would fail at once under DEFERRED.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            "TEST": {"NAME": os.environ.get("FORESIGHT_TEST_DB") or None},
        }
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgresql://, or be left out for SQLite.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", f"unix://{HOME / 'run' / 'redis.sock'}?db=0")
"""Broker and doorbell; never the record of anything."""
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A web request must not hang while Redis is away: the reconciler re-sends what a lost message asked for.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("FORESIGHT_STATIC_ROOT") or HOME / "static")
"""Where `up` and the images collect scripts and styles, compressed. Without the variable they are served, plain, from
where they are written, so that an edit shows."""
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("plotly", Path(plotly.__file__).parent / "package_data"),
]
WHITENOISE_USE_FINDERS = "FORESIGHT_STATIC_ROOT" not in os.environ
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

MEDIA_ROOT = HOME / "uploads"
"""Uploaded corpora, through Django storages; never served by a URL."""
FILE_UPLOAD_TEMP_DIR = HOME / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_UPLOAD_BYTES = int(os.environ.get("FORESIGHT_MAX_UPLOAD_MB", "1024")) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

API_REQUESTS_A_MINUTE = int(os.environ.get("FORESIGHT_API_REQUESTS", "600"))
"""Requests of the REST API that one user may make in a minute, of each web process."""

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

JOB_LEASE_SECONDS = float(os.environ.get("FORESIGHT_LEASE_SECONDS", "20"))
"""A runner that has not renewed for this long is taken for dead."""
JOB_HEARTBEAT_SECONDS = float(os.environ.get("FORESIGHT_HEARTBEAT_SECONDS", "1"))
JOB_START_SECONDS = float(os.environ.get("FORESIGHT_START_SECONDS", "30"))
"""A runner that was launched and has not reported by then is taken for dead."""
JOB_GRACE_SECONDS = float(os.environ.get("FORESIGHT_GRACE_SECONDS", "10"))
"""From SIGTERM to SIGKILL for the processes of a job."""
JOB_RECONCILE_SECONDS = float(os.environ.get("FORESIGHT_RECONCILE_SECONDS", "5"))
JOB_MODULE = os.environ.get("FORESIGHT_JOB_MODULE", "training")
"""What jobs run: `python -m <module> <arguments>`. Tests put a small stand-in there."""
JOB_SLOTS = int(os.environ.get("FORESIGHT_JOB_SLOTS", "1"))
"""Jobs that may run at once on this machine: two that share two cores collapse."""
JOB_SHORT_SLOTS = int(os.environ.get("FORESIGHT_SHORT_SLOTS", "2"))
"""Short jobs that a person waits for (Try it) and that run beside those: one that answers, one that stays warm. They
take memory for their model, and for some seconds a share of the cores."""
TRY_IDLE_SECONDS = float(os.environ.get("FORESIGHT_TRY_IDLE_SECONDS", "300"))
"""How long Try it keeps a model loaded after the last question."""

SITE_URL = os.environ.get("FORESIGHT_SITE_URL", "").rstrip("/")
"""The site's own address, for links in mails and webhooks; `up` knows it."""
EMAIL_HOST = os.environ.get("FORESIGHT_EMAIL_HOST", "")
EMAIL_ON = bool(EMAIL_HOST)
EMAIL_PORT = int(os.environ.get("FORESIGHT_EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("FORESIGHT_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("FORESIGHT_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("FORESIGHT_EMAIL_SECURITY", "starttls") == "starttls"
EMAIL_USE_SSL = os.environ.get("FORESIGHT_EMAIL_SECURITY", "") == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("FORESIGHT_EMAIL_FROM", "") or f"foresight@{EMAIL_HOST or 'localhost'}"
WEBHOOK_HOSTS = frozenset(filter(None, os.environ.get("FORESIGHT_WEBHOOK_HOSTS", "").lower().split(",")))
"""Hosts that webhooks may reach though they lie in a private network, or without encryption."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("FORESIGHT_LOG_LEVEL", "INFO")},
}
