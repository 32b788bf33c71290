"""What the app needs to run; DATABASE_URL and CACHE_URL choose what it runs on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import environ

from example_project.databases import database
from example_project.search import search_engine

BASE_DIR = Path(__file__).resolve().parent.parent
# Held in a name: the folder goes when the process ends.
_folder = tempfile.TemporaryDirectory(prefix="hyperkitty-tests-")

env = environ.Env()
DATABASES = {"default": database(env.str("DATABASE_URL", default="sqlite:///:memory:"))}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # In a file, so that several processes can write and WAL is what is tested.
    DATABASES["default"]["NAME"] = f"{_folder.name}/archive.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/test.sqlite3"}
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
SEARCH_URL = env.str("SEARCH_URL", default=f"tantivy://{_folder.name}/index")
HAYSTACK_CONNECTIONS = {"default": search_engine(SEARCH_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
SITE_ID = 1
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
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
    "django_mailman3",
    "django_htmx",
    "haystack",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hyperkitty.middleware.TimezoneMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
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
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
LOGIN_URL = "account_login"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_RATE_LIMITS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = True

MAILMAN_REST_API_URL = "http://127.0.0.1:1"  # nobody listens there
MAILMAN_REST_API_USER = "restadmin"
MAILMAN_REST_API_PASS = "restpass"
MAILMAN_ARCHIVER_KEY = "archiver-key-for-tests"
MAILMAN_ARCHIVER_FROM = ["127.0.0.1", "::1"]
