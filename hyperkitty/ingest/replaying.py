"""What keepers decided about mails holds for these mails when they come again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hyperkitty.models import EmailState, MailingList
from hyperkitty.threads.loading import ruled_states, ruled_subjects

from .identity import Verdict
from .values import Prepared, Status


def replay(mlist: MailingList, verdicts: Sequence[Verdict]) -> None:
    """Give new mails the state and subject that standing decisions say.

    Without a statement where no keeper ever acted. The caller holds the list's lock.
    """
    if not mlist.has_decisions:
        return
    new = {v.permalink: v for v in verdicts if v.status == Status.ARCHIVED}
    states = ruled_states(mlist, new)
    subjects = ruled_subjects(mlist, new)
    for permalink, verdict in new.items():
        verdict.state = states.get(permalink, EmailState.VISIBLE)
        if permalink in subjects:
            verdict.mail = with_subject(verdict.mail, subjects[permalink])


def with_subject(mail: Prepared, subject: str) -> Prepared:
    """Return *mail* with the subject that a keeper gave it."""
    return replace(mail, parsed=replace(mail.parsed, subject=subject))
