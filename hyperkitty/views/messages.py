"""The page of one mail, with what surrounds it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.mail import headers
from hyperkitty.mail.mime import read_message
from hyperkitty.models import Email
from hyperkitty.posting.compose import Parent, mailto, reply_subject
from hyperkitty.selectors import conversations
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
from .originals import find_email
from .pending import post_item
from .previews import chosen_preview
from .responses import list_facts, look_elsewhere, page
from .votes import VoteBars

#: Mails of the thread that the outline beside a mail shows before and after it.
OUTLINE_REACH = 20
#: Header fields are looked for in so many bytes.
MAX_HEADER = 256 * 1024

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@require_safe
@with_mailing_list
def message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Show a mail and what surrounds it; 410 if it was taken out of the archive."""
    mlist = request.mlist
    email = find_email(request, message_id_hash)
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
            "no_index": bool(request.GET),
            "can_read_raw": permissions.can_read_raw(request.user, mlist),
        }

    return page(request, "hyperkitty/message.html", build, version=version, mlist=mlist)


def _surroundings(request: ListRequest, email: Email) -> dict[str, Any]:
    """Return what the page shows of a mail and of those near it."""
    shape = conversations.outline(email.thread)
    order = shape.in_tree_order
    place = order.index(email.permalink)
    parent = email.parent
    shown = conversations.emails_with_text(email.thread, [email.pk])
    as_html = _html_path(request, shown.get(email.permalink))
    texts = {} if as_html else bodies(shown.values(), request, highlight=True)
    cards = Cards(request, request.mlist)
    readable = permissions.readable_lists(request.user)
    twins, copies = conversations.same_message_id(email, readable)
    if twins or copies:
        look_elsewhere(request)
    email = shown.get(email.permalink, email)
    replies = conversations.replies(email)
    part = part_of(place + 1, app_settings.thread_page_size)
    path = email.thread.get_absolute_url()
    return {
        "email": email,
        "card": cards.card(email),
        "words": cards.words,
        "body": texts.get(email.permalink, ""),
        "as_html": as_html,
        "preview": chosen_preview(request, email, email.attachments.all()),
        "in_thread": f"{path}{f'?page={part}' if part > 1 else ''}#{email.permalink}",
        "parent": shape.parent_of(email.permalink) and parent,
        "place": place + 1,
        "previous": shape.bones[order[place - 1]] if place else None,
        "next": shape.bones[order[place + 1]] if place + 1 < len(order) else None,
        "outline": outlines.around(shape, email.permalink, OUTLINE_REACH, cards),
        "is_cut": len(order) > 2 * OUTLINE_REACH + 1,
        "branch": f"{path}?branch={email.permalink}" if replies and place else "",
        "replies": replies,
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


def _html_path(request: ListRequest, email: Email | None) -> str:
    """Return where the frame gets the HTML that the reader asks for; "" for text."""
    if "html" not in request.GET or email is None or email.text_row.html_part is None:
        return ""
    path = reverse("hk_message_html", args=[request.mlist.name, email.permalink])
    return f"{path}?remote" if request.GET["html"] == "remote" else path


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


def _header_fields(email: Email) -> list[tuple[str, str]]:
    """Return the header of the raw mail, decoded for reading. One query."""
    stored = raw_message(email)
    if stored is None:
        return []
    head = stored.read()[:MAX_HEADER]
    blank = _BLANK_LINE.search(head)
    fields, _problems = read_message(head[: blank.end()] if blank else head)
    return [(name, headers.decode(str(value))) for name, value in fields.items()]
