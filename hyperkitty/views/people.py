"""People: who they are on this site, and what they wrote to a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import admit
from hyperkitty.models import Email, MailingList
from hyperkitty.selectors import lists, people
from hyperkitty.selectors.people import Person
from hyperkitty.selectors.periods import RECENT, Period

from .paging import read_paging
from .responses import page

PAGE_SIZE = 50
SHOWN = 10
WRITERS = 50


@require_safe
def overview(request: HttpRequest) -> HttpResponseBase:
    """Show who wrote most lately, in all lists that the reader sees."""
    found = permissions.listed_lists(request.user)
    today = timezone.now().astimezone(UTC).date()

    def build() -> Mapping[str, Any]:
        emails = Email.objects.visible().filter(mlist__in=found)
        return {"writers": people.writers(emails, Period(today - RECENT), WRITERS)}

    version = (*lists.lists_version(found), today)
    return page(request, "hyperkitty/people/overview.html", build, version=version)


@require_safe
def profile(request: HttpRequest, handle: str) -> HttpResponseBase:
    """Show somebody as far as the reader may read what they wrote."""
    person = _find(handle)
    readable = permissions.readable_lists(request.user)
    emails = people.mails_of(person, readable)
    in_lists = people.in_lists(emails)
    if not in_lists:
        raise Http404(_nobody())
    if person.handle != handle:
        return redirect("hk_public_user_profile", person.handle)

    accounts = permissions.owners_of(one.address for one in person.senders)
    chosen = people.chosen_name(accounts.values())

    def build() -> Mapping[str, Any]:
        total = sum(found.emails_count for found in in_lists)
        return {
            "person": person,
            "name": chosen or people.name_of(emails),
            "in_lists": in_lists,
            "emails_count": total,
            "first": min(found.first for found in in_lists),
            "last": max(found.last for found in in_lists),
            "months": people.months_of(emails),
            "started": people.threads_started(person, readable)[:SHOWN],
            "emails": people.page_of(emails, 0, SHOWN, total),
            "likes": people.likes_of(emails),
        }

    version = (*lists.lists_version(readable), chosen)
    return page(request, "hyperkitty/people/profile.html", build, version=version)


@require_safe
def posts(request: HttpRequest, handle: str) -> HttpResponseBase:
    """Show what somebody wrote to a list, the oldest first."""
    name = request.GET.get("list", "")
    if not name:
        return redirect("hk_public_user_profile", handle)
    mlist = admit(request, name)
    if not isinstance(mlist, MailingList):
        return mlist
    person = _find(handle)
    emails = people.mails_of_in(person, mlist)
    total = emails.count()
    if not total:
        raise Http404(_nobody())
    paging = read_paging(request, total=total, size=PAGE_SIZE)

    def build() -> Mapping[str, Any]:
        found = people.page_of(emails, paging.offset, paging.size, total, oldest=True)
        return {
            "person": person,
            "name": people.name_of(emails),
            "emails": found,
            "paging": paging,
        }

    version = (mlist.revision,)
    template = "hyperkitty/people/posts.html"
    return page(request, template, build, version=version, mlist=mlist)


def _find(handle: str) -> Person:
    person = people.find_person(handle)
    if person is None:
        raise Http404(_nobody())
    return person


def _nobody() -> str:
    """Return the same for who is unknown and whom the reader may not know of."""
    return _("There is nobody here by that name whose messages you may read.")
