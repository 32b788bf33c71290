"""Answers with the headers that the archive promises, whatever middleware runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template import Engine
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language

from hyperkitty import __version__, permissions
from hyperkitty.conf import app_settings
from hyperkitty.models import MailingList
from hyperkitty.posting.eligibility import closed_reason

_LOOKS_ELSEWHERE = "_hyperkitty_looks_elsewhere"
#: What a mail's own bytes may do in a browser: nothing.
SANDBOX = "sandbox; default-src 'none'"


def page(
    request: HttpRequest,
    template: str,
    build: Callable[[], Mapping[str, Any]],
    *,
    version: tuple[object, ...],
    mlist: MailingList | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """Answer with *template*; *build* makes its context, and only if it is needed.

    *version* holds all that the page shows to strangers: while it stays the same, a
    stranger's browser or proxy gets 304. Pages of private lists and pages for people
    who are signed in are kept nowhere.
    """
    if not _is_for_everyone(request, mlist):
        return secured(_rendered(request, template, build, mlist, status), private=True)
    if mlist is not None:
        version = (*version, closed_reason(mlist))
    tag = etag(request, *version)
    fresh = get_conditional_response(request, etag=tag) if status == 200 else None
    response = fresh or _rendered(request, template, build, mlist, status)
    if not getattr(request, _LOOKS_ELSEWHERE, False):
        response["ETag"] = tag
    return secured(response, private=False)


def look_elsewhere(request: HttpRequest) -> None:
    """Note that the page shows what no *version* of it tells: it gets no entity tag.

    Such are titles of other mails and names of other lists, which may be hidden.
    """
    setattr(request, _LOOKS_ELSEWHERE, True)


def document(
    request: HttpRequest,
    build: Callable[[], bytes],
    content_type: str,
    *,
    version: tuple[object, ...],
    changed_at: datetime | None = None,
    mlist: MailingList | None = None,
) -> HttpResponseBase:
    """Answer with what *build* writes for machines, kept and checked as a page is.

    With *changed_at*, which must move whenever *version* does, If-Modified-Since is
    answered too.
    """
    if not _is_for_everyone(request, mlist):
        response: HttpResponseBase = HttpResponse(build(), content_type=content_type)
        return secured(response, private=True)
    tag, modified = etag(request, *version), _settled(changed_at)
    fresh = get_conditional_response(request, etag=tag, last_modified=modified)
    response = fresh or HttpResponse(build(), content_type=content_type)
    response["ETag"] = tag
    if modified is not None:
        response["Last-Modified"] = http_date(modified)
    return secured(response, private=False)


def live_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    mlist: MailingList | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """Answer with a page that nothing short of making it tells the version of."""
    is_private = not _is_for_everyone(request, mlist)
    response = _rendered(request, template, lambda: context, mlist, status)
    return secured(response, private=is_private)


def list_facts(mlist: MailingList) -> tuple[object, ...]:
    """Return what pages below a list show of it; for their *version*.

    Not its revision, which moves with each mail of any thread.
    """
    return mlist.name, mlist.display_name, mlist.subject_prefix, mlist.rendering_mode


def bad_request(request: HttpRequest, message: str) -> HttpResponseBase:
    """Answer 400 with a page that says what was wrong with the address."""
    response = render(request, "hyperkitty/bad_request.html", {"message": message})
    response.status_code = 400
    return secured(response, private=True)


def secured(response: HttpResponseBase, *, private: bool) -> HttpResponseBase:
    """Set what every HTML answer of the archive carries."""
    response["Cache-Control"] = "private, no-store" if private else "public, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "same-origin"
    response["Content-Security-Policy"] = _page_policy()
    return response


def sandboxed(
    response: HttpResponseBase, mlist: MailingList, *, max_age: int = 3600
) -> HttpResponseBase:
    """Set what every answer with bytes of a mail carries: it must stay inert.

    Never `immutable`: mail is hidden and erased.
    """
    scope = "private" if mlist.is_private else "public"
    response["Cache-Control"] = f"{scope}, max-age={max_age}, must-revalidate"
    patch_vary_headers(response, ["Cookie"])
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Frame-Options"] = "DENY"
    return response


def etag(request: HttpRequest, *version: object) -> str:
    """Return the strong entity tag of what *version* and the URL determine."""
    facts = (
        __version__,
        _presentation(),
        get_language(),
        request.user.is_authenticated,
        request.get_full_path(),
        version,
    )
    return f'"{blake2b(repr(facts).encode(), digest_size=16).hexdigest()}"'


def disposition(filename: str, *, inline: bool = False) -> str:
    """Return a Content-Disposition that survives any *filename* (RFC 6266, 5987)."""
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(filename, safe='')}"


def _settled(changed_at: datetime | None) -> int | None:
    """Return the second of *changed_at*; None while it may see another change."""
    if changed_at is None or timezone.now() - changed_at < timedelta(seconds=2):
        return None
    return int(changed_at.timestamp())


def _is_for_everyone(request: HttpRequest, mlist: MailingList | None) -> bool:
    if request.user.is_authenticated or (mlist is not None and mlist.is_private):
        return False
    # A notice, say after signing out, is for this reader and for once.
    return len(get_messages(request)) == 0


def _rendered(
    request: HttpRequest,
    template: str,
    build: Callable[[], Mapping[str, Any]],
    mlist: MailingList | None,
    status: int,
) -> HttpResponse:
    # Sorted, cut or narrowed, a page shows again what another one shows.
    context = {"no_index": bool(set(request.GET) - {"page"}), **build()}
    if mlist is not None:
        downloads = app_settings.mbox_export and permissions.can_read_raw(
            request.user, mlist
        )
        in_bulk = permissions.is_offered_in_bulk(mlist)
        context |= {"mlist": mlist, "downloads": downloads, "in_bulk": in_bulk}
    return render(request, template, context, status=status)


def _presentation() -> tuple[object, ...]:
    """Return the settings that change how pages look."""
    return (
        settings.STATIC_URL,
        settings.TIME_ZONE,
        app_settings.mbox_export,
        app_settings.raw_access,
        app_settings.thread_page_size,
        app_settings.bug_patterns,
        app_settings.mlist_feed_length,
        app_settings.enable_gravatar and app_settings.gravatar_url,
        app_settings.logo,
        app_settings.stylesheet,
        _own_parts(),
    )


@cache
def _own_parts() -> tuple[str, ...]:
    """Return the text of the templates that a site may have of its own."""
    names = ("headers", "navbar-brand", "top", "bottom")
    engine = Engine.get_default()
    return tuple(
        engine.get_template(f"hyperkitty/{name}.html").source for name in names
    )


def _page_policy() -> str:
    """Return the Content-Security-Policy of pages: our files, no inline code."""
    own = f"'self' {_origin(settings.STATIC_URL)}".rstrip()
    pictures = (
        _origin(app_settings.gravatar_url) if app_settings.enable_gravatar else ""
    )
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own}",
            f"style-src {own}",
            f"img-src {own} data: {pictures}".rstrip(),
            f"font-src {own}",
            "connect-src 'self'",
            "frame-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def _origin(url: str) -> str:
    """Return scheme and host of *url*; empty if it is a path of this site."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
