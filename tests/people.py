"""Accounts for tests: signed up, their addresses confirmed."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User


def make_user(name: str, address: str = "", *args: Any, **columns: Any) -> User:
    """Return a new account that has proved to own *address*."""
    user = User.objects.create_user(name, address, *args, **columns)
    if address:
        confirm(user, address)
    return user


def confirm(user: User, address: str) -> None:
    """Let *user* prove to own a further address."""
    is_first = not EmailAddress.objects.filter(user=user).exists()
    EmailAddress.objects.create(
        user=user, email=address.lower(), verified=True, primary=is_first
    )
