"""Writing the original bytes of mails as an mbox file."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from django.db.models import QuerySet

from hyperkitty.mail.mbox import from_line_for, write_mboxrd
from hyperkitty.models import Email
from hyperkitty.selectors.mbox import raw_messages


def export_mails(
    emails: QuerySet[Email],
    out: BinaryIO,
    *,
    with_copies: bool = False,
    on_progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Write *emails* to *out* as mboxrd, oldest first; return how many were written.

    Each mail has the From_ line it came with, else one made of sender and date. With
    *with_copies* further copies of a mail, whose text differs, follow the first.
    """
    count = 0
    for email, raw in raw_messages(emails, with_copies=with_copies):
        from_line = bytes(raw.from_line or b"") or from_line_for(
            email.sender.address, email.sort_date
        )
        write_mboxrd(out, raw.read(), from_line)
        count += 1
        on_progress(count)
    return count
