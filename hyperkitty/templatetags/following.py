"""Tags for what is new to the reader, followed, and told."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context

from hyperkitty.models import MAILED, Delivery, Email, Follow, MailingList, Thread
from hyperkitty.notifying.following import Search, Thing, target_of
from hyperkitty.posting.people import membership_of
from hyperkitty.selectors import following as selector
from hyperkitty.selectors import reading
from hyperkitty.selectors.lists import ListEntry
from hyperkitty.selectors.people import Person
from hyperkitty.selectors.threads import ThreadRow
from hyperkitty.services.lists import is_of_core

register = template.Library()

_UNREAD = "_hyperkitty_unread"


@register.simple_tag(takes_context=True)
def unseen_count(context: Context) -> int:
    """Return how many notifications wait for the reader. One query."""
    return selector.unseen_count(_reader(context))


@register.simple_tag(takes_context=True)
def follow_of(context: Context, thing: Thread | MailingList) -> Follow | None:
    """Return how the reader follows a thread or a list. One query if signed in."""
    return _follow_of(context, thing)


@register.simple_tag(takes_context=True)
def follow_of_person(context: Context, person: Person) -> Follow | None:
    """Return how the reader follows somebody. One query if signed in."""
    return _follow_of(context, person.senders[0])


@register.simple_tag(takes_context=True)
def follow_of_search(
    context: Context, query: str, mlist: MailingList | None = None
) -> Follow | None:
    """Return how the reader follows a search. One query if signed in."""
    return _follow_of(context, Search(query, mlist or None))


@register.simple_tag(takes_context=True)
def unread_by_thread(context: Context, rows: Iterable[ThreadRow]) -> dict[int, int]:
    """Return how many mails of the threads of *rows* are new.

    At most 2 queries; none where `unread_in` was asked about their list before.
    """
    threads = [row.thread for row in rows]
    known = _known_unread(context)
    if all(thread.mlist_id in known for thread in threads):
        return {one.pk: known[one.mlist_id].get(one.pk, 0) for one in threads}
    return reading.unread_by_thread(_reader(context), threads)


@register.simple_tag(takes_context=True)
def unread_by_list(context: Context, entries: Iterable[ListEntry]) -> dict[int, int]:
    """Return how many mails of the lists of *entries* are new. At most 2 queries."""
    lists = [entry.mlist for entry in entries]
    return reading.unread_by_list(_reader(context), lists)


@register.simple_tag(takes_context=True)
def unread_in(context: Context, mlist: MailingList) -> int:
    """Return how many mails of *mlist* are new. At most 2 queries for a page."""
    known = _known_unread(context)
    if mlist.pk not in known:
        known[mlist.pk] = reading.unread_in_list(_reader(context), mlist)
    return sum(known[mlist.pk].values())


@register.simple_tag(takes_context=True)
def address_to_register(
    context: Context, mlist: MailingList, follow: Follow | None
) -> str:
    """Return whose answers by mail the list would not know; "" if there is no such.

    Without a query for who is not told of the list by mail, at most 3 for others.
    """
    if follow is None or follow.delivery not in MAILED or not is_of_core(mlist):
        return ""
    mine = membership_of(_reader(context), mlist)
    return "" if mine is None or mine.is_subscribed else mine.address


@register.filter
def of(counts: dict[int, int], thing: Thread | MailingList) -> int:
    """Return the count of a thread or a list among *counts*."""
    return counts.get(thing.pk, 0)


@register.simple_tag
def place(email: Email) -> str:
    """Return what leads to a mail in its thread, whichever part of that has it."""
    email.thread.mlist = email.mlist
    return reading.place_of(email)


@register.simple_tag
def deliveries() -> list[tuple[str, str]]:
    """Return the ways of being told, and what they are called."""
    return [(value, str(label)) for value, label in Delivery.choices]


def _known_unread(context: Context) -> dict[int, dict[int, int]]:
    """Return what this request knows already: by list and thread, how much is new."""
    request = context.get("request")
    known: dict[int, dict[int, int]] = getattr(request, _UNREAD, {})
    if request is not None:
        setattr(request, _UNREAD, known)
    return known


def _follow_of(context: Context, thing: Thing) -> Follow | None:
    return selector.following(_reader(context), target_of(thing))


def _reader(context: Context) -> selector.Reader:
    request = context.get("request")
    return request.user if isinstance(request, HttpRequest) else AnonymousUser()
