"""Writing the rows of new mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from hyperkitty.mail.values import ParsedMessage
from hyperkitty.models import (
    AliasKind,
    Attachment,
    Email,
    EmailFlag,
    EmailText,
    MailingList,
    MessageAlias,
    RawMessage,
    Sender,
)
from hyperkitty.threads.arrival import Arrival
from hyperkitty.threads.bulk import (
    insert_rows,
    matching,
    update_columns,
)
from hyperkitty.threads.lookup import Lookup

from .identity import Verdict
from .prepare import sender_address
from .values import Prepared

_ATTEMPTS = 5
_SENDERS = Lookup(Sender.objects.all(), "address")
_NO_LINKS: dict[str, int | None] = {"parent_id": None, "twin_of_id": None}


def ensure_senders(mails: Iterable[Prepared]) -> dict[str, Sender]:
    """Return the senders of *mails* by address, making rows for new ones.

    Runs before the list is locked: senders belong to no list, and two processes may
    meet the same new one. The loser of that race reads what the winner wrote.
    """
    addresses = sorted({sender_address(mail.parsed) for mail in mails})
    for _attempt in range(_ATTEMPTS):
        found = {sender.address: sender for sender in _SENDERS.find(addresses)}
        new = [Sender(address=a) for a in addresses if a not in found]
        if not new:
            return found
        try:
            with transaction.atomic():
                Sender.objects.bulk_create(new)
        except IntegrityError:
            continue
        return found | {sender.address: sender for sender in new}
    raise IntegrityError("Senders keep appearing while they are made.")


def store_emails(
    mlist: MailingList,
    verdicts: Sequence[tuple[int, Verdict]],
    arrival: Arrival,
    senders: dict[str, Sender],
    reserved: Mapping[int, int],
) -> Mapping[int, int]:
    """Insert new mails with all that hangs on them; return row ids by key.

    *verdicts* come with the keys that placing knows them by; *reserved* gives the row
    ids if they are fixed already.
    """
    row_ids = _insert_emails(mlist, verdicts, arrival, senders, reserved)
    mails = [(row_ids[key], verdict.mail) for key, verdict in verdicts]
    insert_rows(RawMessage, [_raw(mlist, pk, 0, mail) for pk, mail in mails])
    insert_rows(EmailText, [_text(pk, mail) for pk, mail in mails])
    insert_rows(
        Attachment, [row for pk, mail in mails for row in attachments(pk, mail.parsed)]
    )
    insert_rows(
        MessageAlias, [row for pk, mail in mails for row in _aliases(mlist, pk, mail)]
    )
    return row_ids


def store_copies(mlist: MailingList, copies: Sequence[tuple[int, Prepared]]) -> None:
    """Keep further copies of mails, given with the rows of these mails."""
    if not copies:
        return
    highest = dict(
        matching(
            RawMessage.objects.values_list("email_id").annotate(Max("number")),
            "email_id",
            (email_id for email_id, _mail in copies),
        )
    )
    rows = []
    for email_id, mail in copies:
        highest[email_id] = highest.get(email_id, 0) + 1
        rows.append(_raw(mlist, email_id, highest[email_id], mail))
    insert_rows(RawMessage, rows)


def email_columns(parsed: ParsedMessage, snippet: str) -> dict[str, Any]:
    """Return the columns of a mail that follow from its bytes."""
    return {
        "message_id": parsed.message_id,
        "sender_name": parsed.from_name[:255],
        "subject": parsed.subject,
        "snippet": snippet[:255],
        "date": parsed.date,
        "utc_offset": parsed.utc_offset,
        "sort_date": parsed.sort_date,
        "size": parsed.size,
        "flags": _flags(parsed),
        "problems": ",".join(parsed.problems)[:255],
    }


def attachments(email_id: int, parsed: ParsedMessage) -> Iterator[dict[str, Any]]:
    """Yield the rows of a mail's attachments."""
    for found in parsed.attachments:
        yield {
            "email_id": email_id,
            "counter": found.counter,
            "name": found.name[:255],
            "content_type": found.content_type[:255],
            "charset": found.charset[:64],
            "size": found.size,
            "content_id": found.content_id[:255],
            "is_inline": found.inline,
        }


def attachment_rows(email: Email, parsed: ParsedMessage) -> list[Attachment]:
    """Return unsaved rows for the attachments of a mail."""
    return [Attachment(**row) for row in attachments(email.pk, parsed)]


def place_key(place: int) -> int:
    """Return the key of the mail at *place* in the batch: negative, never 0."""
    return -1 - place


