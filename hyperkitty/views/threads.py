"""The page of a thread, and the endpoint that gives its mails bit by bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty.conf import app_settings
from hyperkitty.gates import (
    ListRequest,
    with_mailing_list,
    with_mailing_list_for_machines,
)
from hyperkitty.models import Thread
from hyperkitty.models.reading import format_ranges
from hyperkitty.selectors import conversations, threads
from hyperkitty.selectors.conversations import Outline
from hyperkitty.selectors.guesses import related_threads
from hyperkitty.selectors.posts import posts_in_thread
from hyperkitty.selectors.reactions import NO_VOTES, tags_on, votes_on
from hyperkitty.selectors.reading import read_state

from . import outlines
from .bodies import bodies
from .cards import Cards
from .conversation import Item, ThreadPart, part_of
from .paging import Paging, read_paging
from .pending import with_posts
from .reactions import may_answer
from .responses import bad_request, list_facts, page, secured
from .votes import VoteBars

SORTS = ("thread", "date")
#: Mails in an answer of `replies`, as in HyperKitty.
CHUNK = 6
#: People that the page names; the others are counted.
MAX_NAMED = 12
_MAX_DIGITS = 9


@require_safe
@with_mailing_list
def thread(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Show a thread, or a branch of it: as a tree, or by date; in parts if it is long.

    ``?at=`` leads to the part with that mail, ``?branch=`` shows that mail and what
    hangs below it.
    """
    sort = request.GET.get("sort", "thread")
    if sort not in SORTS:
        return bad_request(request, _("Wrong sort parameter"))
    found = _find(request, thread_id)
    if found.thread_id != thread_id:
        query = request.META.get("QUERY_STRING", "")
        path = found.get_absolute_url()
        return HttpResponseRedirect(f"{path}?{query}" if query else path)
    if "at" in request.GET:
        return _to_part(request, found, tree=sort == "thread")
    branch = request.GET.get("branch", "")
    shape = _branch(found, branch) if branch else None
    total = len(shape.in_tree_order) if shape else found.emails_count
    size = app_settings.thread_page_size
    paging = read_paging(request, total=total, size=size, sizable=False)
    older, newer = threads.neighbors(found)
    guesses = related_threads(found)

    def build() -> Mapping[str, Any]:
        return {
            "thread": found,
            "older": older,
            "newer": newer,
            "guesses": guesses,
            **_reading(request, found, shape, paging, tree=sort == "thread"),
        }

    others = (older, newer, *guesses.earlier, None, *guesses.later)
    version = (
        *list_facts(request.mlist),
        found.pk,
        found.revision,
        *(_facts(other) for other in others),
    )
    mlist = request.mlist
    return page(request, "hyperkitty/thread.html", build, version=version, mlist=mlist)


