"""Environment in, Django settings out; the only reader of the environment. Every default fits a laptop."""

import contextlib
import dataclasses
import logging
import math
import secrets
import tempfile
import warnings
import zoneinfo
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from zbsync.conf import MAY_BE_ZERO, Conf

django_stubs_ext.monkeypatch()  # ModelAdmin[…], Form[…]: generic for the type checker, and so at run time too

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
env = environ.Env()
if (ROOT / ".env").is_file():
    environ.Env.read_env(ROOT / ".env")


def _said(name: str) -> str:
    """The variable without blanks around it; "" when it is not set."""
    return str(env.str(name, default="")).strip()


def _number(name: str, default: float, *, zero: bool = False) -> Any:
    """A number of the default's type, above 0, or from 0 on with `zero`. Raises ImproperlyConfigured."""
    raw = _said(name)
    if not raw:
        return default
    try:
        value = type(default)(raw)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}={raw!r} is not a {'whole ' * isinstance(default, int)}number: set it to something like {default}"
        ) from None
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        least = "0 or more" if zero else "more than 0"
        raise ImproperlyConfigured(f"{name}={raw!r} must be {least}: set it to something like {default}")
    return value


def _truth(name: str, *, default: bool) -> bool:
    """Whether something is on; a misspelt word must not switch it off. Raises ImproperlyConfigured."""
    raw = _said(name).lower()
    if raw not in {"", "true", "on", "yes", "1", "false", "off", "no", "0"}:
        raise ImproperlyConfigured(f"{name}={raw!r}: set it to true or false")
    return raw in {"true", "on", "yes", "1"} if raw else default


def _read_conf() -> Conf:
    """Build `Conf` from `ZBSYNC_*`; a value that does not fit is named together with what would."""
    values: dict[str, Any] = {"mode": _said("ZBSYNC_MODE") or Conf().mode}
    for field in dataclasses.fields(Conf):
        if field.name != "mode":
            name = f"ZBSYNC_{field.name.upper()}"
            values[field.name] = _number(name, getattr(Conf(), field.name), zero=field.name in MAY_BE_ZERO)
    conf = Conf(**values)
    if conf.mode not in {"sandbox", "live"}:
        raise ImproperlyConfigured(f"ZBSYNC_MODE={conf.mode!r}: set it to sandbox or live")
    return conf


def _read_secret_key() -> str:
    """`SECRET_KEY`, or outside live mode one made once and kept in var/, so that a laptop needs no set-up."""
    key = _said("SECRET_KEY")
    if ZBSYNC.live and len(key) < 50:
        had = f"has {len(key)} characters" if key else "is not set"
        raise ImproperlyConfigured(f"SECRET_KEY {had}: live mode needs 50 or more random ones")
    if key:
        return key
    VAR.mkdir(exist_ok=True)
    kept = VAR / "secret_key"
    if not kept.exists():
        # Whole and readable by this user alone from the first moment; of several first starts one makes it.
        with tempfile.NamedTemporaryFile("w", dir=VAR) as fresh, contextlib.suppress(FileExistsError):
            fresh.write(secrets.token_urlsafe(60))
            fresh.flush()
            kept.hardlink_to(fresh.name)
    return kept.read_text()


def ZBSYNC_SECRET(name: str) -> str:
    """The value of a connection's secret; "" when the variable is not set. The sandbox's are no secret."""
    return str(env.str(name, default="" if ZBSYNC.live else SANDBOX_ACCOUNT.get(name, "")))


SANDBOX_ACCOUNT = {"ZBSYNC_SANDBOX_USER": "demo", "ZBSYNC_SANDBOX_PASSWORD": "demo-pass"}
ZBSYNC = _read_conf()
DEBUG = _truth("DEBUG", default=False)
if DEBUG and ZBSYNC.live:
    raise ImproperlyConfigured("DEBUG is on: its error pages show settings and data; unset it in live mode")
