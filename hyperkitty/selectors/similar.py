"""Threads about the same: beside a thread, and while somebody writes a new one."""

from __future__ import annotations

from collections.abc import Collection

from hyperkitty.models import Email, Thread
from hyperkitty.search.suggesting import like_text, more_like

from .search import Scope

#: Threads that are shown, and mails that they are taken from.
THREADS, EMAILS = 5, 30


def similar_threads(thread: Thread, scope: Scope) -> list[Thread]:
    """Return other threads about what *thread* is about, best first.

    3 queries and those of the index. Known by the mail that started it, or by its
    first that readers may see.
    """
    emails = Email.objects.visible().filter(thread=thread).order_by("sort_date", "pk")
    first = emails.values_list("pk", flat=True).first()
    if first is None:
        return []
    found = more_like(first, list_ids=scope.list_ids, limit=EMAILS)
    return _threads(found, scope, without=thread)


def threads_like(subject: str, text: str, scope: Scope) -> list[Thread]:
    """Return threads about what is being written, best first. 2 queries at most."""
    found = like_text(subject, text, list_ids=scope.list_ids, limit=EMAILS)
    return _threads(found, scope)


def _threads(
    pks: Collection[int], scope: Scope, without: Thread | None = None
) -> list[Thread]:
    if not pks:
        return []
    emails = Email.objects.visible().filter(pk__in=pks, mlist__in=scope.readable)
    thread_of = dict(emails.values_list("pk", "thread_id"))
    ids = list(dict.fromkeys(thread_of[pk] for pk in pks if pk in thread_of))
    if without is not None and without.pk in ids:
        ids.remove(without.pk)
    ids = ids[:THREADS]
    found = Thread.objects.select_related("mlist").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
