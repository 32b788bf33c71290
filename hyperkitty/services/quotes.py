"""Replies that quote or name somebody whose mail was erased: found, then confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.ingest import raw_digest
from hyperkitty.mail.redaction import lines_with_names, plain_line, quoting_lines
from hyperkitty.models import (
    Decision,
    DecisionKind,
    Email,
    EmailState,
    EmailText,
    MailingList,
    QuotedText,
)
from hyperkitty.threads.locking import locked, retried

from .keeping import KeepingError
from .rewriting import names_of, take_lines_out

#: Shorter lines stand in mails of other people by chance.
MIN_LINE = 12
#: Texts of a thread that are read at a time, and at most.
BATCH, MAX_TEXTS = 100, 5_000


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line of a reply, and whether it is to go."""

    text: str
    is_quote: bool


def find_quotes(
    mlist: MailingList, decision: Decision, emails: Sequence[Email]
) -> None:
    """Note which lines of other mails quote or name the authors of *emails*.

    Call it while these have their texts. Each of their threads is read once.
    """
    by_thread: dict[int, list[Email]] = {}
    for email in emails:
        by_thread.setdefault(email.thread_id, []).append(email)
    for thread_pk, found in by_thread.items():
        _find_in_thread(mlist, decision, thread_pk, found)


def quoted_lines(found: QuotedText) -> list[QuotedLine]:
    """Return the lines of the reply, those to go marked; none if its text changed."""
    text = _text(found.email_id)
    if _digest(text) != found.text_digest:
        return []
    numbers = set(found.lines)
    return [QuotedLine(t, n in numbers) for n, t in enumerate(text.split("\n"))]


@retried
def confirm(found: QuotedText) -> None:
    """Take the lines out of the reply, for good; its bytes say that it was done."""
    with locked(found.email.mlist) as fresh:
        row = QuotedText.objects.select_related("email__sender").filter(pk=found.pk)
        current = row.first()
        if current is None:
            return
        if _digest(_text(current.email_id)) != current.text_digest:
            current.delete()
            raise KeepingError(_("The reply has changed since: nothing was done."))
        if current.email.state != EmailState.ERASED:
            take_lines_out(fresh, current.email, current.lines)
        _follow(current)
        current.delete()


def dismiss(found: QuotedText) -> None:
    """Leave the reply as it is."""
    QuotedText.objects.filter(pk=found.pk).delete()


def _follow(done: QuotedText) -> None:
    """Let other entries about the same reply mean its new text: as many lines."""
    digest = _digest(_text(done.email_id))
    others = QuotedText.objects.filter(
        email=done.email_id, text_digest=done.text_digest
    )
    others.update(text_digest=digest)


def _find_in_thread(
    mlist: MailingList, decision: Decision, thread_pk: int, emails: Sequence[Email]
) -> None:
    names = {name for email in emails for name in names_of(email)}
    own: set[str] = set()
    if decision.kind == DecisionKind.ERASE:
        for email in emails:
            own |= _lines(_text(email.pk))
    pks = {email.pk for email in emails}
    rows = []
    for text_row in _texts(thread_pk, pks):
        text = _read(text_row)
        lines = lines_with_names(text, names) | quoting_lines(text, own)
        if lines:
            rows.append((text_row.pk, lines, _digest(text)))
    for email_pk, lines, digest in rows:
        row, is_new = QuotedText.objects.get_or_create(
            decision=decision,
            email_id=email_pk,
            defaults={"lines": sorted(lines), "text_digest": digest},
        )
        if not is_new:
            known = set(row.lines) if row.text_digest == digest else set()
            row.lines, row.text_digest = sorted(known | lines), digest
            row.created_at = timezone.now()
            row.save()


def _texts(thread_pk: int, without: Collection[int]) -> Iterator[EmailText]:
    rows = EmailText.objects.filter(email__thread=thread_pk).exclude(
        email__state=EmailState.ERASED
    )
    rows = rows.exclude(pk__in=without).order_by("pk")
    yield from rows[:MAX_TEXTS].iterator(chunk_size=BATCH)


def _lines(text: str) -> set[str]:
    found = (
        plain_line(line) for line in text.split("\n") if line[:1] not in (">", "|")
    )
    return {line for line in found if len(line) >= MIN_LINE}


def _text(email_pk: int) -> str:
    row = EmailText.objects.filter(pk=email_pk).first()
    return _read(row) if row else ""


def _read(row: EmailText) -> str:
    try:
        return row.text
    except (ArchiveCorrupt, UnicodeDecodeError):
        return ""


def _digest(text: str) -> str:
    return raw_digest(text.encode())
