"""The overview of a list: what it is, what was said lately, its calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import GatedView, ListRequest, with_mailing_list
from hyperkitty.gates import with_mailing_list_for_machines as for_machines
from hyperkitty.models import Email, MailingList
from hyperkitty.posting.people import membership_of
from hyperkitty.selectors import calendars, mails, people, threads
from hyperkitty.selectors.highlights import OWN, Highlight, highlighted
from hyperkitty.selectors.periods import RECENT, Period, busy_period
from hyperkitty.selectors.posts import new_threads
from hyperkitty.selectors.threads import ThreadRow

from .responses import bad_request, page, secured

SHOWN = 10
FRAGMENT = 20
POSTERS = 5


@require_safe
@with_mailing_list
def overview(request: ListRequest) -> HttpResponseBase:
    """Show what a list is, threads that deserve a look, and its calendar."""
    mlist = request.mlist
    asked = request.GET.get("show", Highlight.RECENT)
    if asked not in list(Highlight):
        return bad_request(request, _("Wrong show parameter"))

    def build() -> Mapping[str, Any]:
        period = busy_period(mlist)
        return {
            "here": "overview",
            "my_posts": new_threads(request.user, mlist),
            "moderates": permissions.moderates(request.user, mlist),
            "membership": membership_of(request.user, mlist),
            "show": asked,
            "rows": _rows(request, Highlight(asked), SHOWN),
            "years": calendars.calendar(mlist),
            "days": calendars.days(mlist, period),
            "period": period,
            "posters": _posters(mlist, period),
            "participants_count": mails.participants_count(mlist, period),
            "recent_count": threads.threads_count_in(mlist, period),
        }

    version = (mlist.revision,)
    template = "hyperkitty/overview.html"
    return page(request, template, build, version=version, mlist=mlist)


def _fragment(kind: Highlight) -> GatedView:
    """Return the view of the threads of one kind, as a piece of a page."""

    @require_safe
    @for_machines
    def fragment(request: ListRequest) -> HttpResponseBase:
        def build() -> Mapping[str, Any]:
            return {"rows": _rows(request, kind, FRAGMENT), "show": kind.value}

        version = (request.mlist.revision, kind.value)
        template = "hyperkitty/fragments/threads.html"
        return page(request, template, build, version=version, mlist=request.mlist)

    return fragment


recent_threads = _fragment(Highlight.RECENT)
top_threads = _fragment(Highlight.DISCUSSED)
popular_threads = _fragment(Highlight.LIKED)
favorites = _fragment(Highlight.FAVORITES)
posted_to = _fragment(Highlight.POSTED)


@require_safe
@for_machines
def top_posters(request: ListRequest) -> HttpResponseBase:
    """Show who wrote most lately, as a piece of a page."""
    mlist = request.mlist

    def build() -> Mapping[str, Any]:
        return {"posters": _posters(mlist, busy_period(mlist))}

    version = (mlist.revision,)
    template = "hyperkitty/fragments/posters.html"
    return page(request, template, build, version=version, mlist=mlist)


@require_safe
@for_machines
def recent_activity(request: ListRequest) -> HttpResponseBase:
    """Answer the mails of each of the last 32 days, as JSON."""
    today = timezone.now().astimezone(UTC).date()
    period = Period(today - RECENT + timedelta(days=1), today + timedelta(days=1))
    days = calendars.days(request.mlist, period)
    evolution = [{"date": day.isoformat(), "count": count} for day, count in days]
    return secured(JsonResponse({"evolution": evolution}), private=True)


def _rows(request: ListRequest, kind: Highlight, limit: int) -> list[ThreadRow]:
    addresses: frozenset[str] = frozenset()
    if kind in OWN:
        addresses = permissions.verified_addresses(request.user)
    return highlighted(
        request.mlist, kind, limit, reader=request.user, addresses=addresses
    )


def _posters(mlist: MailingList, period: Period) -> list[people.Writer]:
    emails = Email.objects.visible().filter(mlist=mlist)
    return people.writers(emails, period, POSTERS)
