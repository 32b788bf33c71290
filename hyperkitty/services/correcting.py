"""Making the rows of a mail say what its bytes say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hyperkitty.ingest import Prepared
from hyperkitty.ingest.dictionary import current_dictionary
from hyperkitty.models import (
    AliasKind,
    Attachment,
    Email,
    EmailText,
    MessageAlias,
    Sender,
    pack,
)

from .derived import MailRows, right_attachments


def correct(
    rows: MailRows,
    mail: Prepared,
    wrong: Mapping[str, tuple[Any, Any]],
    senders: Mapping[str, Sender],
) -> None:
    """Write the *wrong* columns of the mail's rows as its bytes have them.

    The caller holds the list's lock.
    """
    email = rows.email
    right = {name: value for name, (_stored, value) in wrong.items()}
    if {"text", "references", "html_part"} & right.keys():
        _correct_text(email, mail)
    if "attachments" in right:
        Attachment.objects.filter(email=email).delete()
        Attachment.objects.bulk_create(right_attachments(rows, mail))
    if "aliases" in right:
        _correct_aliases(email, right["aliases"])
    columns = right.keys() & {field.name for field in Email._meta.concrete_fields}
    for name in columns:
        value = right[name]
        setattr(email, name, senders[value] if name == "sender" else value)
    if columns:
        email.save(update_fields=columns)


def _correct_text(email: Email, mail: Prepared) -> None:
    trained = current_dictionary()
    packed = pack(
        mail.parsed.text.encode(), *((trained.pk, trained.data) if trained else ())
    )
    EmailText.objects.update_or_create(
        email=email,
        defaults={
            "codec": packed.codec,
            "dictionary_id": packed.dictionary_id,
            "data": packed.data,
            "references": mail.references,
            "html_part": mail.parsed.html_part,
        },
    )


def _correct_aliases(email: Email, right: Sequence[str]) -> None:
    aliases = MessageAlias.objects.filter(email=email, kind=AliasKind.HASH)
    aliases.exclude(value__in=right).delete()
    known = set(aliases.values_list("value", flat=True))
    MessageAlias.objects.bulk_create(
        MessageAlias(
            mlist_id=email.mlist_id, kind=AliasKind.HASH, value=value, email=email
        )
        for value in right
        if value not in known
    )
