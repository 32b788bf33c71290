"""Mails that must not come back, told by an HMAC of what makes them that mail.

The row of an erased mail holds nothing of its author. That it is this mail which comes
again, from Mailman or an import, is told by a keyed digest of Message-ID, address and
date: whoever reads the table without the key learns nothing from it.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import Denied, Email, EmailState, MailingList

from .bulk import insert_rows, matching


def identity(message_id_hash: str, address: str, date: datetime | None) -> str:
    """Return the keyed digest of what makes a mail this mail."""
    claimed = date.isoformat() if date else ""
    return _digest("\0".join([message_id_hash, address.casefold(), claimed]))


def key_name() -> str:
    """Return what tells the present key from another one, and nothing about it."""
    return _digest("which key")


def deny(mlist: MailingList, digests: Iterable[str]) -> None:
    """Keep mails with these digests out of *mlist*. The caller holds its lock."""
    wanted, key, now = set(digests), key_name(), timezone.now()
    rows = Denied.objects.filter(list_id=mlist.list_id, key=key)
    wanted -= set(matching(rows.values_list("digest", flat=True), "digest", wanted))
    insert_rows(
        Denied,
        [
            {"list_id": mlist.list_id, "digest": one, "key": key, "created_at": now}
            for one in sorted(wanted)
        ],
    )


def denied_among(mlist: MailingList, found: Iterable[tuple[str, str]]) -> set[str]:
    """Return the digests among *found* that are denied: Message-ID-Hash and digest.

    If entries were made with a key that is lost, they tell nothing any more: then
    whatever has the id of an erased mail stays out.
    """
    pairs = list(found)
    rows = Denied.objects.filter(list_id=mlist.list_id)
    digests = rows.values_list("digest", flat=True)
    denied = set(matching(digests, "digest", (digest for _hash, digest in pairs)))
    if rows.exclude(key=key_name()).exists():
        erased = Email.objects.filter(mlist=mlist, state=EmailState.ERASED)
        hashes = erased.values_list("message_id_hash", flat=True)
        gone = set(matching(hashes, "message_id_hash", (h for h, _digest in pairs)))
        denied |= {digest for id_hash, digest in pairs if id_hash in gone}
    return denied


def strange_entries() -> int:
    """Return how many entries were made with a key that is not the present one."""
    return Denied.objects.exclude(key=key_name()).count()


def _digest(text: str) -> str:
    keyed = hmac.digest(app_settings.deny_key, text.encode(), "sha256")
    return b32encode(keyed[:20]).decode()
