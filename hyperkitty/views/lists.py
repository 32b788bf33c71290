"""The index of lists, and finding one by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import index_settings
from hyperkitty.mailman import web_hosts
from hyperkitty.models import MailingList
from hyperkitty.selectors import lists

from .paging import read_paging
from .responses import bad_request, page, secured

PAGE_SIZE = 50
SUGGESTIONS = 20
MAX_TEXT = 255


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the lists that the reader may see."""
    name = _text(request, "name")
    asked = "name" if name else request.GET.get("sort", "popular")
    if asked not in list(lists.ListSort):
        return bad_request(request, _("Wrong sort mode parameter"))
    today = timezone.now().astimezone(UTC).date()
    found = _of_this_host(request, permissions.listed_lists(request.user))
    if name:
        found = lists.matching_lists(found, name)
        hits = list(found[:2])
        if len(hits) == 1:
            return redirect(hits[0])
    wish = _wish(request, lists.ListSort(asked), name)
    found = _wished(found, wish, today)

    def build() -> Mapping[str, Any]:
        domains = lists.mail_domains(found)
        by_domain = wish["group"] == "domain" and len(domains) > 1
        paging = read_paging(request, total=found.count(), size=PAGE_SIZE)
        rows = lists.sorted_lists(found, wish["sort"], by_domain=by_domain)
        rows = rows[paging.offset : paging.offset + paging.size]
        entries = lists.with_activity(rows, today)
        shown = {"entries": entries, "paging": paging, "domains": domains}
        return wish | shown | {"by_domain": by_domain}

    version = (*lists.lists_version(found), today, request.get_host())
    return page(request, "hyperkitty/index.html", build, version=version)


@require_safe
def suggest(request: HttpRequest) -> HttpResponseBase:
    """Answer a few lists whose address or name holds `term`, as JSON."""
    term = _text(request, "term")
    found = permissions.public_lists()
    if request.user.is_superuser:
        found = permissions.listed_lists(request.user)
    rows = lists.matching_lists(found, term).order_by("name") if term else found.none()
    answer = [{"value": row.name, "label": row.title} for row in rows[:SUGGESTIONS]]
    return secured(JsonResponse(answer, safe=False), private=True)


def _of_this_host(
    request: HttpRequest, found: QuerySet[MailingList]
) -> QuerySet[MailingList]:
    """Keep the lists whose archives are on the host that is asked, if a site wants."""
    if not index_settings.filter_vhost:
        return found
    hosts = {request.get_host().lower(), split_domain_port(request.get_host())[0]}
    domains = lists.mail_domains(found)
    here = [domain for domain in domains if web_hosts.web_host(domain) in hosts]
    return lists.in_domains(found, here)


def _wish(request: HttpRequest, sort: lists.ListSort, name: str) -> dict[str, Any]:
    """Return what the reader wants to see of the index; strange words count as none."""
    quiet = request.GET.get("quiet", "")
    hidden = quiet == "hide" or (index_settings.hides_quiet_lists and quiet != "show")
    return {
        "sort": sort,
        "name": name,
        "filter": _text(request, "filter"),
        "hides_quiet": hidden,
        "hides_private": request.GET.get("private") == "hide",
        "group": request.GET.get("group", ""),
    }


def _wished(
    found: QuerySet[MailingList], wish: Mapping[str, Any], today: date
) -> QuerySet[MailingList]:
    if wish["filter"]:
        found = lists.matching_lists(found, wish["filter"])
    if wish["hides_quiet"] and not wish["name"]:
        found = lists.without_quiet(found, today)
    if wish["hides_private"]:
        found = found.filter(pk__in=permissions.public_lists().values("pk"))
    return found


def _text(request: HttpRequest, name: str) -> str:
    """Return a parameter that a database can look for."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:MAX_TEXT]
