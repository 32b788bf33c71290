"""What may be meant by the first letters of a search: lists, people, subjects."""

from __future__ import annotations

from dataclasses import dataclass

from hyperkitty.models import Email, MailingList, Sender
from hyperkitty.search.query import Field, Query, Text, conjunction
from hyperkitty.search.searching import search
from hyperkitty.search.suggesting import complete

from .lists import matching_lists
from .search import Scope

#: Suggestions of each kind.
LISTS, PEOPLE, SUBJECTS = 3, 4, 6
#: Mails that people's names are taken from.
NAMED = 60


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Three kinds of what a reader may have meant."""

    lists: list[MailingList]
    people: list[tuple[str, Sender]]  # with the name that they wrote under
    emails: list[Email]  # that start threads


def suggestions(text: str, scope: Scope) -> Suggestions:
    """Return what *text* may be the beginning of, within *scope*. 2 queries at most.

    Names and subjects come from the index and are looked up among the mails that the
    reader may read: what is in none of them is not suggested.
    """
    lists: list[MailingList] = []
    if scope.mlist is None:
        found = matching_lists(scope.readable, text).order_by("-emails_count", "name")
        lists = list(found[:LISTS])
    subjects = complete(text, list_ids=scope.list_ids, limit=2 * SUBJECTS)
    named = _from(text, scope)
    emails = Email.objects.visible().select_related("sender", "thread", "mlist")
    rows = emails.filter(pk__in={*subjects, *named}, mlist__in=scope.readable)
    by_pk = {email.pk: email for email in rows}
    people: dict[int, tuple[str, Sender]] = {}
    for pk in named:
        if email := by_pk.get(pk):
            name = email.sender_name or email.sender.address
            people.setdefault(email.sender_id, (name, email.sender))
    starts = (by_pk[pk] for pk in subjects if pk in by_pk)
    by_subject: dict[str, Email] = {}
    for email in starts:
        by_subject.setdefault(email.subject, email)
    return Suggestions(
        lists, list(people.values())[:PEOPLE], list(by_subject.values())[:SUBJECTS]
    )


def _from(text: str, scope: Scope) -> tuple[int, ...]:
    """Return mails of people whose names or addresses have these words."""
    *whole, last = text.split() or [""]
    if len(last) < 2:
        return ()
    words = [Text(Field.FROM, word) for word in whole]
    root = conjunction((*words, Text(Field.FROM, last, is_prefix=True)))
    return search(Query(root), list_ids=scope.list_ids, limit=NAMED).email_ids
