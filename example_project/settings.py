"""The example site's settings: from the environment, safe when nothing is set.

docs/settings.md tells what each variable does. Without DEMO the site is a production
site: HTTPS only, and every secret has to be given.
"""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from example_project.databases import database
from example_project.search import search_engine

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
ENV_FILE = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)


def secret(name: str) -> str:
    """Return the secret *name*; a site must not start with a made-up one."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. It is a secret and has no default: set it in the "
            f"environment or in {ENV_FILE} (docs/settings.md)."
        )
    return value


# The site

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_ID = 1

INSTALLED_APPS = [
    "example_project",
    "hyperkitty",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_mailman3",
    "django_htmx",
    "haystack",  # after hyperkitty, whose commands replace Haystack's
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hyperkitty.middleware.TimezoneMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django_mailman3.context_processors.common",
                "hyperkitty.context_processors.common",
            ],
        },
    },
]

# Services

DATABASES = {
    "default": database(
        env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'archive.sqlite3'}")
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
HAYSTACK_CONNECTIONS = {
    "default": search_engine(
        env.str("SEARCH_URL", default=f"tantivy://{VAR_DIR}/index")
    )
}
HAYSTACK_LIMIT_TO_REGISTERED_MODELS = False  # there is one, and asking costs
HYPERKITTY_SEARCH_LANGUAGE = env.str("SEARCH_LANGUAGE", default="en")
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")

MAILMAN_REST_API_URL = env.str("MAILMAN_REST_API_URL", default="http://localhost:8001")
MAILMAN_REST_API_USER = env.str("MAILMAN_REST_API_USER", default="restadmin")
MAILMAN_REST_API_PASS = secret("MAILMAN_REST_API_PASS")
MAILMAN_ARCHIVER_KEY = secret("MAILMAN_ARCHIVER_KEY")
MAILMAN_ARCHIVER_FROM = env.list("MAILMAN_ARCHIVER_FROM", default=["127.0.0.1", "::1"])
HYPERKITTY_BASE_URL = env.str("HYPERKITTY_BASE_URL", default="")
HYPERKITTY_DENY_KEY = env.str("HYPERKITTY_DENY_KEY", default="")
HYPERKITTY_TRUSTED_PROXIES = env.list("HYPERKITTY_TRUSTED_PROXIES", default=[])

FILTER_VHOST = env.bool("FILTER_VHOST", default=False)
SHOW_INACTIVE_LISTS_DEFAULT = env.bool("SHOW_INACTIVE_LISTS_DEFAULT", default=False)

# Static files: collected once, served by whitenoise under names that carry a hash

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# People

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
ACCOUNT_ADAPTER = "example_project.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"
HYPERKITTY_ENABLE_GRAVATAR = False  # asks nobody else about our readers

# One OpenID Connect provider, if the environment names it (docs/accounts.md)

OPENID_SERVER = env.str("OPENID_SERVER", default="")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "openid",
                "name": env.str("OPENID_NAME", default="OpenID Connect"),
                "client_id": env.str("OPENID_CLIENT_ID", default=""),
                "secret": env.str("OPENID_SECRET", default=""),
                "settings": {"server_url": OPENID_SERVER},
            }
        ]
        if OPENID_SERVER
        else []
    }
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# Language and time. LANGUAGES grows with the catalogues in hyperkitty/locale: another
# entry would only translate Django's own words and leave a page in two languages.

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "español"),
    ("fr", "français"),
    ("ja", "日本語"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "hyperkitty" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Security. Mailman's archiver posts over plain HTTP from the same machine and does not
# follow a redirect, so its door stays open without TLS; it asks for the archiver key.

SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"(^|/)api/mailman/"]
SECURE_HSTS_SECONDS = 0 if DEMO else env.int("HSTS_SECONDS", default=30 * 24 * 3600)
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
# HSTS for sibling host names and the browsers' preload list is for the owner of the
# domain to decide, not for one site under it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Bootstrap's icons are data: URLs
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# Logging: plain lines to the console; whoever runs the process keeps them

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "hyperkitty": {"level": "INFO"},
    },
}
