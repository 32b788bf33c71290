"""Files that Pipermail cut out of mails, found again by the links it left.

Pipermail replaced an attachment by a few lines of text that end with the address of
a file below the list's folder ``attachments``. With that folder at hand the file is
kept with the mail and shown as its attachment; the mail itself stays as it came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hyperkitty.conf import app_settings
from hyperkitty.mail.file_names import safe_name, type_for
from hyperkitty.models import (
    Attachment,
    Email,
    EmailFlag,
    MailingList,
    Packed,
    ScrubbedFile,
    pack,
)
from hyperkitty.threads.bulk import matching, update_rows
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.locking import locked, retried

from .prepare import raw_digest
from .values import Outcome, Prepared, Status

#: Files of one mail that are looked for.
MAX_FILES = 100
#: Lines above a link that may describe its file.
DESCRIPTION_LINES = 8

_MARK = "/attachments/"
#: ``URL: <https://lists.example.org/…/attachments/20030501/5f3a2b1c/name.bin>``
_LINK = re.compile(
    r"[^\s>:]{1,20} ?: ?<?https?://[^\s<>]{1,1000}?"
    r"/attachments/(\d{8}/[0-9a-f]{4,40}/[^\s<>/]{1,200})>?\s*"
)
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class ScrubbedLink:
    """What a mail says of a file that is not in it any more."""

    path: str  # below the folder "attachments"
    name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How many files were found and kept, and how many are not there."""

    kept: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that was read, with the mail it belongs to."""

    email_id: int
    link: ScrubbedLink
    content: bytes
    packed: Packed


def may_name_files(raw: bytes) -> bool:
    """Whether it is worth looking for links in the mail; encoded ones are missed."""
    return _MARK.encode() in raw


def scrubbed_links(text: str) -> list[ScrubbedLink]:
    """Return the links of Pipermail in *text*; quoted ones belong to another mail."""
    if _MARK not in text:
        return []
    lines = text.split("\n")
    links: dict[str, ScrubbedLink] = {}
    for place, line in enumerate(lines):
        if _MARK in line and (found := _LINK.fullmatch(line)):
            described = lines[max(0, place - DESCRIPTION_LINES) : place]
            links.setdefault(found[1], _link(found[1], described))
            if len(links) == MAX_FILES:
                break
    return list(links.values())


def keep_files(
    mlist: MailingList,
    mails: Sequence[Prepared],
    outcomes: Sequence[Outcome],
    folder: Path,
) -> Kept:
    """Keep the files that *mails* name, where *folder* has them; once is enough.

    *folder* is the list's folder of Pipermail or its ``attachments``.
    """
    wanted = {
        outcome.email_id: links
        for mail, outcome in zip(mails, outcomes, strict=True)
        if outcome.email_id is not None
        and outcome.status != Status.DENIED
        and (links := scrubbed_links(mail.parsed.text))
    }
    if not wanted:
        return Kept()
    known = set(
        matching(
            ScrubbedFile.objects.values_list("email_id", "path"), "email_id", wanted
        )
    )
    found, missing = [], 0
    for email_id, links in wanted.items():
        for link in links:
            if (email_id, link.path) in known:
                continue
            content = _read(folder, link.path)
            if content is None:
                missing += 1
            else:
                found.append(_Found(email_id, link, content, pack(content)))
    return Kept(_store(mlist, found) if found else 0, missing)


def scrubbed_attachments(
    email: Email, files: Sequence[ScrubbedFile]
) -> list[Attachment]:
    """Return unsaved attachment rows for the scrubbed files of a mail."""
    return [
        Attachment(
            email=email,
            counter=kept.counter,
            name=kept.name,
            content_type=kept.content_type,
            size=kept.size,
        )
        for kept in files
    ]


def _link(path: str, described: Sequence[str]) -> ScrubbedLink:
    told = {"name": "", "type": ""}
    for line in described:
        label, _colon, value = line.partition(":")
        if label.strip().lower() in told:
            told[label.strip().lower()] = value.strip()
    name = told["name"] if told["name"] != "not available" else ""
    own_name = path.rpartition("/")[2]
    content_type = told["type"].lower()
    if not _TYPE.fullmatch(content_type):
        content_type = type_for(own_name)
    return ScrubbedLink(path, safe_name(name or own_name, content_type), content_type)


def _read(folder: Path, path: str) -> bytes | None:
    """Return the file at *path*, never one outside *folder*."""
    root = folder.resolve()
    for place in (root / "attachments" / path, root / path):
        file = place.resolve()
        if (
            file.is_relative_to(root)
            and file.is_file()
            and file.stat().st_size <= app_settings.max_message_size
        ):
            return file.read_bytes()
    return None


@retried
def _store(mlist: MailingList, found: Sequence[_Found]) -> int:
    """Write rows for *found* and return how many; another process may have done so."""
    with locked(mlist) as fresh:
        email_ids = {one.email_id for one in found}
        known: dict[int, list[ScrubbedFile]] = {pk: [] for pk in email_ids}
        rows = ScrubbedFile.objects.defer("data")
        for row in matching(rows, "email_id", email_ids):
            known[row.email_id].append(row)
        new = []
        for one in found:
            there = known[one.email_id]
            if one.link.path not in {row.path for row in there}:
                row = _row(one, ScrubbedFile.FIRST_COUNTER + len(there))
                there.append(row)
                new.append(row)
        ScrubbedFile.objects.bulk_create(new)
        emails = {
            email.pk: email
            for email in matching(
                Email.objects.only("flags"), "pk", {row.email_id for row in new}
            )
        }
        Attachment.objects.bulk_create(
            attachment
            for row in new
            for attachment in scrubbed_attachments(emails[row.email_id], [row])
        )
        for email in emails.values():
            email.flags |= EmailFlag.ATTACHMENTS
        update_rows(Email, emails.values(), ["flags"])
        note_changes(fresh, list(emails))
    return len(new)


def _row(found: _Found, counter: int) -> ScrubbedFile:
    return ScrubbedFile(
        email_id=found.email_id,
        counter=counter,
        path=found.link.path,
        name=found.link.name,
        content_type=found.link.content_type,
        size=len(found.content),
        digest=raw_digest(found.content),
        codec=found.packed.codec,
        dictionary_id=found.packed.dictionary_id,
        data=found.packed.data,
    )
