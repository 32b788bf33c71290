"""One mail: its page, its raw bytes, its attachments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.mail import headers
from hyperkitty.mail.mime import read_message
from hyperkitty.models import Attachment, Email, RawMessage
from hyperkitty.posting.compose import Parent, mailto, reply_subject
from hyperkitty.selectors import conversations
from hyperkitty.selectors.attachments import (
    SAFE_TYPES,
    VIEWED_AS,
    attachment_bytes,
    find_attachment,
)
from hyperkitty.selectors.keeping import tombstone
from hyperkitty.selectors.mbox import raw_message
from hyperkitty.selectors.posts import posts_in_thread
from hyperkitty.selectors.reactions import NO_VOTES, votes_on
from hyperkitty.services.lists import is_of_core
from hyperkitty.threads.references import to_message_ids

from . import outlines
from .bodies import bodies
from .cards import Cards
from .conversation import part_of
from .pending import post_item
from .responses import (
    disposition,
    etag,
    list_facts,
    page,
    sandboxed,
)
from .votes import VoteBars

#: Mails of the thread that the outline beside a mail shows before and after it.
OUTLINE_REACH = 20
#: Header fields are looked for in so many bytes.
MAX_HEADER = 256 * 1024

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(r"[A-Za-z0-9._:+-]{1,40}")


@require_safe
@with_mailing_list
def message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Show a mail and what surrounds it; 410 if it was taken out of the archive."""
    mlist = request.mlist
    email = _find(request, message_id_hash)
    if email.permalink != message_id_hash:
        return HttpResponseRedirect(email.get_absolute_url())
    version = (*list_facts(mlist), email.thread.revision, email.revision)
    if not email.is_visible:
        return _gone(request, email, version)
    with_headers = "headers" in request.GET and permissions.can_read_raw(
        request.user, mlist
    )

    def build() -> Mapping[str, Any]:
        return {
            **_surroundings(request, email),
            "headers": _header_fields(email) if with_headers else [],
            "can_read_raw": permissions.can_read_raw(request.user, mlist),
        }

    return page(request, "hyperkitty/message.html", build, version=version, mlist=mlist)


