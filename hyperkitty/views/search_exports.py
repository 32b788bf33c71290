"""What was found, to take away: as a feed of what is new, and as a file."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.models import Email
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.search.values import IndexState, Sort
from hyperkitty.selectors import search as selectors
from hyperkitty.selectors.feeds import newest

from .downloads import mbox_stream
from .feed_formats import FeedFormat, FeedHead, content_type, write_feed
from .feeds import feed_entry
from .responses import bad_request, document, secured
from .search import MBOX_SIZE, list_in_query, read_search, resolved
from .search_links import SORTS, Search
from .search_notes import index_note

#: Seconds after which it is worth asking again while the index is being built.
RETRY_AFTER = 300
_EPOCH = datetime.fromtimestamp(0, UTC)


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Send the newest mails that a search finds, as Atom: a standing search."""
    mlist = list_in_query(request, is_machine=True)
    if isinstance(mlist, HttpResponseBase):
        return mlist
    search = read_search(request, mlist)
    pks, state = _found(request, search, Sort.NEWEST, app_settings.mlist_feed_length)
    if state is not IndexState.READY:
        return _later(state)
    readable = permissions.readable_lists(request.user)
    emails = newest(Email.objects.filter(pk__in=pks, mlist__in=readable), len(pks))
    changed_at = max((email.changed_at for email in emails), default=_EPOCH)

    def build() -> bytes:
        head = FeedHead(
            title=_("Search: %(query)s") % {"query": mask_addresses(search.text)},
            description="",
            page_url=request.build_absolute_uri(search.url()),
            feed_url=request.build_absolute_uri(),
            changed_at=changed_at,
        )
        entries = [feed_entry(request, email) for email in emails]
        return write_feed(FeedFormat.ATOM, head, entries)

    version = tuple((e.pk, e.revision, e.mlist.name, e.mlist.title) for e in emails)
    kind = content_type(FeedFormat.ATOM)
    # No Last-Modified: a mail that left makes the feed older.
    return document(request, build, kind, version=version, mlist=mlist)


@require_safe
def mbox(request: HttpRequest) -> HttpResponseBase:
    """Stream the first mails that a search finds, by date, as a compressed mboxrd."""
    mlist = list_in_query(request, is_machine=True)
    if isinstance(mlist, HttpResponseBase):
        return mlist
    if not app_settings.mbox_export:
        return bad_request(request, _("Archive download disabled."))
    lists = permissions.raw_lists(request.user)
    if mlist is not None:
        lists = lists.filter(pk=mlist.pk)
    if not lists.exists():
        raise PermissionDenied(_("Original messages are not open to everyone here."))
    search = read_search(request, mlist)
    pks, state = _found(request, search, SORTS[search.sort], MBOX_SIZE)
    if state is not IndexState.READY:
        return _later(state)
    emails = Email.objects.visible().filter(pk__in=pks, mlist__in=lists)
    return secured(mbox_stream(emails, "search.mbox.gz"), private=True)


def _found(
    request: HttpRequest, search: Search, sort: Sort, limit: int
) -> tuple[list[int], IndexState]:
    readable = permissions.readable_lists(request.user)
    scope = selectors.scope_of(readable, search.mlist)
    query = resolved(request, search, scope)
    if query.root is None and not query.reader_filters:
        return [], IndexState.READY
    return selectors.best_ids(query, scope, sort, request.user, limit)


def _later(state: IndexState) -> HttpResponseBase:
    """Answer 503, so that no program takes it for an empty result."""
    response = HttpResponse(index_note(state), status=503, content_type="text/plain")
    response["Retry-After"] = str(RETRY_AFTER)
    return secured(response, private=True)
