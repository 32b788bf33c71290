"""The bulk offer: what lists there are, the months of one, and their mbox files.

For crawlers and researchers: whoever takes these files need not read pages. They can
be fetched in pieces, and again only when they changed.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, with_mailing_list_for_machines
from hyperkitty.models import MailingList
from hyperkitty.selectors.bulk import (
    BulkMonth,
    bulk_months,
    emails_of,
)
from hyperkitty.selectors.lists import lists_version
from hyperkitty.selectors.mbox import gzipped, mbox_pieces

from .responses import disposition, document, sandboxed

_JSON = "application/json"
_GZIP = "application/gzip"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@require_safe
def lists(request: HttpRequest) -> HttpResponseBase:
    """Name the lists that are offered in bulk."""
    found = permissions.public_lists().order_by("name")

    def build() -> bytes:
        rows = [
            _about(request, mlist)
            for mlist in found
            if permissions.is_offered_in_bulk(mlist)
        ]
        return _json({"lists": rows})

    return document(request, build, _JSON, version=lists_version(found))


@require_safe
@with_mailing_list_for_machines
def manifest(request: ListRequest) -> HttpResponseBase:
    """Say what files there are of a list: name, mails, size, digest, last change.

    Size and digest of a file that has just changed are null until the worker has
    reckoned them; the file can be had all the same.
    """
    mlist = _offered(request)

    def build() -> bytes:
        files = [_file(request, mlist, month) for month in bulk_months(mlist)]
        return _json({**_about(request, mlist), "format": "mboxrd", "files": files})

    # What the worker has reckoned shows, too.
    reckoned = mlist.bulk_files.order_by("-made_at").values_list("made_at", flat=True)
    version = (mlist.revision, zlib.ZLIB_RUNTIME_VERSION, reckoned.first())
    return document(request, build, _JSON, version=version, mlist=mlist)


@require_safe
@with_mailing_list_for_machines
def month_file(request: ListRequest, year: int, month: int) -> HttpResponseBase:
    """Send the mails of a month, or a part of that file (RFC 9110, section 14)."""
    mlist = _offered(request)
    try:
        months = bulk_months(mlist, date(year, month, 1))
    except ValueError:
        months = []
    if not months:
        raise Http404(_("There is no mail of that month."))
    (found,) = months
    tag = _tag(mlist, found)
    response: HttpResponseBase | None = get_conditional_response(request, etag=tag)
    if response is None:
        response = _bytes(request, mlist, found, tag)
    response["ETag"] = tag
    return sandboxed(response, mlist, max_age=0)


def _offered(request: ListRequest) -> MailingList:
    if not permissions.is_offered_in_bulk(request.mlist):
        raise Http404(_("This list is not offered in bulk."))
    return request.mlist


def _tag(mlist: MailingList, month: BulkMonth) -> str:
    facts = f"{mlist.pk} {month.first_day} {month.state}"
    return f'"{blake2b(facts.encode(), digest_size=16).hexdigest()}"'


def _bytes(
    request: ListRequest, mlist: MailingList, month: BulkMonth, tag: str
) -> HttpResponseBase:
    """Stream the file; in parts only while its size is known, lest the parts differ."""
    pieces = gzipped(mbox_pieces(emails_of(mlist, month.first_day)))
    if month.file is None:
        response: HttpResponseBase = StreamingHttpResponse(pieces, content_type=_GZIP)
        response["Accept-Ranges"] = "none"
    else:
        size = month.file.size
        asked = _asked_range(request, size, tag)
        if asked is not None and asked.start >= size:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
            return response
        part = asked or range(size)
        response = StreamingHttpResponse(
            _cut(pieces, part, size), content_type=_GZIP, status=206 if asked else 200
        )
        response["Accept-Ranges"] = "bytes"
        response["Content-Length"] = str(len(part))
        if asked:
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Content-Disposition"] = disposition(f"{mlist.name}-{month.name}")
    return response


def _asked_range(request: HttpRequest, size: int, tag: str) -> range | None:
    """Return the one range that is asked for; None for the whole file.

    Several ranges, and what cannot be understood, mean the whole, as RFC 9110 allows.
    One that begins behind the end is returned as it is.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size) if last and int(last) else None
    stop = min(int(last) + 1, size) if last else size
    start = int(first)
    return range(start, stop) if start < stop or start >= size else None


def _cut(pieces: Iterator[bytes], part: range, size: int) -> Iterator[bytes]:
    """Yield the bytes of *part*; the file that is made anew for it must have *size*.

    Raises ValueError where it has not, so that the connection breaks and the reader
    asks again: mails may have gone since the answer began.
    """
    place = 0
    for piece in pieces:
        if part.start < place + len(piece) and place < part.stop:
            yield piece[max(part.start - place, 0) : part.stop - place]
        place += len(piece)
        if place > size:
            break
        if place >= part.stop and part.stop < size:
            return
    if place != size:
        raise ValueError("The file changed while it was sent.")


def _about(request: HttpRequest, mlist: MailingList) -> dict[str, Any]:
    args = [mlist.name]
    return {
        "list": mlist.name,
        "list_id": mlist.list_id,
        "title": mlist.title,
        "count": mlist.emails_count,
        "changed_at": mlist.changed_at.isoformat(),
        "url": _absolute(request, mlist.get_absolute_url()),
        "manifest": _absolute(request, reverse("hk_list_bulk", args=args)),
    }


def _file(request: HttpRequest, mlist: MailingList, month: BulkMonth) -> dict[str, Any]:
    day = month.first_day
    args = [mlist.name, f"{day:%Y}", f"{day:%m}"]
    return {
        "name": month.name,
        "url": _absolute(request, reverse("hk_list_bulk_file", args=args)),
        "count": month.emails_count,
        "size": month.file.size if month.file else None,
        "sha256": month.file.sha256 if month.file else None,
        "changed_at": month.changed_at.isoformat(),
    }


def _json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


def _absolute(request: HttpRequest, path: str) -> str:
    return request.build_absolute_uri(path)