SECRET_KEY = _read_secret_key()
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if ZBSYNC.live else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: live mode needs the names the pages are reached under")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "zbsync.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "django_q",
    "zbsync.apps.ZbsyncConfig",
]
MIDDLEWARE = [
    "zbsync.middleware.ContentSecurityPolicy",  # first: redirects to HTTPS and static files carry it too
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "zbsync.middleware.PreferredLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zbsync.middleware.MaskedPhones",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "zbsync.urls"
WSGI_APPLICATION = "zbsync.wsgi.application"
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
            ],
        },
    }
]

if not env.str("DATABASE_URL", default=""):
    VAR.mkdir(exist_ok=True)
with warnings.catch_warnings(action="ignore"):  # an address that cannot be read is told below, with its mend
    _database: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'zbsync.sqlite3'}")
if not str(_database.get("ENGINE")).endswith(("sqlite3", "postgresql")):
    raise ImproperlyConfigured(
        "DATABASE_URL cannot be read: write postgres://user:password@host:5432/name or sqlite:////path/to/file"
    )
_database["CONN_MAX_AGE"] = 60
if _database["ENGINE"].endswith("sqlite3"):
    # FULL, not NORMAL: in WAL mode NORMAL may forget the last commits when the power fails, and a push that was
    # sent would look unsent. IMMEDIATE: a transaction that reads and then writes must not fail half-way.
    # No mmap_size: mapped pages count as a worker's memory, and the page cache reads as fast.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-64000;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    # A count over many rows looks so dear to the planner that it compiles the statement first, which takes longer than
    # the count itself.
    _told = _database.setdefault("OPTIONS", {})
    _told["options"] = f"{_told.get('options', '')} -c jit=off".strip()
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ZBSYNC_BROKER = _said("ZBSYNC_BROKER") or "orm"
if ZBSYNC_BROKER != "orm" and not ZBSYNC_BROKER.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("ZBSYNC_BROKER is neither orm nor an address such as redis://localhost:6379/0")
# django-q2 is a doorbell: it may lose or repeat a ring, so it retries nothing and keeps nothing.
Q_CLUSTER: dict[str, Any] = {
    "name": "zbsync",
    "label": "django-q2",
    "workers": ZBSYNC.workers,
    "timeout": round(ZBSYNC.job_timeout_s),
    "retry": round(ZBSYNC.redeliver_s),
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "poll": ZBSYNC.poll_s,
    "queue_limit": 2,
    "bulk": 1,
    "recycle": 500,
    "save_limit": -1,
    **({"orm": "default"} if ZBSYNC_BROKER == "orm" else {"redis": ZBSYNC_BROKER}),
}

LANGUAGE_CODE = "zh-hans"
FORMAT_MODULE_PATH = "zbsync.sentences.formats"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "zbsync" / "locale"]
TIME_ZONE = _said("TZ_NAME") or "Asia/Shanghai"
if TIME_ZONE not in zoneinfo.available_timezones():
    raise ImproperlyConfigured(f"TZ_NAME={TIME_ZONE!r} is no time zone: set it to something like Asia/Shanghai")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ZBSYNC.live
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not ZBSYNC.live
if not ZBSYNC.live:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_TEMP_DIR = None

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS: list[str] = []
if ZBSYNC.live:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = _truth("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # a probe beside the process speaks plain HTTP; the answer is no secret
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = _number("SECURE_HSTS_SECONDS", 31_536_000, zero=True)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOG_LEVEL = _said("LOG_LEVEL").upper() or "INFO"
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured(f"LOG_LEVEL={LOG_LEVEL!r}: set it to DEBUG, INFO, WARNING, ERROR or CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "zbsync.logs.MaskedLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # httpx logs every URL at INFO; what was sent is kept, redacted, as an exchange.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # Each ring is four lines at INFO, and somebody rings every few seconds; the flow tells its own work.
        "django-q": {"level": "WARNING"},
        # These and their children bring handlers of their own, which would write past the mask; named here, they lose
        # them.
        "django": {},
        "gunicorn": {},
    },
}