def _insert_emails(
    mlist: MailingList,
    verdicts: Sequence[tuple[int, Verdict]],
    arrival: Arrival,
    senders: dict[str, Sender],
    reserved: Mapping[int, int],
) -> Mapping[int, int]:
    """Insert the rows of the mails themselves, linked to each other."""
    now = timezone.now()
    emails = {key: _email(mlist, key, v, arrival, senders, now) for key, v in verdicts}
    links = {key: _links(key, verdict, arrival) for key, verdict in verdicts}
    if reserved:
        for key, row in emails.items():
            row |= {"id": reserved[key], **_with_rows(links[key], reserved)}
        insert_rows(Email, emails.values())
        return reserved
    insert_rows(Email, ({**row, **_NO_LINKS} for row in emails.values()))
    row_ids = _row_ids(mlist, verdicts)
    update_columns(
        Email,
        (
            {"id": row_ids[key], **_with_rows(found, row_ids)}
            for key, found in links.items()
            if found != _NO_LINKS
        ),
    )
    return row_ids


def _email(
    mlist: MailingList,
    key: int,
    verdict: Verdict,
    arrival: Arrival,
    senders: dict[str, Sender],
    now: datetime,
) -> dict[str, Any]:
    mail = verdict.mail
    return {
        "mlist_id": mlist.pk,
        "message_id_hash": mail.message_id_hash,
        "permalink": mail.permalink,
        "state": verdict.state,
        "thread_id": arrival.threads[key].pk,
        "parent_reason": arrival.links[key].reason,
        "sender_id": senders[sender_address(mail.parsed)].pk,
        "arrived_at": mail.arrived_at,
        "revision": 0,
        "changed_at": now,
        **email_columns(mail.parsed, mail.snippet),
    }


def _links(key: int, verdict: Verdict, arrival: Arrival) -> dict[str, int | None]:
    """Return which mails the mail names: rows, or keys of this batch."""
    twin_of = verdict.twin_of
    if verdict.twin_of_place is not None:
        twin_of = place_key(verdict.twin_of_place)
    return {"parent_id": arrival.links[key].parent, "twin_of_id": twin_of}


def _with_rows(
    links: Mapping[str, int | None], row_ids: Mapping[int, int]
) -> dict[str, int | None]:
    return {
        name: row_ids.get(found, found) if found is not None else None
        for name, found in links.items()
    }


def _row_ids(
    mlist: MailingList, verdicts: Sequence[tuple[int, Verdict]]
) -> dict[int, int]:
    keys = {verdict.permalink: key for key, verdict in verdicts}
    emails = Email.objects.filter(mlist=mlist).values_list("permalink", "pk")
    return {keys[name]: pk for name, pk in matching(emails, "permalink", keys)}


def _raw(
    mlist: MailingList, email_id: int, number: int, mail: Prepared
) -> dict[str, Any]:
    file = _save_file(mail) if "hyperkitty" in settings.STORAGES else ""
    return {
        "mlist_id": mlist.pk,
        "email_id": email_id,
        "number": number,
        "digest": mail.digest,
        "from_line": mail.from_line or None,
        "source": mail.source,
        "arrived_at": mail.arrived_at,
        "size": mail.parsed.size,
        "codec": mail.raw.codec,
        "dictionary_id": mail.raw.dictionary_id,
        "data": None if file else mail.raw.data,
        "file": file,
    }


def _save_file(mail: Prepared) -> str:
    """Put the packed bytes into ``STORAGES["hyperkitty"]``; return their name there.

    A transaction that fails afterwards leaves the file behind; `hyperkitty_audit`
    lists such files. The other way round a mail could be lost.
    """
    name = f"raw/{mail.digest[:2]}/{mail.digest[2:4]}/{mail.digest}.zst"
    return storages["hyperkitty"].save(name, File(BytesIO(mail.raw.data)))


def _text(email_id: int, mail: Prepared) -> dict[str, Any]:
    return {
        "email_id": email_id,
        "codec": mail.text.codec,
        "dictionary_id": mail.text.dictionary_id,
        "data": mail.text.data,
        "references": mail.references,
        "html_part": mail.parsed.html_part,
    }


def _aliases(
    mlist: MailingList, email_id: int, mail: Prepared
) -> Iterator[dict[str, Any]]:
    hashes = {mail.parsed.permalink, *mail.parsed.hash_variants} - {mail.permalink}
    for found in sorted(hashes):
        yield {
            "mlist_id": mlist.pk,
            "kind": AliasKind.HASH,
            "value": found,
            "email_id": email_id,
        }


def _flags(parsed: ParsedMessage) -> EmailFlag:
    flags = EmailFlag(0)
    for flag, is_set in (
        (EmailFlag.ATTACHMENTS, parsed.attachments),
        (EmailFlag.HTML, parsed.html_part is not None),
        (EmailFlag.PATCH, parsed.has_patch),
        (EmailFlag.FLOWED, parsed.is_flowed),
        (EmailFlag.DELSP, parsed.is_delsp),
        (EmailFlag.TEXT_FROM_HTML, parsed.text_from_html),
        (EmailFlag.DAMAGED, parsed.problems),
    ):
        if is_set:
            flags |= flag
    return flags
