"""Asking followed searches again, and telling of new mails that they find."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from hyperkitty.models import Email, Follow, FollowKind, Source
from hyperkitty.permissions import (
    owners_of,
    readable_lists,
    verified_addresses,
)
from hyperkitty.search.parsing import parse
from hyperkitty.search.searching import search
from hyperkitty.search.values import IndexState, Sort
from hyperkitty.selectors.search import resolved, scope_of

from .announcing import tell

#: How often a search is asked, and how long after its arrival a mail is news.
PAUSE, NEWS = timedelta(minutes=5), timedelta(days=1)
#: Searches of one run, and mails that one search looks at.
MAX_SEARCHES, MAX_HITS = 50, 100


def ask_due() -> int:
    """Ask the searches that are due; return how many were asked."""
    now = timezone.now()
    due = Follow.objects.filter(kind=FollowKind.SEARCH, due_at__lte=now)
    searches = due.select_related("user", "mlist").order_by("due_at", "pk")
    for one in (found := list(searches[:MAX_SEARCHES])):
        if not one.is_muted:
            _ask(one, now)
        Follow.objects.filter(pk=one.pk).update(due_at=now + PAUSE)
    return len(found)


def _ask(follow: Follow, now: datetime) -> None:
    """Tell of what the search finds and Mailman has brought lately."""
    lists = readable_lists(follow.user)
    if follow.mlist_id is not None:
        lists = lists.filter(pk=follow.mlist_id)
    scope = scope_of(lists)
    mine = verified_addresses(follow.user)
    found = search(
        resolved(parse(follow.query), scope, mine),
        list_ids=scope.list_ids,
        sort=Sort.NEWEST,
        limit=MAX_HITS,
    )
    if found.state != IndexState.READY:
        return
    emails = Email.objects.visible().filter(
        pk__in=found.email_ids,
        arrived_at__gte=max(now - NEWS, follow.created_at),
        raws__number=0,
        raws__source=Source.ARCHIVER,
    )
    for email in emails.select_related("mlist", "sender").order_by("pk"):
        authors = owners_of([email.sender.address]).values()
        tell(email, [follow], leaving_out=authors)
