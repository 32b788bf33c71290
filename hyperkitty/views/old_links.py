"""Redirects from the addresses that archives had before this one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from urllib.parse import quote

from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, absent, with_mailing_list
from hyperkitty.models import MailingList
from hyperkitty.selectors.mbox import emails_to_export
from hyperkitty.selectors.old_links import (
    list_of_old_name,
    old_place,
    path_of_period,
)
from hyperkitty.selectors.old_pages import OldFile, Period, read_old_page, read_period

from .downloads import mbox_file


@require_safe
def all_lists(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Lead from a former index of lists to ours."""
    return _to(request, reverse("hk_root"))


@require_safe
def under_list(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Lead from ``lists/`` to ``list/``."""
    there = f"{reverse('hk_root')}list/{quote(path, safe='/@')}"
    return _to(request, there, keep_query=True)


@require_safe
def pipermail(request: HttpRequest, name: str, path: str = "") -> HttpResponseBase:
    """Lead from a page of Pipermail or MHonArc to what it showed; send its downloads.

    *name* is the local part of the list's address, or all of it.
    """
    host = request.get_host().partition(":")[0]
    readable = permissions.readable_lists(request.user)
    mlist = list_of_old_name(name, readable, host)
    if mlist is None:
        return absent(request)
    page = read_old_page(path)
    if page is None:
        raise Http404(_("There is no such page."))
    if page.file and page.period:
        return _download(request, mlist, page.period, page.file)
    place = old_place(mlist, page)
    if place is None:
        raise Http404(_("Nobody recorded which message had this number."))
    return _to(request, place)


@require_safe
def list_info(request: HttpRequest, name: str) -> HttpResponseBase:
    """Lead from Mailman 2's page about a list to its overview."""
    return pipermail(request, name)


@require_safe
@with_mailing_list
def volume(request: ListRequest, volume: str) -> HttpResponseBase:
    """Lead from a month with an English name to the month."""
    period = read_period(volume)
    if period is None:
        raise Http404(_("There is no such month."))
    return _to(request, path_of_period(request.mlist, period))


def _download(
    request: HttpRequest, mlist: MailingList, period: Period, file: OldFile
) -> HttpResponseBase:
    emails = emails_to_export(
        mlist, start=_midnight(period.start), end=_midnight(period.end)
    )
    return mbox_file(request, mlist, emails, f"{mlist.name}-{period.start}.{file}")


def _to(
    request: HttpRequest, path: str, *, keep_query: bool = False
) -> HttpResponseBase:
    """Redirect; where to may depend on who asks."""
    query = request.META.get("QUERY_STRING", "") if keep_query else ""
    response = HttpResponseRedirect(f"{path}?{query}" if query else path)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
