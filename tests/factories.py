"""Accounts for tests; mails and lists come from `mails`, by the real pipeline."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User


def account(name: str = "anne", address: str = "", **columns: object) -> User:
    """Return a new account with one confirmed address, password ``pw``."""
    address = address or f"{name}@example.com"
    user = User.objects.create_user(name, address, "pw", **columns)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user
