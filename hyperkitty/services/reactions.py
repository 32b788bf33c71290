"""What readers say about mails and threads: votes, tags, and which mail answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import Email, MailingList, Tag, Tagging, Thread, Vote
from hyperkitty.search.pending import note_mails, note_threads
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.counting import save_counters
from hyperkitty.threads.locking import locked, retried

#: Tags in one wish.
MAX_TAGS = 10
_TAG = re.compile(r"[\w' -]{1,40}")
_DAY = timedelta(days=1)


class TooOftenError(ValueError):
    """Somebody did as much of this in a day as a person may."""


class BadTagError(ValueError):
    """A text that cannot be a tag."""


@retried
def vote(user_id: int, email: Email, value: int) -> None:
    """Like (1) or dislike (-1) a mail, or take that back (0); twice is once.

    Raises `TooOftenError`.
    """
    with locked(email.mlist) as fresh:
        known = Vote.objects.filter(user_id=user_id, email=email).first()
        if known is None and value == 0:
            return
        if known is not None and known.value == value:
            return
        now = timezone.now()
        if known is None:
            recent = Vote.objects.filter(user_id=user_id, changed_at__gte=now - _DAY)
            if recent.count() >= app_settings.votes_per_day:
                raise TooOftenError
        Vote.objects.update_or_create(
            user_id=user_id,
            email=email,
            defaults={"value": value, "changed_at": now},
        )
        note_changes(fresh, [email.pk])


@retried
def add_tags(user_id: int, thread: Thread, names: Sequence[str]) -> None:
    """Put tags on a thread. Raises `TooOftenError`."""
    with locked(thread.mlist) as fresh:
        now = timezone.now()
        recent = Tagging.objects.filter(user_id=user_id, created_at__gte=now - _DAY)
        if recent.count() + len(names) > app_settings.tags_per_day:
            raise TooOftenError
        is_new = False
        for name in names:
            tag, _is_new_tag = Tag.objects.get_or_create(name=name)
            _row, is_new_here = Tagging.objects.get_or_create(
                tag=tag, thread=thread, user_id=user_id
            )
            is_new |= is_new_here
        if is_new:
            _note(fresh, thread)


@retried
def remove_tag(thread: Thread, name: str, by: Collection[int] | None) -> bool:
    """Take a tag off a thread, as far as people with keys *by* put it there.

    None stands for everybody. Returns whether there was anything to take off.
    """
    with locked(thread.mlist) as fresh:
        rows = Tagging.objects.filter(thread=thread, tag__name=name)
        if by is not None:
            rows = rows.filter(user_id__in=by)
        gone, _by_model = rows.delete()
        if gone:
            Tag.objects.filter(name=name, taggings=None).delete()
            _note(fresh, thread)
    return bool(gone)


@retried
def set_answer(thread: Thread, answer: Email | None) -> None:
    """Say that a mail of the thread answers its question, or that none does."""
    with locked(thread.mlist) as fresh:
        if thread.answer_id == (answer.pk if answer else None):
            return
        Thread.objects.filter(pk=thread.pk).update(answer=answer)
        thread.answer = answer
        if thread.starting_email_id is not None:
            note_mails([thread.starting_email_id])
        _note(fresh, thread)


def read_tags(text: str) -> list[str]:
    """Return the tags in *text*, which commas part. Raises `BadTagError`."""
    names = [" ".join(part.split()).lower() for part in text.split(",")]
    found = list(dict.fromkeys(filter(None, names)))
    if not found or len(found) > MAX_TAGS:
        raise BadTagError
    for name in found:
        if not _TAG.fullmatch(name):
            raise BadTagError
    return found


def _note(mlist: MailingList, thread: Thread) -> None:
    """Tell pages and the index that the thread shows something else now."""
    Thread.objects.filter(pk=thread.pk).update(
        revision=F("revision") + 1, changed_at=timezone.now()
    )
    save_counters(mlist)
    note_threads([thread.pk])
