"""What the index holds of a mail, read from the database in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zlib import crc32

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import (
    Attachment,
    Email,
    EmailFlag,
    EmailText,
    MailingList,
    Tagging,
    unpack,
)
from hyperkitty.rendering.own_text import split_text

from .attached import attached_texts
from .languages import Languages
from .text import to_index

#: Letters of a mail's text that are searched.
MAX_TEXT = 500_000
#: How much more a mail counts, at the same match, for each year that it is younger,
#: and for starting a thread. Ten years make 16 %, a start 10 %.
PER_YEAR = 1.015
FOR_START = 1.1
#: Older dates than the first mailing lists are mistakes.
FIRST_YEAR = 1970


@dataclass(frozen=True)
class Document:
    """The entry of one mail; without slots, for it travels between processes."""

    email: int
    mlist: int
    thread: int
    sender: int
    date: int  # seconds since 1970
    year: int
    month: int  # 202411
    weight: float  # factor of its score by relevance
    msgid: str  # hash of the Message-ID
    address: str
    marks: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    #: Tells an entry that is out of date without reading the text.
    stamp: int
    # Texts, ready for a tokenizer.
    subject: str
    own: str
    quoted: str
    author: str
    filename: str
    attachment: str


class Facts(NamedTuple):
    """What an entry holds beyond text."""

    email: int
    mlist: int
    thread: int
    starting_email: int | None
    answer: int | None
    sender: int
    address: str
    sender_name: str
    subject: str
    sort_date: datetime
    flags: int
    message_id: str
    revision: int


_COLUMNS = (
    "pk",
    "mlist_id",
    "thread_id",
    "thread__starting_email_id",
    "thread__answer_id",
    "sender_id",
    "sender__address",
    "sender_name",
    "subject",
    "sort_date",
    "flags",
    "message_id",
    "revision",
)


def read_documents(email_ids: Collection[int], languages: Languages) -> list[Document]:
    """Return the entries of those of the mails that readers may see.

    Costs the same few queries for any number of mails, and reads the raw messages of
    those that have text files attached.
    """
    found = read_facts(email_ids)
    ids = [facts.email for facts in found]
    lists = MailingList.objects.only("name", "subject_prefix").in_bulk(
        {facts.mlist for facts in found}
    )
    texts = _texts(ids)
    names, attached = _attachments(facts for facts in found)
    marks, tags = _marks(found), _tags(found)
    return [
        _document(
            facts,
            lists[facts.mlist],
            texts.get(facts.email, ""),
            names.get(facts.email, ""),
            attached.get(facts.email, ""),
            marks[facts.email],
            tags.get(facts.thread, ()),
            languages,
        )
        for facts in found
    ]


def read_stamps(email_ids: Collection[int]) -> dict[int, int]:
    """Return the stamps that entries of these mails should have, by mail."""
    found = read_facts(email_ids)
    marks, tags = _marks(found), _tags(found)
    return {
        facts.email: _stamp(facts, marks[facts.email], tags.get(facts.thread, ()))
        for facts in found
    }


def read_facts(email_ids: Collection[int]) -> list[Facts]:
    """Return the facts of those of the mails that readers may see."""
    visible = Email.objects.visible().filter(pk__in=email_ids)
    return [Facts(*row) for row in visible.order_by("pk").values_list(*_COLUMNS)]


def weight_of(date: datetime, *, is_start: bool) -> float:
    """Return the factor by which a score counts: newer mails and starts a little more.

    It depends on no other mail and not on today, so entries need no upkeep.
    """
    years = max(date.year - FIRST_YEAR, 0) + date.month / 12
    weight = float(PER_YEAR**years)
    return weight * FOR_START if is_start else weight


def _document(
    facts: Facts,
    mlist: MailingList,
    text: str,
    names: str,
    attached: str,
    marks: tuple[str, ...],
    tags: tuple[str, ...],
    languages: Languages,
) -> Document:
    own, quoted = split_text(
        text[:MAX_TEXT],
        is_flowed=bool(facts.flags & EmailFlag.FLOWED),
        is_delsp=bool(facts.flags & EmailFlag.DELSP),
    )
    date = facts.sort_date.astimezone(UTC)
    return Document(
        email=facts.email,
        mlist=facts.mlist,
        thread=facts.thread,
        sender=facts.sender,
        date=int(date.timestamp()),
        year=date.year,
        month=date.year * 100 + date.month,
        weight=weight_of(date, is_start="starter" in marks),
        msgid=message_id_hash(facts.message_id),
        address=facts.address,
        marks=marks,
        tags=tags,
        language=languages.of_list(mlist.name),
        stamp=_stamp(facts, marks, tags),
        subject=to_index(strip_prefix(facts.subject, mlist.subject_prefix)),
        own=to_index(own),
        quoted=to_index(quoted),
        author=to_index(f"{facts.sender_name} {facts.address}"),
        filename=to_index(names),
        attachment=to_index(attached),
    )


def _stamp(facts: Facts, marks: tuple[str, ...], tags: tuple[str, ...]) -> int:
    values = (facts.mlist, facts.thread, facts.sender, facts.revision, marks, tags)
    return crc32(repr(values).encode())


def _texts(email_ids: Collection[int]) -> dict[int, str]:
    rows = EmailText.objects.filter(pk__in=email_ids)
    texts = {}
    blobs = rows.values_list("pk", "codec", "dictionary_id", "data")
    for pk, codec, dictionary_id, data in blobs:
        try:
            texts[pk] = unpack(codec, dictionary_id, data).decode(errors="replace")
        except ArchiveCorrupt:
            texts[pk] = ""  # the audit tells; the rest of the mail is found
    return texts


def _attachments(
    found: Iterable[Facts],
) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Return the names of attachments and the texts in them, by mail."""
    having = [f.email for f in found if f.flags & EmailFlag.ATTACHMENTS]
    if not having:
        return {}, {}
    rows: dict[int, list[Attachment]] = defaultdict(list)
    for row in Attachment.objects.filter(email__in=having):
        rows[row.email_id].append(row)
    names = {pk: "\n".join(row.name for row in some) for pk, some in rows.items()}
    return names, attached_texts(rows)


def _marks(found: Collection[Facts]) -> dict[int, tuple[str, ...]]:
    ids = [facts.email for facts in found]
    replies = Email.objects.visible().filter(parent__in=ids)
    answered = set(replies.values_list("parent_id", flat=True).distinct())
    return {f.email: tuple(_marks_of(f, f.email in answered)) for f in found}


def _marks_of(facts: Facts, is_answered: bool) -> Iterator[str]:
    if facts.flags & EmailFlag.ATTACHMENTS:
        yield "attachment"
    if facts.flags & EmailFlag.PATCH:
        yield "patch"
    if facts.flags & EmailFlag.HTML:
        yield "html"
    if is_answered:
        yield "reply"
    if facts.email == facts.answer:
        yield "answer"
    if facts.email == facts.starting_email:
        yield "starter"
        if facts.answer is not None:
            yield "answered"
        if not is_answered:
            yield "unanswered"


def _tags(found: Iterable[Facts]) -> dict[int, tuple[str, ...]]:
    threads = {facts.thread for facts in found}
    rows = Tagging.objects.filter(thread__in=threads)
    tags: dict[int, set[str]] = defaultdict(set)
    for thread, name in rows.values_list("thread_id", "tag__name"):
        tags[thread].add(name.lower())
    return {thread: tuple(sorted(names)) for thread, names in tags.items()}
