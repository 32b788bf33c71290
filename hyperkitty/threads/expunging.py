"""What is left of a mail whose bytes go: its URL, its place and the day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from hyperkitty.models import (
    Attachment,
    Email,
    EmailState,
    EmailText,
    MailingList,
    Notification,
    OutgoingPost,
    QuotedText,
    RawMessage,
    Report,
    ScrubbedFile,
    Sender,
    Vote,
    pack,
)
from hyperkitty.search.pending import note_mails

from .bulk import matching, update_rows
from .denial import deny, identity
from .replacing import replace_threads

#: The sender of mails that are erased.
NOBODY = "erased@invalid"

#: Rows that go with the bytes.
_CONTENT: tuple[Any, ...] = (
    RawMessage,
    ScrubbedFile,
    Attachment,
    Vote,
    Report,
    QuotedText,
    OutgoingPost,
    Notification,
)

_COLUMNS = (
    "message_id",
    "state",
    "sender",
    "sender_name",
    "subject",
    "snippet",
    "date",
    "utc_offset",
    "sort_date",
    "size",
    "flags",
    "problems",
    "revision",
    "changed_at",
)


def expunge(mlist: MailingList, emails: Sequence[Email]) -> None:
    """Turn *emails*, a batch with their senders, into tombstones for good.

    Bytes, text, attachments and votes go; hash, place in the tree, ids that it named
    and the day stay. They do not come back. The caller holds the list's lock, and has
    taken the mails from readers' sight.
    """
    deny(mlist, (identity_of(email) for email in emails))
    pks = [email.pk for email in emails]
    _delete_content(pks)
    nobody, _created = Sender.objects.get_or_create(address=NOBODY)
    for email in emails:
        email.message_id = ""
        email.state = EmailState.ERASED
        email.sender = nobody
        email.sender_name = email.subject = email.snippet = email.problems = ""
        email.date = email.utc_offset = None
        email.sort_date = email.sort_date.replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        email.size = email.flags = 0
        email.revision += 1
        email.changed_at = timezone.now()
    update_rows(Email, emails, _COLUMNS)
    note_mails(pks)
    # Their order among others may follow from the hour, which is gone.
    replace_threads(mlist, {email.thread_id for email in emails})


def identity_of(email: Email) -> str:
    """Return what the deny list knows *email* by."""
    return identity(email.message_id_hash, email.sender.address, email.date)


def forget_senders(sender_ids: Iterable[int]) -> None:
    """Take the address of those of these senders who have no mail left.

    Their rows stay, for mail that is just arriving may have found one.
    """
    lonely = Sender.objects.filter(pk__in=set(sender_ids), emails=None)
    for sender in lonely.exclude(address=NOBODY):
        sender.address, sender.mailman_id = f"{sender.pk}.{NOBODY}", ""
        sender.save(update_fields=["address", "mailman_id"])


def drop_files(raws: Iterable[RawMessage]) -> None:
    """Delete the files of raw messages once this transaction is through."""
    for raw in raws:
        if raw.file:
            transaction.on_commit(partial(storages["hyperkitty"].delete, raw.file))


def _delete_content(pks: Sequence[int]) -> None:
    raws = RawMessage.objects.filter(email__in=pks).defer("data")
    drop_files(raws)
    for model in _CONTENT:
        model.objects.filter(email__in=pks).delete()
    empty = pack(b"")
    texts = list(matching(EmailText.objects.defer("data"), "pk", pks))
    for text in texts:
        text.codec, text.dictionary_id = empty.codec, empty.dictionary_id
        text.data, text.html_part = empty.data, None
    update_rows(EmailText, texts, ("codec", "dictionary", "data", "html_part"))
