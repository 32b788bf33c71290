"""One's own posts: all of them, to take along, to make anonymous or to erase."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.contrib import messages
from django.db.models import Count, Max, Min
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.mailman.web_hosts import base_url
from hyperkitty.models import DecisionKind, EmailState, EmailText, MailingList
from hyperkitty.selectors.mbox import raw_messages
from hyperkitty.selectors.moderation import wishes_of
from hyperkitty.services.keeping import KeepingError
from hyperkitty.services.privacy import KINDS, ask, mails_by

from .authors import author, for_authors
from .downloads import mbox_stream
from .keepers import find_email
from .paging import read_paging
from .responses import disposition

#: Messages on a page of one's own.
PAGE_SIZE = 50
#: Lists of one person that a wish for everything is made for.
MAX_LISTS = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
def own_posts(request: HttpRequest) -> HttpResponseBase:
    """Show what one wrote, list by list; ask that it be made anonymous or erased."""
    addresses = permissions.verified_addresses(request.user)
    mine = mails_by(addresses)
    if request.method == "POST":
        return _ask_for_all(request)
    rows = (
        mine.order_by("mlist__name")
        .values("mlist__name", "mlist__display_name")
        .annotate(count=Count("pk"), first=Min("sort_date"), last=Max("sort_date"))
    )
    lists = list(rows)
    total = sum(row["count"] for row in lists)
    paging = read_paging(request, total=total, size=PAGE_SIZE, sizable=False)
    emails = mine.select_related("mlist").order_by("-sort_date", "-pk")
    context = {
        "addresses": sorted(addresses),
        "rows": lists,
        "emails": emails[paging.offset : paging.offset + paging.size],
        "paging": paging,
        "wishes": wishes_of(request.user.pk or 0),
        "is_automatic": app_settings.erasure == "automatic",
        "no_index": True,
    }
    return render(request, "hyperkitty/privacy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def own_message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Ask that one message of one's own be made anonymous or erased."""
    email = find_email(request, message_id_hash)
    addresses = permissions.verified_addresses(request.user)
    if email.sender.address not in addresses or email.state == EmailState.ERASED:
        raise Http404(_("This is none of your messages."))
    if request.method == "POST":
        try:
            ask(
                author(request),
                [email.sender.address],
                request.mlist,
                _kind(request),
                email=email,
                note=request.POST.get("note", ""),
            )
        except KeepingError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _thanks())
        return redirect("hk_privacy")
    context = {
        "mlist": request.mlist,
        "email": email,
        "is_automatic": app_settings.erasure == "automatic",
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/own_message.html", context)


@require_safe
@for_authors
def download_mbox(request: HttpRequest) -> HttpResponseBase:
    """Stream all that one wrote, as it arrived."""
    mine = mails_by(permissions.verified_addresses(request.user))
    return mbox_stream(mine, "my-posts.mbox.gz")


@require_safe
@for_authors
def download_json(request: HttpRequest) -> HttpResponseBase:
    """Stream what the archive knows of each message that one wrote, one a line."""
    addresses = permissions.verified_addresses(request.user)
    response = StreamingHttpResponse(
        _lines(addresses), content_type="application/x-ndjson"
    )
    response["Content-Disposition"] = disposition("my-posts.json")
    return response


def _lines(addresses: frozenset[str]) -> Iterator[str]:
    for email, _raw in raw_messages(mails_by(addresses).select_related("mlist")):
        text = EmailText.objects.filter(pk=email.pk).first()
        host = base_url(email.mlist.name.rpartition("@")[2])
        yield (
            json.dumps(
                {
                    "list": email.mlist.name,
                    "url": f"{host}{email.get_absolute_url()}",
                    "message_id": email.message_id,
                    "from": email.sender.address,
                    "name": email.sender_name,
                    "date": email.date.isoformat() if email.date else None,
                    "arrived_at": email.arrived_at.isoformat(),
                    "subject": email.subject,
                    "state": EmailState(email.state).name.lower(),
                    "text": text.text if text else "",
                },
                ensure_ascii=False,
            )
            + "\n"
        )


def _ask_for_all(request: HttpRequest) -> HttpResponseBase:
    """Ask for all lists, or for one of them."""
    addresses = permissions.verified_addresses(request.user)
    mine = mails_by(addresses)
    if name := request.POST.get("list", "").replace("\x00", ""):
        mine = mine.filter(mlist__name=name)
    pks = mine.order_by().values_list("mlist", flat=True).distinct()[:MAX_LISTS]
    lists = list(MailingList.objects.filter(pk__in=list(pks)))
    kind = _kind(request)
    note = request.POST.get("note", "")
    for mlist in lists:
        try:
            ask(author(request), addresses, mlist, kind, note=note)
        except KeepingError as error:
            messages.error(request, f"{mlist.name}: {error}")
    if lists:
        messages.success(request, _thanks())
    then = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(then, allowed_hosts=None):
        return redirect(then)
    return redirect("hk_privacy")


def _kind(request: HttpRequest) -> DecisionKind:
    wanted = request.POST.get("kind", "")
    if wanted not in KINDS:
        raise Http404(_("There is no such wish."))
    return DecisionKind(wanted)


def _thanks() -> str:
    if app_settings.erasure == "automatic":
        return _("It is gone from the pages, and its bytes go within a minute.")
    return _("The owners of the list see your wish and decide.")
