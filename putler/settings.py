"""The one settings module. docs/operations.md explains every variable that is read here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.contrib.messages import constants as messages
from django.core.exceptions import ImproperlyConfigured

from putler import tls
from putler.environment import (
    env_bool,
    env_choice,
    env_database,
    env_int,
    env_list,
    env_mail,
    env_path,
    env_secret,
    env_str,
    is_set,
    is_this_machine,
)
from putler.kernel.encryption import Keyring, SealError

ROOT = Path(__file__).resolve().parent.parent
VAR = env_path("PUTLER_VAR", ROOT / "var")

# Where it runs

PUTLER_MODE = env_choice("PUTLER_MODE", ("local", "production"))
PRODUCTION = PUTLER_MODE == "production"
DEBUG = env_bool("DEBUG", default=False)

PUBLIC_URL = env_str("PUBLIC_URL", None if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", [urlsplit(PUBLIC_URL).hostname or ""]) + ([] if PRODUCTION else LOOPBACK)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)

SECRET_KEY = env_secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
PUTLER_KEYS = env_secret("PUTLER_KEYS")
ERASURE_KEY = env_str("ERASURE_KEY", None if PRODUCTION else SECRET_KEY)  # of digests that must never change

TLS_CERTIFICATE = env_str("TLS_CERTIFICATE", "")  # where no proxy speaks TLS; deploy/gunicorn.conf.py reads both
TLS_KEY = env_str("TLS_KEY", "")

# What it is made of

INSTALLED_APPS = [
    "putler",  # first: its commands stand in for those of the same name
    "accounts",
    "datasources",
    "analytics",
    "compliance",
    "django.contrib.admin.apps.SimpleAdminConfig",  # nothing registers by itself: accounts.staff
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_q",
]
MIDDLEWARE = [
    "putler.requests.Requests",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",  # it refuses hosts: what answers that has a policy too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.entry.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "compliance.middleware.Accesses",
    "accounts.middleware.Audited",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.presence.Presence",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "putler.urls"
WSGI_APPLICATION = "putler.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "putler.requests.request_id",
            ],
            "builtins": ["accounts.templatetags.csrf_token"],  # later than Django's, so in place of its tag
        },
    },
]
MESSAGE_TAGS = {messages.SUCCESS: "good", messages.WARNING: "warn", messages.ERROR: "bad"}
USE_TZ = True
TIME_ZONE = "UTC"

# Where it keeps things

PERSISTENT: dict[str, Any] = {
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": True,  # a pooler in transaction mode has no place for them
    "ATOMIC_REQUESTS": False,  # putler.tenancy opens the transaction of a request
}
DATABASES = {"default": env_database("DATABASE_URL") | PERSISTENT}
if is_set("DATABASE_OWNER_URL"):  # for migrations; web and workers start without it
    DATABASES["owner"] = env_database("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "putler_cache"},
}

UPLOADS = VAR / "uploads"
EXPORTS = VAR / "exports"
ERASURES = env_path("ERASURES", VAR / "erasures.jsonl")  # what no backup may bring back; keep it outside of them
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static" if PRODUCTION else None
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION  # local mode serves the sources, production what collectstatic compressed
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# Who may enter

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.hashers.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.MaximumLength"},
    {"NAME": "accounts.passwords.NotOurName"},
    {"NAME": "accounts.passwords.NotBreached"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "user_token": "accounts.forms.ResetTokenForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"  # allauth need not ask: accounts.signing_up makes no user without the mailed code
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGIN_TIMEOUT = 900  # for the second factor
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,10/5m/key",
    "signup": "20/m/ip",
    "sign_up_mail": "6/h/key",  # to one address, whoever asks
    "sign_up_again": "1/30s/key,20/m/ip",
    "sign_up_code": "30/m/ip",
    "invite": "30/h/user",
    "invitation_mail": "6/h/key",  # to one address, whoever invites
    "new_account": "5/d/user",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "change_email": "5/h/user",
    "second_factor": "10/15m/user,30/m/ip",
    "second_factor_letter": "1/h/user",
    "lockout_letter": "1/h/key",
    "dpa": "5/h/ip",
    "dpa_sign": "20/h/ip",
}
ISSUER = "Putler"  # what an authenticator app calls the site
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

SECURITY_TXT_EXPIRES = datetime(2027, 11, 1, tzinfo=UTC)  # until then somebody has seen that SECURITY_EMAIL is read
TERMS_VERSION = "2026-11-24"  # who signs up accepts these; a new text gets a new date
PRIVACY_VERSION = "2026-11-26"
TRIAL_DAYS = 14

# What the browser is told

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_FAILURE_VIEW = "putler.refusals.forged"
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # browsers keep a preloaded host for good: nothing to switch on in passing
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# Mail, jobs, logs, providers

EMAIL_BACKEND = "accounts.mail.Outbox"
EMAIL_SERVER = env_mail("EMAIL_URL", None if PRODUCTION else "smtp://127.0.0.1:25")  # run.py names its own inbox
EMAIL_TIMEOUT = 15
SECURITY_EMAIL = env_str("SECURITY_EMAIL", f"security@{urlsplit(PUBLIC_URL).hostname}")  # faults, heads of audit logs
SUPPORT_EMAIL = env_str("SUPPORT_EMAIL", f"support@{urlsplit(PUBLIC_URL).hostname}")  # who is asked for more time
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", f"Putler <no-reply@{urlsplit(PUBLIC_URL).hostname}>")
OPERATOR = {  # who runs this site: a party of agreements
    part: env_str(f"OPERATOR_{part.upper()}", "" if PRODUCTION else local)
    for part, local in (
        ("name", "Putler on this machine"),
        ("address", "1 Loopback Road"),
        ("country", "IE"),
        ("register", ""),
    )
}
INBOX = VAR / "inbox"  # local mode: where the mails go that are sent to nobody

WORKERS = env_int("WORKERS", 1)
Q_CLUSTER: dict[str, Any] = {
    "name": "putler",  # signs the messages of both clusters
    "cluster_name": "long",
    "orm": "default",
    "workers": WORKERS,
    "timeout": 600,
    "retry": 660,
    "poll": 0.2,
    "max_attempts": 5,
    "ack_failures": True,
    "bulk": 1,
    "queue_limit": 2 * WORKERS,
    "save_limit": 250,
    "catch_up": False,
    "recycle": 200,
    "ALT_CLUSTERS": {"short": {"timeout": 60, "retry": 75}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "putler.logs.JsonFormatter"}},
    "filters": {"request": {"()": "putler.requests.NameRequest"}, "secrets": {"()": "putler.logs.HideSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request", "secrets"]}},
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},  # Django's own handlers would say everything twice
        "django-q": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},  # it names the letters of what is written
        "fpdf": {"level": "ERROR"},  # likewise
        "putler.requests": {"level": "INFO" if PRODUCTION else "WARNING"},  # a developer's screen stays readable
    },
}

SANDBOX_URL = env_str("SANDBOX_URL", "")  # our stand-in for providers, where one runs
PROVIDERS = {
    slug: {
        part: env_str(f"PROVIDER_{slug.upper()}_{part}", "")
        for part in ("API_URL", "AUTH_URL", "CLIENT_ID", "CLIENT_SECRET")
    }
    for slug in ("stripe",)
}
PACES = {slug: env_int(f"PROVIDER_{slug.upper()}_PER_SECOND", 0) for slug in PROVIDERS}  # 0: as the connector says
DEV_HOSTS = {  # exact host:port pairs of merchants' hosts that may be on this machine; never in production
    slug: env_list(f"PROVIDER_{slug.upper()}_DEV_HOSTS") for slug in PROVIDERS
}
PROVIDER_ECB_API_URL = env_str("PROVIDER_ECB_API_URL", "https://www.ecb.europa.eu")

BUSINESS_FOLLOWER = "datasources.tasks.restate"  # the job that is told of accounts with another currency or time zone
LEDGER_FOLLOWER = "analytics.tasks.drain_account"  # the job that is told of accounts whose ledger changed
PURGER = "compliance.tasks.purge_source"  # the job that deletes what an unlinked source brought
PURGER_OF_FILES = "compliance.tasks.purge_file"


def _refusals() -> Iterator[str]:
    if DEBUG:
        yield "DEBUG shows the inside of the site and must be off."
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure"):
        yield "SECRET_KEY must be random and have 50 characters or more."
    if any("*" in host or host.startswith(".") for host in ALLOWED_HOSTS):
        yield "ALLOWED_HOSTS must name each host; a wildcard is refused."
    if urlsplit(PUBLIC_URL).scheme != "https":
        yield "PUBLIC_URL must begin with https://."
    yield from _refusals_of_the_front()
    yield from _refusals_of_the_database()
    yield from _refusals_of_others()
    if len(ERASURE_KEY) < 50:
        yield "ERASURE_KEY must be random and have 50 characters or more."
    try:
        Keyring.parse(PUTLER_KEYS)
    except SealError as error:
        yield f"PUTLER_KEYS: {error}"


def _refusals_of_the_front() -> Iterator[str]:
    """Of the TLS that the site speaks itself, where no proxy does."""
    if bool(TLS_CERTIFICATE) != bool(TLS_KEY):
        yield "TLS_CERTIFICATE and TLS_KEY belong together."
    elif TLS_CERTIFICATE and (sentence := tls.weakness_of_file(TLS_CERTIFICATE)):
        yield f"TLS_CERTIFICATE: {sentence}"


def _refusals_of_the_database() -> Iterator[str]:
    """Of a way to it that others could listen to, or stand in."""
    for alias, name in (("default", "DATABASE_URL"), ("owner", "DATABASE_OWNER_URL")):
        database = DATABASES.get(alias, {"HOST": "", "OPTIONS": {}})
        if not is_this_machine(database["HOST"]) and database["OPTIONS"].get("sslmode") != "verify-full":
            yield f"{name} leads to another machine and must end in ?sslmode=verify-full."


def _refusals_of_others() -> Iterator[str]:
    """Of the servers that we speak to."""
    if not EMAIL_SERVER.is_private:
        yield "EMAIL_URL must use TLS: smtps://… or smtp://…?tls=starttls."
    for slug, own in PROVIDERS.items():
        if any(own[part] and urlsplit(own[part]).scheme != "https" for part in ("API_URL", "AUTH_URL")):
            yield f"The addresses of PROVIDER_{slug.upper()} must begin with https://."
        if bool(own["CLIENT_ID"]) != bool(own["CLIENT_SECRET"]):
            yield f"PROVIDER_{slug.upper()}_CLIENT_ID and PROVIDER_{slug.upper()}_CLIENT_SECRET belong together."
    for slug, hosts in DEV_HOSTS.items():
        if hosts:
            yield f"PROVIDER_{slug.upper()}_DEV_HOSTS is for local mode: hosts of merchants must be on the internet."
    if SANDBOX_URL:
        yield "SANDBOX_URL is for local mode: its data are invented."


if PRODUCTION and (refusals := list(_refusals())):
    raise ImproperlyConfigured("PUTLER_MODE=production refuses to start. " + " ".join(refusals))
