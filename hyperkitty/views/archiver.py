"""The endpoints that Mailman Core's archiver plugin calls.

mailman-hyperkitty asks for URLs while Core delivers a mail, before the mail is here,
and then brings it. It waits without a timeout. Whatever is not answered with 200 it
keeps and brings again before every later mail; so a mail is never refused for what it
is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps

from django.core.files.uploadedfile import UploadedFile
from django.db import Error, InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hyperkitty.ingest import Incoming, Outcome, archive, archive_prepared
from hyperkitty.ingest.prepare import prepare_by_headers
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mailman import web_hosts
from hyperkitty.models import MailingList, Source
from hyperkitty.services.arriving import keeps_mail, list_for_mail

from .archiver_door import refusal

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponseBase]

_ADDRESS = re.compile(r"[^@/\x00-\x20\x7f]{1,190}@[^@/\x00-\x20\x7f]{1,190}")


def for_archiver(view: View) -> View:
    """Open *view* to Mailman's archiver alone.

    No transaction is opened around it: the answer must come without the database.
    """

    @csrf_exempt
    @transaction.non_atomic_requests
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        return refusal(request) or view(request)

    return guarded


@for_archiver
@require_safe
def urls(request: HttpRequest) -> HttpResponseBase:
    """Answer the URL of a list, or of a mail that may come later.

    From the address and the Message-ID alone, without the database.
    """
    name = _list_name(request.GET.get("mlist", ""))
    if name is None:
        return _bad("mlist has to be the posting address of a list.")
    message_id = request.GET.get("msgid")
    if message_id is None:
        return JsonResponse({"url": _list_url(name)})
    return JsonResponse({"url": _mail_url(name, message_id_hash(message_id))})


@for_archiver
@require_POST
def archive_mail(request: HttpRequest) -> HttpResponseBase:
    """Take a mail into the archive and answer its URL."""
    try:
        name = _list_name(request.POST.get("mlist", ""))
        upload = request.FILES.get("message")
    except MultiPartParserError:
        return _bad("The request is no readable form.")
    if name is None:
        return _bad("mlist has to be the posting address of a list.")
    if not isinstance(upload, UploadedFile):
        return _bad("The mail has to be sent as a file called message.")
    incoming = Incoming(
        raw=upload.read(),
        arrived_at=timezone.now(),
        source=Source.ARCHIVER,
        trusts_hash=True,
    )
    try:
        web_hosts.refresh()
        return JsonResponse({"url": _mail_url(*_take(name, incoming))})
    except (OperationalError, InterfaceError, OSError) as error:
        # The database or the storage is away: Mailman keeps the mail and comes again.
        logger.error("Cannot take a mail for %s now: %s", name, error)
        answer = HttpResponse("The archive cannot store mail now.\n", status=503)
        answer["Content-Type"] = "text/plain; charset=utf-8"
        answer["Retry-After"] = "60"
        return answer


def _take(name: str, incoming: Incoming) -> tuple[str, str]:
    """Store the mail, if the list is archived; return list address and permalink."""
    mlist = list_for_mail(name)
    if not keeps_mail(mlist):
        return mlist.name, prepare_by_headers(incoming).permalink
    try:
        outcome = _store(mlist, incoming)
    except MailingList.DoesNotExist:
        # A sync found just now that it is another list's second row.
        mlist = list_for_mail(name)
        outcome = _store(mlist, incoming)
    return mlist.name, outcome.permalink


def _store(mlist: MailingList, incoming: Incoming) -> Outcome:
    """Archive the mail; one that the database does not take whole, by its headers."""
    try:
        return archive(mlist, [incoming])[0]
    except (OperationalError, InterfaceError, OSError, MailingList.DoesNotExist):
        raise
    except (Error, ArithmeticError, LookupError, TypeError, ValueError):
        # A defect of ours, which this mail would meet whenever it is brought again.
        logger.exception("Keeping a mail for %s by its headers alone", mlist)
        return archive_prepared(mlist, [prepare_by_headers(incoming)])[0]


def _list_name(value: str) -> str | None:
    return value.lower() if _ADDRESS.fullmatch(value) else None


def _list_url(name: str) -> str:
    return _base_url(name) + reverse("hk_list_overview", args=[name])


def _mail_url(name: str, permalink: str) -> str:
    return _base_url(name) + reverse("hk_message_index", args=[name, permalink])


def _base_url(name: str) -> str:
    return web_hosts.base_url(name.partition("@")[2])


def _bad(message: str) -> HttpResponse:
    return JsonResponse({"error": message}, status=400)
