"""What robots read at the root of a host: sitemap.xml, its parts, and robots.txt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import StringIO
from itertools import islice
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.feedgenerator import rfc3339_date
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, with_mailing_list_for_machines
from hyperkitty.models import ArchivePolicy, MailingList
from hyperkitty.selectors import sitemaps
from hyperkitty.selectors.lists import lists_version

from .responses import document

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML = "application/xml; charset=utf-8"
_DAY = 24 * 3600
#: A path, and when it changed, if that is known.
Entry = tuple[str, datetime | None]


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Name the files that the sitemap consists of."""
    lists = permissions.public_lists()

    def build() -> bytes:
        files = (_file(part) for part in sitemaps.parts(lists))
        return _xml(request, "sitemapindex", "sitemap", files)

    return document(request, build, _XML, version=lists_version(lists))


@require_safe
@with_mailing_list_for_machines
def of_list(request: ListRequest) -> HttpResponseBase:
    """Tell of a list and its threads; of a large one's threads by month."""
    mlist = _advertised(request)

    def build() -> bytes:
        here: list[Entry] = [(mlist.get_absolute_url(), mlist.changed_at)]
        threads = () if sitemaps.is_large(mlist) else sitemaps.threads_of(mlist)
        entries = (*here, *_threads(mlist.name, threads))
        return _xml(request, "urlset", "url", entries)

    return document(request, build, _XML, version=(mlist.revision,), mlist=mlist)


@require_safe
@with_mailing_list_for_machines
def of_month(request: ListRequest, year: str, month: str) -> HttpResponseBase:
    """Tell of a month of a large list, and of the threads that began in it."""
    mlist = _advertised(request)
    try:
        first = date(int(year), int(month), 1)
        sitemaps.following(first)
    except ValueError:
        raise Http404(_("There is no such month.")) from None

    def build() -> bytes:
        args = [mlist.name, first.year, first.month]
        here: list[Entry] = [(reverse("hk_archives_with_month", args=args), None)]
        entries = (*here, *_threads(mlist.name, sitemaps.threads_of(mlist, first)))
        return _xml(request, "urlset", "url", entries)

    version = (mlist.name, *sitemaps.version(mlist, first))
    return document(request, build, _XML, version=version, mlist=mlist)


@require_safe
def robots(request: HttpRequest) -> HttpResponseBase:
    """Tell robots what to leave alone, where the sitemap is and how to get all at once.

    Pages that show again what another page shows say so themselves; here stand those
    that cost much and those that no robot can use.
    """
    root = reverse("hk_root")
    lines = [
        "# To have whole lists, fetch their months as mbox files instead of pages:",
        f"# {request.build_absolute_uri(reverse('hk_bulk'))}",
        "",
        "User-agent: *",
        *(f"Disallow: {path}" for path in _closed(root)),
        "",
        f"Sitemap: {request.build_absolute_uri(reverse('hk_sitemap'))}",
    ]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
    response["Cache-Control"] = f"public, max-age={_DAY}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _closed(root: str) -> Iterator[str]:
    yield f"{root}search"
    yield f"{root}find-list"
    yield f"{root}api/"
    for path in ("export/", "message/*/raw", "message/*/reply", "message/new"):
        yield f"{root}list/*/{path}"
    for parameter in ("sort", "view", "count", "headers", "part"):
        yield f"{root}*?*{parameter}="
    yield f"{root}*?headers"
    yield resolve_url(settings.LOGIN_URL)


def _advertised(request: ListRequest) -> MailingList:
    """Return the list, if everybody is told of it; else raise Http404."""
    mlist = request.mlist
    if mlist.is_private or mlist.archive_policy == ArchivePolicy.NEVER:
        raise Http404(_("Search engines are not told of this list."))
    return mlist


def _file(part: sitemaps.Part) -> Entry:
    if part.month is None:
        return reverse("hk_sitemap_list", args=[part.name]), part.changed_at
    when = f"{part.month:%Y}", f"{part.month:%m}"
    return reverse("hk_sitemap_month", args=[part.name, *when]), part.changed_at


def _threads(name: str, rows: Iterable[tuple[str, datetime]]) -> Iterator[Entry]:
    """Yield the pages of threads; their path is put together once."""
    before, after = reverse("hk_thread", args=[name, "X"]).rsplit("X", 1)
    for thread_id, changed_at in rows:
        yield f"{before}{thread_id}{after}", changed_at


def _xml(request: HttpRequest, root: str, kind: str, entries: Iterable[Entry]) -> bytes:
    """Write a file of the sitemap protocol."""
    text = StringIO()
    xml = SimplerXMLGenerator(text, "utf-8")
    host = request.build_absolute_uri("/").rstrip("/")
    nothing: AttributesImpl[str] = AttributesImpl({})
    xml.startDocument()
    xml.startElement(root, AttributesImpl({"xmlns": _NAMESPACE}))
    for path, changed_at in islice(entries, sitemaps.MAX_ENTRIES):
        xml.startElement(kind, nothing)
        xml.addQuickElement("loc", f"{host}{path}")
        if changed_at is not None:
            xml.addQuickElement("lastmod", rfc3339_date(changed_at))
        xml.endElement(kind)
    xml.endElement(root)
    return text.getvalue().encode()
