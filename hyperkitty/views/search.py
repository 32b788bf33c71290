"""Searching: the page of results and what it needs, and the page that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import admit
from hyperkitty.models import Email, MailingList
from hyperkitty.search.parsing import MAX_LENGTH, parse
from hyperkitty.search.query import Exact, Query
from hyperkitty.search.suggesting import correct
from hyperkitty.search.values import IndexState
from hyperkitty.search.writing import serialize
from hyperkitty.selectors import search as selectors
from hyperkitty.selectors.old_links import resolve_old_url
from hyperkitty.selectors.search import Scope, Window

from .paging import read_paging
from .responses import live_page, secured
from .search_hits import HitWriter, ShownThread
from .search_links import SORTS, Link, Search
from .search_notes import index_note, notes_of

PAGE_SIZE = 15
#: Hits of one thread that are shown; a link leads to the others.
HITS_OF_THREAD = 2
#: Mails of the file that can be downloaded.
MBOX_SIZE = 1_000
#: With so few hits, other spellings are tried.
FEW = 3
YEARS = 12
#: Characters of the part that a box in a thread adds.
MAX_PART = 300
ANY_NUMBER = 10**9


@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """Show what was found, grouped by thread; or the way to a mail that was named."""
    mlist = list_in_query(request)
    if isinstance(mlist, HttpResponseBase):
        return mlist
    text = request.GET.get("q", "")[: MAX_LENGTH + 1]
    if within := request.GET.get("within"):
        return _within(request, text, within)
    readable = permissions.readable_lists(request.user)
    if (place := resolve_old_url(text, readable)) is not None:
        return secured(HttpResponseRedirect(place), private=True)
    search = read_search(request, mlist)
    context: dict[str, Any] = {"search": search, "q": text, "no_index": True}
    context["is_search_page"] = True
    if search.query.root is None and not search.query.reader_filters:
        context |= {"notes": notes_of(search.query), "is_empty": True}
    else:
        context |= _found(request, search, selectors.scope_of(readable, mlist))
        raw = permissions.raw_lists(request.user)
        context["downloads"] = app_settings.mbox_export and raw.exists()
    return live_page(request, "hyperkitty/search/results.html", context, mlist=mlist)


@require_safe
def language(request: HttpRequest) -> HttpResponseBase:
    """Explain what can be typed into the box."""
    return live_page(request, "hyperkitty/search/language.html", {})


def list_in_query(
    request: HttpRequest, *, is_machine: bool = False
) -> MailingList | HttpResponseBase | None:
    """Return the list that ``mlist`` names, or what its gate answers; None for all."""
    name = request.GET.get("mlist", "").replace("\x00", "")
    return admit(request, name, is_machine=is_machine) if name else None


def read_search(request: HttpRequest, mlist: MailingList | None) -> Search:
    """Return the search that the URL asks for."""
    sort = request.GET.get("sort", "score")
    return Search(
        query=parse(request.GET.get("q", "")[: MAX_LENGTH + 1]),
        sort=sort if sort in SORTS else "score",
        mlist=mlist,
        is_masked=not permissions.sees_addresses(request.user),
    )


def resolved(request: HttpRequest, search: Search, scope: Scope) -> Query:
    """Return the query with what only the database knows put into it."""
    mine = permissions.verified_addresses(request.user)
    return selectors.resolved(search.query, scope, mine)


def _within(request: HttpRequest, text: str, part: str) -> HttpResponseBase:
    """Lead to the search that a box in a thread, or beside a name, asks for."""
    is_masked = not permissions.sees_addresses(request.user)
    pairs = {
        "q": f"{serialize(parse(text), masked=is_masked)} {part[:MAX_PART]}".strip(),
        "mlist": request.GET.get("mlist", ""),
    }
    query = urlencode({name: value for name, value in pairs.items() if value})
    place = HttpResponseRedirect(f"{reverse('hk_search')}?{query}")
    return secured(place, private=True)


def _found(request: HttpRequest, search: Search, scope: Scope) -> Mapping[str, Any]:
    query = resolved(request, search, scope)
    window = selectors.window(query, scope, SORTS[search.sort], request.user)
    threads = window.threads
    asked = read_paging(request, total=ANY_NUMBER, size=PAGE_SIZE)
    grouped = -(-len(threads) // asked.size) * asked.size
    total = grouped + window.beyond if window.beyond else len(threads)
    paging = replace(asked, total=total)
    if paging.number > paging.last:
        raise Http404(_("There is no such page; the listing is shorter."))
    writer = HitWriter(search.query, is_masked=search.is_masked)
    is_flat = paging.offset >= grouped > 0
    if is_flat:
        offset = selectors.WINDOW + paging.offset - grouped
        sort = SORTS[search.sort]
        pks = selectors.beyond_window(query, scope, sort, offset, paging.size)
        rows = [writer.thread([email]) for email in selectors.hits(pks, scope)]
    else:
        shown = list(threads.items())[paging.offset : paging.offset + paging.size]
        rows = _grouped(search, scope, writer, dict(shown))
    return {
        "rows": rows,
        "paging": paging,
        "is_flat": is_flat,
        "window": window,
        "window_size": selectors.WINDOW,
        "mbox_size": MBOX_SIZE,
        "filtered_size": selectors.FILTERED,
        "notes": [*notes_of(search.query), *_reader_notes(request, search)],
        "index_note": index_note(window.found.state),
        "correction": _correction(request, search, scope, window),
        **_facets(search, scope, window),
    }


def _grouped(
    search: Search, scope: Scope, writer: HitWriter, threads: Mapping[int, list[int]]
) -> list[ShownThread]:
    best = {pk: pks[:HITS_OF_THREAD] for pk, pks in threads.items()}
    emails: dict[int, list[Email]] = {}
    for email in selectors.hits(chain.from_iterable(best.values()), scope):
        emails.setdefault(email.thread_id, []).append(email)
    rows = []
    for pk, found in emails.items():
        more = len(threads.get(pk, ())) - len(best.get(pk, ()))
        part = Exact("thread", found[0].thread.thread_id)
        rows.append(writer.thread(found, more, search.narrowed(part) if more else ""))
    return rows


def _facets(search: Search, scope: Scope, window: Window) -> Mapping[str, Any]:
    """Return what narrows the search; what leaves all hits as they are is left out."""
    facets = window.found.facets
    if facets is None or not window.count:
        return {}
    lists = selectors.list_facet(facets, scope) if scope.mlist is None else []
    authors = selectors.author_facet(facets, window.rows)
    years = search.years(facets.months)
    marks = {"attachment": _("With attachments"), "patch": _("With a patch")}
    return {
        "bars": search.bars(facets.months),
        "lists": [
            Link(mlist.title, search.in_list(mlist), count) for mlist, count in lists
        ],
        "authors": [
            (author, search.by(author.address, author.name)) for author in authors
        ],
        "years": years[:YEARS] if len(years) > 1 else [],
        "marks": [
            Link(label, search.narrowed(Exact("has", mark)), facets.marks[mark])
            for mark, label in marks.items()
            if 0 < facets.marks.get(mark, 0) < window.found.count
        ],
    }


def _correction(
    request: HttpRequest, search: Search, scope: Scope, window: Window
) -> Search | None:
    """Return the search in another spelling, if little was found and it finds more."""
    if window.count > FEW or window.found.state is not IndexState.READY:
        return None
    query = correct(search.query, list_ids=scope.list_ids)
    if query is None:
        return None
    better = replace(search, query=query)
    found = selectors.count(resolved(request, better, scope), scope)
    return better if found > window.found.count else None


def _reader_notes(request: HttpRequest, search: Search) -> list[str]:
    if search.query.reader_filters and not request.user.is_authenticated:
        return [_("Sign in to search for what you have not read, or wrote yourself.")]
    return []
