"""mbox files of a list, a period, a thread or a mail: the original bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import ListRequest, with_mailing_list_for_machines
from hyperkitty.models import Email, MailingList, Thread
from hyperkitty.selectors import conversations
from hyperkitty.selectors.mbox import emails_to_export, gzipped, mbox_pieces

from .responses import bad_request, disposition, etag, sandboxed

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@require_safe
@with_mailing_list_for_machines
def export_mbox(request: ListRequest, filename: str) -> HttpResponseBase:
    """Stream mails as a compressed mboxrd file; its name is the reader's choice.

    `start` (included) and `end` (not) are UTC days; `thread` and `message` are ids.
    """
    mlist = request.mlist
    try:
        start, end = (_date(request.GET.get(name)) for name in ("start", "end"))
    except ValueError:
        return bad_request(request, _("Invalid dates"))
    emails = emails_to_export(
        mlist,
        start=start,
        end=end,
        thread=_thread(request),
        email=_email(request),
    )
    return mbox_file(request, mlist, emails, f"{filename}.mbox.gz")


def mbox_file(
    request: HttpRequest, mlist: MailingList, emails: QuerySet[Email], filename: str
) -> HttpResponseBase:
    """Stream *emails*, compressed if *filename* says so, to those who may have them.

    Raises PermissionDenied for others.
    """
    if not app_settings.mbox_export:
        return bad_request(request, _("Archive download disabled."))
    if not permissions.can_read_raw(request.user, mlist):
        raise PermissionDenied(_("Original messages are not open to everyone here."))
    tag = etag(request, mlist.revision)
    response: HttpResponseBase | None = get_conditional_response(request, etag=tag)
    if response is None:
        response = mbox_stream(emails, filename)
    response["ETag"] = tag
    return sandboxed(response, mlist, max_age=0)


def mbox_stream(emails: QuerySet[Email], filename: str) -> HttpResponseBase:
    """Return *emails* as a file, compressed if *filename* says so."""
    is_packed = filename.endswith(".gz")
    mails = mbox_pieces(emails)
    response = StreamingHttpResponse(
        gzipped(mails) if is_packed else mails,
        content_type="application/gzip" if is_packed else "text/plain",
    )
    response["Content-Disposition"] = disposition(filename, inline=not is_packed)
    return response


def _date(text: str | None) -> datetime | None:
    """Return midnight UTC of a day; raise ValueError if *text* is none."""
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _thread(request: ListRequest) -> Thread | None:
    if "thread" not in request.GET:
        return None
    found = conversations.find_thread(request.mlist, _ascii(request.GET["thread"]))
    if found is None:
        raise Http404(_("There is no such thread in this list."))
    return found


def _email(request: ListRequest) -> Email | None:
    if "message" not in request.GET:
        return None
    found = conversations.find_email(request.mlist, _ascii(request.GET["message"]))
    if found is None:
        raise Http404(_("There is no such message in this list."))
    return found


def _ascii(text: str) -> str:
    """Return an id that the database can compare with its own; else one it lacks."""
    return text if text.isascii() and text.isalnum() else ""
