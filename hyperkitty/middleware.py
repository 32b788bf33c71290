"""Times in the reader's own time zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

Answer = Callable[[HttpRequest], HttpResponseBase]


class TimezoneMiddleware:
    """Shows times in the zone that the account's profile in django-mailman3 names.

    In the place of `django_mailman3.middleware.TimezoneMiddleware`, which sets the zone
    when the page is made already, for whoever comes next.
    """

    def __init__(self, get_response: Answer) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the reader's zone, and leave none behind."""
        name = _zone_name(request.user)
        if not name:
            return self.get_response(request)
        try:
            timezone.activate(ZoneInfo(name))
            return self.get_response(request)
        finally:
            timezone.deactivate()


def _zone_name(user: AbstractBaseUser | AnonymousUser) -> str:
    if not user.is_authenticated:
        return ""
    profile = getattr(user, "mailman_profile", None)
    name = str(getattr(profile, "timezone", ""))
    return name if name in available_timezones() else ""
