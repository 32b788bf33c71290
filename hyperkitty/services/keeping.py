"""What keepers do to messages and threads: each act one transaction, one log entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import HyperKittyError
from hyperkitty.mail.headers import one_line
from hyperkitty.models import (
    FINAL,
    IRREVERSIBLE,
    Category,
    Cause,
    Decision,
    DecisionKind,
    Email,
    EmailState,
    MailingList,
    Thread,
)
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.decisions import (
    decide,
    decide_states,
    name_mails,
    record,
    replace_around,
)
from hyperkitty.threads.locking import locked, retried

#: Characters of a subject that a keeper may give.
MAX_SUBJECT = 500
MAX_REASON = 2_000

#: The states that an act is of use to.
_AFFECTED = {
    DecisionKind.HIDE: (EmailState.VISIBLE,),
    DecisionKind.DELETE: (EmailState.VISIBLE, EmailState.HIDDEN),
    DecisionKind.SHOW: (EmailState.HIDDEN, EmailState.DELETED),
    DecisionKind.ERASE: (EmailState.VISIBLE, EmailState.HIDDEN, EmailState.DELETED),
    DecisionKind.ANONYMIZE: (
        EmailState.VISIBLE,
        EmailState.HIDDEN,
        EmailState.DELETED,
    ),
}


class KeepingError(HyperKittyError):
    """What a keeper asked cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, and why."""

    user: Any = None
    cause: Cause = Cause.OTHER
    #: For other keepers; the cause alone is public.
    reason: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """What the log keeps of it."""
        reason = self.reason.replace("\x00", "")[:MAX_REASON]
        return {"user": self.user, "cause": self.cause, "reason": reason}


def affected(emails: QuerySet[Email], kind: DecisionKind) -> QuerySet[Email]:
    """Keep those of *emails* that the act would change."""
    return emails.filter(state__in=_AFFECTED[kind])


@retried
def change_states(
    mlist: MailingList, emails: QuerySet[Email], kind: DecisionKind, act: Act
) -> Decision:
    """Hide, delete, show again, erase or anonymize all of *emails*.

    Pages follow at once, whatever their number. What is deleted goes for good when
    its time is up, what is erased or made anonymous as soon as the worker comes to
    it; meanwhile nobody sees it. Raises `KeepingError` if there is nothing to do:
    a second click changes nothing.
    """
    with locked(mlist) as fresh:
        due_at = timezone.now() if kind in FINAL else None
        if due_at and kind not in IRREVERSIBLE:
            due_at += app_settings.expunge_after
        decision = record(fresh, kind, due_at=due_at, **act.columns)
        if not decide_states(decision, affected(emails.filter(mlist=fresh), kind)):
            raise KeepingError(_("There is nothing to do: it has been done already."))
        if decision.mails_count == 1:
            decision.permalink = decision.mails.get().permalink
            decision.save(update_fields=["permalink"])
    return decision


def split(email: Email, act: Act) -> Decision:
    """Make *email* and what answers it a thread of its own."""
    if email.parent_id is None and email.thread.starting_email_id == email.pk:
        raise KeepingError(_("This message starts its thread already."))
    return decide(email.mlist, DecisionKind.CUT, email.permalink, **act.columns)


def reattach(email: Email, parent: Email, act: Act) -> Decision:
    """Hang *email*, and what answers it, below *parent*."""
    if parent.mlist_id != email.mlist_id:
        raise KeepingError(_("Both messages have to be on the same list."))
    if email.parent_id == parent.pk:
        raise KeepingError(_("It answers that message already."))
    if parent.pk in _branch(email):
        raise KeepingError(_("That message stands below this one."))
    return decide(
        email.mlist,
        DecisionKind.PARENT,
        email.permalink,
        target=parent.permalink,
        **act.columns,
    )


def merge(thread: Thread, other: Thread, act: Act) -> Decision:
    """Make one thread of two; no message moves below another."""
    if thread.pk == other.pk:
        raise KeepingError(_("That is the same thread."))
    if thread.mlist_id != other.mlist_id:
        raise KeepingError(_("Both threads have to be on the same list."))
    return decide(
        thread.mlist,
        DecisionKind.MERGE,
        thread.thread_id,
        target=other.thread_id,
        **act.columns,
    )


@retried
def set_subject(email: Email, subject: str, act: Act) -> Decision:
    """Show another subject for *email*; its bytes keep the one it came with."""
    subject = one_line(subject.replace("\x00", ""))[:MAX_SUBJECT].strip()
    with locked(email.mlist) as fresh:
        found = Email.objects.get(pk=email.pk)
        if found.state == EmailState.ERASED or found.subject == subject:
            raise KeepingError(_("There is nothing to do: it has been done already."))
        decision = record(
            fresh,
            DecisionKind.SUBJECT,
            permalink=found.permalink,
            details={"subject": subject},
            **act.columns,
        )
        name_mails(decision, [found.permalink])
        show_subject(fresh, found, subject)
    return decision


def show_subject(mlist: MailingList, email: Email, subject: str) -> None:
    """Write the subject of *email*, and of its thread. The caller holds the lock."""
    Email.objects.filter(pk=email.pk).update(subject=subject)
    note_changes(mlist, [email.pk])
    replace_around(mlist, [email.permalink])


def set_category(thread: Thread, category: Category | None, act: Act) -> Decision:
    """Put *thread* into a category, or into none."""
    wanted = category.pk if category else None
    if thread.category_id == wanted:
        raise KeepingError(_("There is nothing to do: it has been done already."))
    return decide(
        thread.mlist,
        DecisionKind.CATEGORY,
        thread.thread_id,
        details={"category": wanted},
        **act.columns,
    )


def set_lock(thread: Thread, act: Act, *, is_locked: bool) -> Decision:
    """Close *thread* to posts from the web, or open it again."""
    if thread.is_locked == is_locked:
        raise KeepingError(_("There is nothing to do: it has been done already."))
    kind = DecisionKind.LOCK if is_locked else DecisionKind.UNLOCK
    return decide(thread.mlist, kind, thread.thread_id, **act.columns)


def branch(email: Email) -> QuerySet[Email]:
    """Return *email* and all that answers it, however indirectly. 1 query."""
    return Email.objects.filter(pk__in=_branch(email))


def _branch(email: Email) -> set[int]:
    rows = Email.objects.filter(thread=email.thread_id).values_list("pk", "parent_id")
    children: dict[int | None, list[int]] = {}
    for pk, parent_pk in rows:
        children.setdefault(parent_pk, []).append(pk)
    found = {email.pk}
    waiting = [email.pk]
    while waiting:
        below = [pk for pk in children.get(waiting.pop(), ()) if pk not in found]
        found.update(below)
        waiting += below
    return found
