"""Taking an act of a keeper back, while nothing later stands on it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from hyperkitty.models import (
    FINAL,
    IRREVERSIBLE,
    OF_STATES,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    MailingList,
)
from hyperkitty.threads.decisions import take_back
from hyperkitty.threads.loading import ruled_subjects
from hyperkitty.threads.locking import locked, retried

from .derived import subject_in_bytes
from .keeping import KeepingError, show_subject


class LaterEntryError(KeepingError):
    """A later entry of the log is about the same messages."""

    def __init__(self, later: Decision) -> None:
        """Keep the entry that stands in the way."""
        words = _(
            "Entry %(number)s of the log is about the same messages: undo it first."
        )
        super().__init__(words % {"number": later.pk})
        self.later = later


@retried
def undo(decision: Decision, user: Any = None) -> None:
    """Take *decision* back; doing it twice changes nothing.

    Raises `LaterEntryError`, or `KeepingError` for what is final.
    """
    with locked(decision.mlist) as fresh:
        found = Decision.objects.get(pk=decision.pk)
        if found.undone_at is not None:
            return
        if found.kind in IRREVERSIBLE or found.mails.filter(is_done=True).exists():
            raise KeepingError(_("That is final: the messages are gone for good."))
        if later := later_entry(found):
            raise LaterEntryError(later)
        take_back(fresh, found, user)
        if found.kind == DecisionKind.SUBJECT:
            _restore_subject(fresh, found)
        if found.kind in OF_STATES:
            _resume(fresh, found)


def later_entry(decision: Decision) -> Decision | None:
    """Return the first standing entry after *decision* about one of its mails."""
    own = DecidedMail.objects.filter(decision=decision).values("permalink")
    later = DecidedMail.objects.filter(
        permalink__in=own,
        decision__mlist=decision.mlist_id,
        decision__gt=decision.pk,
        decision__undone_at=None,
    )
    found = later.select_related("decision").order_by("decision_id").first()
    return found.decision if found else None


def _restore_subject(mlist: MailingList, decision: Decision) -> None:
    email = Email.objects.filter(mlist=mlist, permalink=decision.permalink).first()
    if email is None:
        return
    ruled = ruled_subjects(mlist, [email.permalink])
    subject = ruled.get(email.permalink)
    if subject is None:
        subject = subject_in_bytes(email)
    show_subject(mlist, email, subject)


def _resume(mlist: MailingList, decision: Decision) -> None:
    """Have deletions carried out whose time passed while *decision* stood over them."""
    own = DecidedMail.objects.filter(decision=decision).values("permalink")
    waiting = DecidedMail.objects.filter(permalink__in=own, is_done=False)
    earlier = Decision.objects.active().filter(
        mlist=mlist,
        kind__in=FINAL,
        due_at=None,
        pk__in=waiting.values("decision"),
    )
    earlier.update(due_at=decision.created_at)
