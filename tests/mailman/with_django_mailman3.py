"""Settings of a site that has django-mailman3 installed."""

from __future__ import annotations

from tests.settings import *  # noqa: F403  # a site with everything, and more
from tests.settings import INSTALLED_APPS, MIDDLEWARE

_EXTRA = [
    "django_mailman3",
    "django_gravatar",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
]
INSTALLED_APPS = [*INSTALLED_APPS, *(n for n in _EXTRA if n not in INSTALLED_APPS)]
_ACCOUNT = "allauth.account.middleware.AccountMiddleware"
MIDDLEWARE = [*MIDDLEWARE, *({_ACCOUNT} - set(MIDDLEWARE))]
