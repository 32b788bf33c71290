"""Listings of threads and mails: all, of a month or of a day, in five views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import MailingList
from hyperkitty.selectors import calendars, mails, threads
from hyperkitty.selectors.mails import MailOrder
from hyperkitty.selectors.periods import Period

from .paging import read_paging
from .responses import bad_request, page

LATEST_SIZE = 10
PERIOD_SIZE = 100
MAILS_SIZE = 100
TREES_SIZE = 25


class View(StrEnum):
    """Ways to look at the same mail; the names stand in URLs."""

    THREADS = "threads"
    TREE = "tree"
    DATE = "date"
    AUTHOR = "author"
    SUBJECT = "subject"


@require_safe
@with_mailing_list
def latest(request: ListRequest) -> HttpResponseBase:
    """Show all threads of a list, the most recently active first."""
    return _listing(request, "hyperkitty/latest.html", Period())


@require_safe
@with_mailing_list
def month(request: ListRequest, year: int, month: int) -> HttpResponseBase:
    """Show the threads that got mail in a month."""
    first = _day(year, month, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _listing(request, "hyperkitty/month.html", Period(first, following))


@require_safe
@with_mailing_list
def day(request: ListRequest, year: int, month: int, day: int) -> HttpResponseBase:
    """Show the threads that got mail on a day."""
    first = _day(year, month, day)
    following = first + timedelta(days=1)
    return _listing(request, "hyperkitty/day.html", Period(first, following))


def _listing(request: ListRequest, template: str, period: Period) -> HttpResponseBase:
    name = request.GET.get("view", View.THREADS)
    if name not in list(View):
        return bad_request(request, _("Wrong view parameter"))
    view, mlist = View(name), request.mlist

    def build() -> Mapping[str, Any]:
        context = _BUILDERS[view](request, period, view)
        here = "latest" if period.first is None else ""
        return context | {"view": view, "here": here} | _surroundings(mlist, period)

    return page(request, template, build, version=(mlist.revision,), mlist=mlist)


def _threads(request: ListRequest, period: Period, view: View) -> dict[str, Any]:
    """Return the context of a listing of threads, or of their trees."""
    mlist = request.mlist
    size = LATEST_SIZE if period.first is None else PERIOD_SIZE
    if view == View.TREE:
        size = TREES_SIZE
    if period.first is None:
        paging = read_paging(request, total=mlist.threads_count, size=size)
        rows = threads.latest_threads(mlist, paging.offset, paging.size)
    else:
        total = threads.threads_count_in(mlist, period)
        paging = read_paging(request, total=total, size=size)
        rows = threads.threads_in(mlist, period, paging.offset, paging.size)
    context = {"rows": rows, "paging": paging}
    if view == View.TREE:
        context["trees"] = mails.trees([row.thread for row in rows], period)
    return context


def _mails(request: ListRequest, period: Period, view: View) -> dict[str, Any]:
    """Return the context of a flat listing of mails."""
    total = mails.mails_count(request.mlist, period)
    paging = read_paging(request, total=total, size=MAILS_SIZE)
    emails = mails.mails_on_page(
        request.mlist,
        period,
        MailOrder(view.value),
        offset=paging.offset,
        size=paging.size,
    )
    return {"emails": emails, "paging": paging}


_BUILDERS: dict[View, Callable[[ListRequest, Period, View], dict[str, Any]]] = {
    View.THREADS: _threads,
    View.TREE: _threads,
    View.DATE: _mails,
    View.AUTHOR: _mails,
    View.SUBJECT: _mails,
}


def _surroundings(mlist: MailingList, period: Period) -> dict[str, Any]:
    """Return what stands around the listing of a period."""
    if period.first is None or period.end is None:
        return {}
    before, after = calendars.month_neighbors(mlist, period.first, period.end)
    return {
        "first": period.first,
        "following": period.end,
        "file_name": f"{mlist.name}-{period.first:%Y-%m}",
        "before": before,
        "after": after,
        "mails_count": mails.mails_count(mlist, period),
        "participants_count": mails.participants_count(mlist, period),
    }


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Http404(_("There is no such day.")) from None
    if not 1970 <= year <= 9000:
        raise Http404(_("There is no such day."))
    return found
