"""The door of pages where people write: sign in first, and what was typed waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from .responses import secured

#: Where a draft waits in the session while its author signs in again.
_DRAFT = "hk_draft"
#: Characters of it that are kept.
MAX_KEPT = 100_000

View = Callable[..., HttpResponseBase]


def for_authors(view: View) -> View:
    """Open *view* to people who are signed in; others sign in and come back.

    What they had typed waits for them: a session may end while one writes.
    """

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return secured(view(request, *args, **kwargs), private=True)
        _keep_draft(request)
        if wants_json(request):
            return HttpResponse(_("Sign in first."), status=403)
        path = request.get_full_path()
        response: HttpResponseBase
        if is_htmx(request):
            response = HttpResponse(headers={"HX-Redirect": path})
        else:
            response = redirect_to_login(path)
        return secured(response, private=True)

    return gate


def author(request: HttpRequest) -> AbstractBaseUser:
    """Return who is signed in, behind the door of `for_authors`."""
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        raise TypeError("Nobody is signed in.")
    return user


def _keep_draft(request: HttpRequest) -> None:
    """Keep what was typed for when its author is signed in again."""
    text = request.POST.get("message", "") if request.method == "POST" else ""
    if text.strip():
        request.session[_DRAFT] = {
            "path": request.path,
            "message": text[:MAX_KEPT],
            "subject": request.POST.get("subject", "")[:1000],
        }


def kept_draft(request: HttpRequest) -> dict[str, str]:
    """Take what the author had typed here before the session ended."""
    draft = request.session.get(_DRAFT)
    if not isinstance(draft, dict) or draft.get("path") != request.path:
        return {}
    del request.session[_DRAFT]
    return {name: draft[name] for name in ("message", "subject") if draft.get(name)}


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for, to be put into it."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks as HyperKitty's own did."""
    if is_htmx(request):
        return False
    accept = request.headers.get("Accept", "")
    return (
        request.headers.get("X-Requested-With") == "XMLHttpRequest"
        or "application/json" in accept
    )
