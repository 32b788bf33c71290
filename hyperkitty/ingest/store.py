"""Writing the rows of new mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import Max

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
from hyperkitty.threads.bulk import matching, update_rows

from .identity import Verdict
from .values import Prepared

#: The address shown for a mail that names no sender.
NOBODY = "unknown@invalid"
_ATTEMPTS = 5


def ensure_senders(mails: Iterable[Prepared]) -> dict[str, Sender]:
    """Return the senders of *mails* by address, making rows for new ones.

    Runs before the list is locked: senders belong to no list, and two processes may
    meet the same new one. The loser of that race reads what the winner wrote.
    """
    addresses = sorted({sender_address(mail.parsed) for mail in mails})
    for _attempt in range(_ATTEMPTS):
        found = {s.address: s for s in matching(Sender.objects, "address", addresses)}
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


def sender_address(parsed: ParsedMessage) -> str:
    """Return the address under which the sender's row stands: at most 255 letters."""
    return parsed.from_address.lower()[:255] or NOBODY


def store_emails(
    mlist: MailingList,
    verdicts: Sequence[tuple[int, Verdict]],
    arrival: Arrival,
    senders: dict[str, Sender],
) -> dict[int, int]:
    """Insert new mails with all that hangs on them; return row ids by key.

    *verdicts* come with the keys that placing knows them by.
    """
    emails = {
        key: _email(mlist, verdict, arrival, key, senders) for key, verdict in verdicts
    }
    Email.objects.bulk_create(emails.values())
    row_ids = {key: email.pk for key, email in emails.items()}
    _link_twins(verdicts, emails)
    mails = [(emails[key], verdict.mail) for key, verdict in verdicts]
    RawMessage.objects.bulk_create(_raw(email, mail, 0) for email, mail in mails)
    EmailText.objects.bulk_create(_text(email, mail) for email, mail in mails)
    Attachment.objects.bulk_create(
        row for email, mail in mails for row in _attachments(email, mail.parsed)
    )
    MessageAlias.objects.bulk_create(
        row for email, mail in mails for row in _aliases(email, mail)
    )
    return row_ids


def store_copies(mlist: MailingList, copies: Sequence[tuple[int, Prepared]]) -> None:
    """Keep further copies of mails, given with the rows of these mails."""
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
        email = Email(pk=email_id, mlist_id=mlist.pk)
        rows.append(_raw(email, mail, highest[email_id]))
    RawMessage.objects.bulk_create(rows)


def email_columns(parsed: ParsedMessage, snippet: str) -> dict[str, object]:
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


def attachment_rows(email: Email, parsed: ParsedMessage) -> list[Attachment]:
    """Return unsaved rows for the attachments of a mail."""
    return list(_attachments(email, parsed))


def _email(
    mlist: MailingList,
    verdict: Verdict,
    arrival: Arrival,
    key: int,
    senders: dict[str, Sender],
) -> Email:
    mail = verdict.mail
    found = arrival.links[key]
    return Email(
        mlist=mlist,
        message_id_hash=mail.message_id_hash,
        permalink=mail.permalink,
        thread=arrival.threads[key],
        parent_id=found.parent if found.parent and found.parent > 0 else None,
        parent_reason=found.reason,
        twin_of_id=verdict.twin_of,
        sender=senders[sender_address(mail.parsed)],
        arrived_at=mail.arrived_at,
        **email_columns(mail.parsed, mail.snippet),
    )


def _link_twins(
    verdicts: Sequence[tuple[int, Verdict]], emails: dict[int, Email]
) -> None:
    twins = []
    for key, verdict in verdicts:
        if verdict.twin_of_place is not None:
            emails[key].twin_of = emails[place_key(verdict.twin_of_place)]
            twins.append(emails[key])
    update_rows(Email, twins, ("twin_of",))


def place_key(place: int) -> int:
    """Return the key of the mail at *place* in the batch: negative, never 0."""
    return -1 - place


def _raw(email: Email, mail: Prepared, number: int) -> RawMessage:
    row = RawMessage(
        mlist_id=email.mlist_id,
        email=email,
        number=number,
        digest=mail.digest,
        from_line=mail.from_line or None,
        source=mail.source,
        arrived_at=mail.arrived_at,
        size=mail.parsed.size,
        codec=mail.raw.codec,
        dictionary_id=mail.raw.dictionary_id,
        data=mail.raw.data,
    )
    if "hyperkitty" in settings.STORAGES:
        row.file = _save_file(mail)
        row.data = None
    return row


def _save_file(mail: Prepared) -> str:
    """Put the packed bytes into ``STORAGES["hyperkitty"]``; return their name there.

    A transaction that fails afterwards leaves the file behind; `hyperkitty_audit`
    lists such files. The other way round a mail could be lost.
    """
    name = f"raw/{mail.digest[:2]}/{mail.digest[2:4]}/{mail.digest}.zst"
    return storages["hyperkitty"].save(name, File(BytesIO(mail.raw.data)))


def _text(email: Email, mail: Prepared) -> EmailText:
    return EmailText(
        email=email,
        codec=mail.text.codec,
        dictionary_id=mail.text.dictionary_id,
        data=mail.text.data,
        references=mail.references,
        html_part=mail.parsed.html_part,
    )


def _attachments(email: Email, parsed: ParsedMessage) -> Iterable[Attachment]:
    for found in parsed.attachments:
        yield Attachment(
            email=email,
            counter=found.counter,
            name=found.name[:255],
            content_type=found.content_type[:255],
            charset=found.charset[:64],
            size=found.size,
            content_id=found.content_id[:255],
            is_inline=found.inline,
        )


def _aliases(email: Email, mail: Prepared) -> Iterable[MessageAlias]:
    hashes = {mail.parsed.permalink, *mail.parsed.hash_variants} - {mail.permalink}
    named = [(AliasKind.HASH, found) for found in sorted(hashes)]
    for kind, value in (*named, *mail.aliases):
        yield MessageAlias(mlist_id=email.mlist_id, kind=kind, value=value, email=email)


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
