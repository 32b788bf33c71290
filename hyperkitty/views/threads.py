"""The page of a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty.conf import app_settings
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Thread
from hyperkitty.selectors import conversations, threads
from hyperkitty.selectors.posts import posts_in_thread

from .bodies import bodies
from .conversation import ThreadPart
from .paging import read_paging
from .pending import with_posts
from .responses import bad_request, list_facts, page


@require_safe
@with_mailing_list
def thread(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Show a thread: in tree order, or by date; in parts if it is long."""
    mlist = request.mlist
    sort = request.GET.get("sort", "thread")
    if sort not in ("thread", "date"):
        return bad_request(request, _("Wrong sort parameter"))
    found = conversations.find_thread(mlist, thread_id)
    if found is None:
        raise Http404(_("There is no such thread in this list."))
    if found.thread_id != thread_id:
        query = request.META.get("QUERY_STRING", "")
        path = found.get_absolute_url()
        return HttpResponseRedirect(f"{path}?{query}" if query else path)
    if not found.emails_count:
        raise Http404(_("Nothing of this thread is shown any more."))
    size = app_settings.thread_page_size
    paging = read_paging(request, total=found.emails_count, size=size, sizable=False)
    older, newer = threads.neighbors(found)

    def build() -> Mapping[str, Any]:
        shape = conversations.outline(found)
        part = ThreadPart(
            shape, paging, tree=sort == "thread", prefix=mlist.subject_prefix
        )
        shown = conversations.emails_with_text(found, part.pks)
        texts = bodies(shown.values(), request.user, mlist.rendering_mode)
        items = part.items(shown, texts)
        here = set(part.pks)
        mine = posts_in_thread(request.user, found)
        mine = [post for post in mine if post.parent_id in here]
        return {
            "thread": found,
            "sort": sort,
            "paging": paging,
            "items": items,
            "mails": with_posts(items, mine, request.user, tree=sort == "thread"),
            "participants_count": shape.participants_count,
            "older": older,
            "newer": newer,
        }

    version = (
        *list_facts(mlist),
        found.pk,
        found.revision,
        *(_thread_facts(other) for other in (older, newer)),
    )
    return page(request, "hyperkitty/thread.html", build, version=version, mlist=mlist)


def _thread_facts(thread: Thread | None) -> tuple[object, ...]:
    return (thread.thread_id, thread.subject) if thread is not None else ()
