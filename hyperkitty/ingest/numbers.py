"""The numbers that Pipermail or MHonArc gave to mails, kept for old links.

Both counted the mails of a list as they came. The mbox that they were made from tells
the numbers again by its order; where Pipermail's pages are still there, they tell them
for certain, for each holds the Message-ID of its mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from hyperkitty.mail import message_id
from hyperkitty.models import AliasKind, Email, MailingList, MessageAlias
from hyperkitty.threads.bulk import insert_rows, matching
from hyperkitty.threads.locking import locked, retried

#: The number of a mail: its kind and its value.
Number = tuple[AliasKind, str]

#: Pages recorded in one transaction.
BATCH = 2000
#: Bytes of a page in which its link for replies stands.
_HEAD = 16 * 1024
_PAGE = "*/[0-9][0-9][0-9][0-9][0-9][0-9]*.html"
_FILE = re.compile(r"([0-9]{6,9})\.html")
_REPLY = re.compile(rb'[?&;]In-Reply-To=(%3C[^"&\s]{1,3000})"', re.IGNORECASE)


def store_numbers(mlist: MailingList, numbers: Mapping[Number, int]) -> None:
    """Record which mails have *numbers*; what was recorded before gives way.

    The caller holds the list's lock.
    """
    if not numbers:
        return
    rows = MessageAlias.objects.filter(mlist=mlist, kind__in={k for k, _v in numbers})
    known = {
        (AliasKind(row.kind), row.value): row
        for row in matching(rows, "value", {value for _kind, value in numbers})
    }
    new = {
        number: email_id
        for number, email_id in numbers.items()
        if number not in known or known[number].email_id != email_id
    }
    wrong = [known[number].pk for number in new if number in known]
    MessageAlias.objects.filter(pk__in=wrong).delete()
    insert_rows(
        MessageAlias,
        (
            {"mlist_id": mlist.pk, "kind": kind, "value": value, "email_id": email_id}
            for (kind, value), email_id in new.items()
        ),
    )


def has_pages(folder: Path) -> bool:
    """Whether Pipermail's pages are in *folder*, its folder of the list."""
    return any(folder.glob(_PAGE))


def record_pages(mlist: MailingList, folder: Path) -> int:
    """Record the numbers that the pages in *folder* tell; return how many.

    Pages of mails that are not in the archive are passed over.
    """
    pages = _pages(folder)
    count = 0
    while batch := list(islice(pages, BATCH)):
        count += _record(mlist, batch)
    return count


@retried
def _record(mlist: MailingList, pages: Iterable[tuple[str, str]]) -> int:
    hashes = dict(pages)
    with locked(mlist) as fresh:
        emails = Email.objects.filter(mlist=fresh, twin_of=None)
        rows = emails.values_list("message_id_hash", "pk")
        found = dict(matching(rows, "message_id_hash", hashes.values()))
        numbers = {
            (AliasKind.PIPERMAIL, number): found[id_hash]
            for number, id_hash in hashes.items()
            if id_hash in found
        }
        store_numbers(fresh, numbers)
    return len(numbers)


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the number of each page and the hash of its mail's Message-ID."""
    for page in folder.glob(_PAGE):
        name = _FILE.fullmatch(page.name)
        if name is None:
            continue
        with page.open("rb") as file:
            link = _REPLY.search(file.read(_HEAD))
        if link and (named := message_id.clean(unquote(link[1].decode("latin-1")))):
            yield name[1], message_id.message_id_hash(named)
