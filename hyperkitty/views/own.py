"""The reader's own pages: posts, favorites, threads read, votes, lists, settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.models import MailingList, Profile
from hyperkitty.posting.people import full_name
from hyperkitty.selectors import own, people
from hyperkitty.selectors.mails import in_order
from hyperkitty.selectors.threads import rows_of
from hyperkitty.services.appearance import set_appearance

from .authors import author, for_authors
from .paging import Paging, read_paging

PAGE_SIZE = 10
THREADS_SIZE = 25


@require_safe
@for_authors
def posts(request: HttpRequest) -> HttpResponseBase:
    """Show what the reader wrote, the latest first."""
    emails = people.mails_of(_me(request), _readable(request))
    total = emails.count()
    paging = read_paging(request, total=total, size=PAGE_SIZE, prefix="lp")
    found = people.page_of(emails, paging.offset, paging.size, total)
    return _shown(request, "posts", {"emails": found, "paging": paging})


@require_safe
@for_authors
def favorites(request: HttpRequest) -> HttpResponseBase:
    """Show the threads that the reader marked, the most recently active first."""
    found = own.favorites_of(author(request), _readable(request))
    paging = read_paging(request, total=found.count(), size=THREADS_SIZE, prefix="fav")
    ids = found.values_list("thread_id", flat=True)[_slice(paging)]
    rows = rows_of(None, list(ids))
    return _shown(request, "favorites", {"rows": rows, "paging": paging})


@require_safe
@for_authors
def last_views(request: HttpRequest) -> HttpResponseBase:
    """Show the threads that the reader looked at, the latest first."""
    found = own.views_of(author(request), _readable(request))
    paging = read_paging(request, total=found.count(), size=THREADS_SIZE, prefix="lv")
    ids = found.values_list("thread_id", flat=True)[_slice(paging)]
    rows = rows_of(None, list(ids))
    return _shown(request, "last_views", {"rows": rows, "paging": paging})


@require_safe
@for_authors
def votes(request: HttpRequest) -> HttpResponseBase:
    """Show the mails that the reader liked or disliked, the latest vote first."""
    found = own.votes_of(author(request), _readable(request))
    paging = read_paging(request, total=found.count(), size=THREADS_SIZE, prefix="v")
    values = dict(found.values_list("email_id", "value")[_slice(paging)])
    voted = [(email, values[email.pk]) for email in in_order(list(values))]
    return _shown(request, "votes", {"voted": voted, "paging": paging})


@require_safe
@for_authors
def subscriptions(request: HttpRequest) -> HttpResponseBase:
    """Show the lists that the reader is on, or wrote to, and what came of it."""
    addresses = permissions.verified_addresses(request.user)
    found = own.memberships_of(
        people.senders_with(addresses),
        permissions.roles_of(addresses),
        _readable(request),
    )
    return _shown(request, "subscriptions", {"memberships": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
def settings(request: HttpRequest) -> HttpResponseBase:
    """Choose the name that one writes under, and the picture beside it."""
    user = author(request)
    if request.method == "POST":
        name = request.POST.get("display_name", "")
        set_appearance(user, name, is_drawn=request.POST.get("picture") == "drawn")
        messages.success(request, _("Saved."))
        return redirect("hk_user_settings")
    context = {
        "mine": Profile.objects.filter(user_id=user.pk).first(),
        "default_name": full_name(user),
        "email": getattr(user, "email", ""),
        "has_pictures": app_settings.enable_gravatar,
    }
    return _shown(request, "settings", context)


def _me(request: HttpRequest) -> people.Person:
    return people.senders_with(permissions.verified_addresses(request.user))


def _readable(request: HttpRequest) -> QuerySet[MailingList]:
    return permissions.readable_lists(request.user)


def _slice(paging: Paging) -> slice:
    return slice(paging.offset, paging.offset + paging.size)


def _shown(
    request: HttpRequest, name: str, context: dict[str, Any]
) -> HttpResponseBase:
    context |= {"here": name, "no_index": True}
    return render(request, f"hyperkitty/own/{name}.html", context)