@require_safe
@with_mailing_list
def raw(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Send a mail byte for byte as it arrived."""
    if not permissions.can_read_raw(request.user, request.mlist):
        raise PermissionDenied(_("Original messages are not open to everyone here."))
    email = _find(request, message_id_hash)
    if email.permalink != message_id_hash:
        return _under_permalink("hk_message_raw", email)
    stored = _stored(email)
    return _bytes(
        request,
        (stored.digest,),
        lambda: stored.read(),
        "text/plain; charset=utf-8",
        disposition(f"{email.permalink}.eml", inline=True),
    )


@require_safe
@with_mailing_list
def attachment(
    request: ListRequest, message_id_hash: str, counter: int, filename: str
) -> HttpResponseBase:
    """Send an attachment, to be saved; `?view` shows harmless kinds in the browser."""
    email = _find(request, message_id_hash)
    if email.permalink != message_id_hash:
        return _under_permalink("hk_message_attachment", email, counter, filename)
    stored = _stored(email)
    found = find_attachment(email, counter, filename)
    if found is None:
        raise Http404(_("There is no such attachment."))
    inline = "view" in request.GET and found.content_type in VIEWED_AS
    return _bytes(
        request,
        (stored.digest, counter),
        lambda: attachment_bytes(found, stored),
        _content_type(found, inline=inline),
        disposition(filename, inline=inline),
    )


def _surroundings(request: ListRequest, email: Email) -> dict[str, Any]:
    """Return what the page shows of a mail and of those near it."""
    shape = conversations.outline(email.thread)
    order = shape.in_tree_order
    place = order.index(email.permalink)
    parent = email.parent
    shown = conversations.emails_with_text(email.thread, [email.pk])
    texts = bodies(shown.values(), request, highlight=True)
    cards = Cards(request, request.mlist)
    readable = permissions.readable_lists(request.user)
    twins, copies = conversations.same_message_id(email, readable)
    email = shown.get(email.permalink, email)
    part = part_of(place + 1, app_settings.thread_page_size)
    path = email.thread.get_absolute_url()
    return {
        "email": email,
        "card": cards.card(email),
        "words": cards.words,
        "body": texts.get(email.permalink, ""),
        "in_thread": f"{path}{f'?page={part}' if part > 1 else ''}#{email.permalink}",
        "parent": shape.parent_of(email.permalink) and parent,
        "place": place + 1,
        "previous": shape.bones[order[place - 1]] if place else None,
        "next": shape.bones[order[place + 1]] if place + 1 < len(order) else None,
        "outline": outlines.around(shape, email.permalink, OUTLINE_REACH, cards),
        "is_cut": len(order) > 2 * OUTLINE_REACH + 1,
        "branch": f"{path}?branch={email.permalink}",
        "replies": conversations.replies(email),
        "twins": twins,
        "copies": copies,
        "posts": [
            post_item(post, request.user)
            for post in posts_in_thread(request.user, email.thread)
            if post.parent_id == email.pk
        ],
        "mailto": _by_mail(cards, email, copies),
        "item": {"votes": _votes(request, email)},
    }


def _votes(request: ListRequest, email: Email) -> SafeString:
    votes = votes_on([email.pk], request.user).get(email.pk, NO_VOTES)
    return VoteBars(request, request.mlist).bar(email, votes)


def _by_mail(cards: Cards, email: Email, copies: Sequence[Email]) -> str:
    """Return a link that answers in a mail program; "" if the list takes no mail."""
    mlist = cards.mlist
    if not (is_of_core(mlist) and mlist.allow_list_posts):
        return ""
    named = to_message_ids(email.text_row.references)
    return mailto(
        [mlist.name, *(copy.mlist.name for copy in copies)],
        cards.veiled(reply_subject(email.subject, mlist.subject_prefix)),
        Parent(email.message_id, named),
    )


def _find(request: ListRequest, name: str) -> Email:
    email = conversations.find_email(request.mlist, name)
    if email is None:
        raise Http404(_("There is no such message in this list."))
    return email


def _stored(email: Email) -> RawMessage:
    """Return the row of a visible mail's bytes."""
    stored = raw_message(email) if email.is_visible else None
    if stored is None:
        raise Http404(_("This message was taken out of the archive."))
    return stored


def _gone(
    request: ListRequest, email: Email, version: tuple[object, ...]
) -> HttpResponseBase:
    context = {
        "thread": email.thread if email.thread.emails_count else None,
        "email": email,
        "tombstone": tombstone(email),
    }
    return page(
        request,
        "hyperkitty/gone.html",
        lambda: context,
        version=version,
        mlist=request.mlist,
        status=410,
    )


def _under_permalink(view: str, email: Email, *args: object) -> HttpResponseBase:
    path = reverse(view, args=[email.mlist.name, email.permalink, *args])
    return HttpResponseRedirect(path)


def _bytes(
    request: ListRequest,
    version: tuple[object, ...],
    read: Callable[[], bytes],
    content_type: str,
    content_disposition: str,
) -> HttpResponseBase:
    """Answer with bytes of a mail, which *read* gives if the reader lacks them."""
    tag = etag(request, *version)
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = HttpResponse(read(), content_type=content_type)
        response["Content-Length"] = len(response.content)
        response["Content-Disposition"] = content_disposition
    response["ETag"] = tag
    return sandboxed(response, request.mlist)


def _content_type(attachment: Attachment, *, inline: bool) -> str:
    kind = attachment.content_type
    if kind not in SAFE_TYPES:
        return "application/octet-stream"
    if inline:
        kind = VIEWED_AS[kind]
    if kind.startswith("text/") and _CHARSET.fullmatch(attachment.charset):
        return f"{kind}; charset={attachment.charset}"
    return kind


def _header_fields(email: Email) -> list[tuple[str, str]]:
    """Return the header of the raw mail, decoded for reading. One query."""
    stored = raw_message(email)
    if stored is None:
        return []
    head = stored.read()[:MAX_HEADER]
    blank = _BLANK_LINE.search(head)
    fields, _problems = read_message(head[: blank.end()] if blank else head)
    return [(name, headers.decode(str(value))) for name, value in fields.items()]
