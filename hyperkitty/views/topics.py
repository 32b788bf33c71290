"""Tags and categories over all lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.selectors import lists, topics
from hyperkitty.selectors.slices import ids_on_page
from hyperkitty.selectors.threads import rows_of

from .paging import read_paging
from .responses import page

PAGE_SIZE = 25
MAX_NAME = 100


@require_safe
def tags(request: HttpRequest) -> HttpResponseBase:
    """Show all tags, or the threads that have one."""
    name = request.GET.get("tag", "").replace("\x00", "").strip()[:MAX_NAME]
    readable = permissions.readable_lists(request.user)

    def build() -> Mapping[str, Any]:
        if not name:
            return {"tags": topics.tags_in(readable)}
        found = topics.threads_tagged(readable, name)
        total = found.count()
        if not total:
            raise Http404(_("No thread that you may read has this tag."))
        paging = read_paging(request, total=total, size=PAGE_SIZE)
        ids = ids_on_page(found, paging.offset, paging.size, total)
        return {"tag": name, "rows": rows_of(None, ids), "paging": paging}

    version = lists.lists_version(readable)
    return page(request, "hyperkitty/tags.html", build, version=version)


@require_safe
def categories(request: HttpRequest) -> HttpResponseBase:
    """Show the kinds of threads that the site knows, or the threads of one."""
    name = request.GET.get("category", "").replace("\x00", "").strip()[:MAX_NAME]
    readable = permissions.readable_lists(request.user)
    known = topics.all_categories()

    def build() -> Mapping[str, Any]:
        if not name:
            return {"categories": topics.categories_in(readable, known)}
        category = next((one for one in known if one.name == name), None)
        found = topics.threads_in_category(readable, name)
        total = found.count()
        if category is None or not total:
            raise Http404(_("No thread that you may read is in this category."))
        paging = read_paging(request, total=total, size=PAGE_SIZE)
        ids = ids_on_page(found, paging.offset, paging.size, total)
        return {"category": category, "rows": rows_of(None, ids), "paging": paging}

    version = (
        *lists.lists_version(readable),
        *((one.name, one.color) for one in known),
    )
    return page(request, "hyperkitty/categories.html", build, version=version)