@require_safe
@with_mailing_list_for_machines
def replies(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Answer with some of a thread's replies as HTML, and whether there are more.

    HyperKitty's own pages load threads so; ours do not, but scripts may.
    """
    sort = request.GET.get("sort", "thread")
    try:
        offset = _whole(request.GET.get("offset", "0"))
        seen = _moment(request.GET.get("last_view", ""))
    except ValueError:
        return HttpResponse(_("Wrong offset or last_view parameter"), status=400)
    if sort not in SORTS:
        return HttpResponse(_("Wrong sort parameter"), status=400)
    found = _find(request, thread_id)
    shape = conversations.outline(found)
    cards = Cards(request, request.mlist)
    whole = Paging(1, max(found.emails_count, 1), found.emails_count)
    unread = {
        bone.pk
        for bone in shape.bones.values()
        if seen is not None and bone.arrived_at > seen
    }
    part = ThreadPart(shape, whole, cards, tree=sort == "thread", unread=unread)
    chosen = part.order[1 + offset : 1 + offset + CHUNK]
    part.shown = chosen
    items = [item for item in _items(request, found, part) if item.email]
    context = {"mlist": request.mlist, "sort": sort}
    html = "".join(
        render_to_string(
            "hyperkitty/includes/mail.html", {**context, "item": item}, request
        )
        for item in items
    )
    following = 1 + offset + CHUNK
    more = following < len(part.order)
    answer = {
        "replies_html": html,
        "more_pending": more,
        "next_offset": offset + CHUNK if more else None,
    }
    return secured(JsonResponse(answer), private=True)


def _find(request: ListRequest, thread_id: str) -> Thread:
    found = conversations.find_thread(request.mlist, thread_id)
    if found is None:
        raise Http404(_("There is no such thread in this list."))
    if not found.emails_count:
        raise Http404(_("Nothing of this thread is shown any more."))
    return found


def _reading(
    request: ListRequest,
    found: Thread,
    shape: Outline | None,
    paging: Paging,
    *,
    tree: bool,
) -> dict[str, Any]:
    """Return what the page shows of the mails; *shape* is that of a branch."""
    whole = shape or conversations.outline(found)
    cards = Cards(request, request.mlist)
    state = read_state(request.user, request.mlist)
    keys = [whole.bones[key].pk for key in whole.in_tree_order]
    unread = state.unread(keys) if state is not None else frozenset[int]()
    part = ThreadPart(whole, paging, cards, tree=tree, unread=unread)
    items = _items(request, found, part)
    here = set(part.pks)
    mine = [
        post for post in posts_in_thread(request.user, found) if post.parent_id in here
    ]
    people = whole.participants
    return {
        "sort": "thread" if tree else "date",
        "paging": paging,
        "items": items,
        "mails": with_posts(items, mine, request.user, tree=tree),
        "outline": outlines.of_part(items, cards),
        "people": [
            (cards.person(one.name, one.address)[0], one.emails_count)
            for one in people[:MAX_NAMED]
        ],
        "people_count": len(people),
        "unnamed_count": max(len(people) - MAX_NAMED, 0),
        "branch": items[0] if shape and items else None,
        "branch_subject": _subject(items, cards) if shape else "",
        "new_count": len(part.new),
        "first_new_url": part.first_new_url,
        "shown_keys": format_ranges(part.pks),
        "tags": tags_on(found, request.user),
        "may_answer": may_answer(request, found),
        "answer": _answer(found, part),
    }


def _subject(items: Sequence[Item], cards: Cards) -> str:
    """Return the subject of the first mail; a branch may begin on an earlier page."""
    email = items[0].email if items else None
    return cards.subject(email.subject) if email is not None else ""


def _answer(found: Thread, part: ThreadPart) -> dict[str, str] | None:
    """Return where the mail is that answers the thread's question, and whose it is."""
    bone = part.shape.by_pk.get(found.answer_id)
    if bone is None or bone.permalink not in part.numbers:
        return None
    return {"url": part.url(bone.permalink), "name": part.cards.name(bone)}


def _items(request: ListRequest, found: Thread, part: ThreadPart) -> list[Item]:
    emails = conversations.emails_with_text(found, part.pks)
    items = part.items(emails, bodies(emails.values(), request))
    votes, bars = votes_on(part.pks, request.user), VoteBars(request, request.mlist)
    for item in items:
        if item.email is not None:
            item.votes = bars.bar(item.email, votes.get(item.email.pk, NO_VOTES))
            item.is_answer = item.email.pk == found.answer_id
    return items


def _branch(found: Thread, permalink: str) -> Outline:
    shape = conversations.outline(found)
    if not shape.is_visible(permalink):
        raise Http404(_("There is no such message in this thread."))
    return shape.branch(permalink)


def _to_part(request: ListRequest, found: Thread, *, tree: bool) -> HttpResponseBase:
    """Lead to the part of a thread that has the mail which the query names.

    A mail that left the thread is shown on its own page.
    """
    shape = conversations.outline(found)
    order = shape.in_tree_order if tree else shape.by_date
    permalink = request.GET["at"]
    if permalink not in order:
        is_name = permalink.isascii() and permalink.isalnum()
        email = conversations.find_email(request.mlist, permalink) if is_name else None
        if email is None:
            raise Http404(_("There is no such message in this list."))
        return secured(HttpResponseRedirect(email.get_absolute_url()), private=True)
    number = part_of(order.index(permalink) + 1, app_settings.thread_page_size)
    pairs = [] if tree else [("sort", "date")]
    pairs += [("page", str(number))] if number > 1 else []
    query = f"?{urlencode(pairs)}" if pairs else ""
    path = f"{found.get_absolute_url()}{query}#{permalink}"
    return secured(HttpResponseRedirect(path), private=True)


def _facts(other: Thread | None) -> tuple[object, ...]:
    return (other.thread_id, other.subject) if other is not None else ()


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime | None:
    """Return the time of a Unix timestamp, as HyperKitty's pages send it."""
    whole = text.partition(".")[0]
    if not text:
        return None
    if len(whole) > _MAX_DIGITS + 1 or not (whole.isascii() and whole.isdigit()):
        raise ValueError(text)
    return datetime.fromtimestamp(int(whole), UTC)
