"""Telling whether a mail is here already: itself, a copy of it, or a twin.

A mailing list changes what it sends: headers, a footer, the subject's prefix. So two
mails are the same when Message-ID, From, Date and the author's text are, whatever
the bytes. Another mail under a used Message-ID is a twin: it gets a row of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hyperkitty.models import Email, EmailState, EmailText, MailingList, RawMessage
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.denial import denied_among, identity
from hyperkitty.threads.lookup import Lookup

from .prepare import sender_address, twin_permalink
from .values import Prepared, Status

_BY_DIGEST = Lookup(
    RawMessage.objects.values_list("digest", "email_id", "email__permalink"), "digest"
)
_BY_ID = Lookup(
    Email.objects.values_list(
        "id", "message_id_hash", "permalink", "twin_of_id", "date", "sender__address"
    ),
    "message_id_hash",
)
_PERMALINKS = Lookup(Email.objects.values_list("permalink"), "permalink")
#: Lines that a list may add below a mail.
FOOTER_LINES = 20


@dataclass(slots=True)
class Verdict:
    """What a mail of the batch is.

    For a mail that is here, *email_id* is its row; or *same_as* is the place in the
    batch of the first with the same content.
    """

    status: Status
    mail: Prepared
    permalink: str
    email_id: int | None = None
    same_as: int | None = None
    #: What keepers have decided about it, should it be new.
    state: EmailState = EmailState.VISIBLE
    #: A twin's first: its row, or its place in the batch.
    twin_of: int | None = None
    twin_of_place: int | None = None

    @property
    def is_twin(self) -> bool:
        """Whether another mail owns its Message-ID."""
        return self.twin_of is not None or self.twin_of_place is not None

    @property
    def is_visible(self) -> bool:
        """Whether readers will see it."""
        return self.state == EmailState.VISIBLE


@dataclass(slots=True)
class _Known:
    """A mail that has a Message-ID: a row, or a place in the batch."""

    address: str
    date: object
    text: str
    permalink: str
    email_id: int | None = None
    place: int | None = None


def judge(mlist: MailingList, mails: Sequence[Prepared]) -> list[Verdict]:
    """Say of each of *mails* what it is; the caller holds the list's lock."""
    digests = (mail.digest for mail in mails)
    by_digest = {
        digest: (email_id, permalink)
        for digest, email_id, permalink in _BY_DIGEST.find(digests, mlist)
    }
    new = [mail for mail in mails if mail.digest not in by_digest]
    known = _known_by_id(mlist, new)
    taken = _taken_permalinks(mlist, new)
    denied = _denied(mlist, new)
    batch_digests: dict[str, int] = {}
    verdicts: list[Verdict] = []
    for place, mail in enumerate(mails):
        if mail.digest in by_digest:
            email_id, permalink = by_digest[mail.digest]
            verdict = Verdict(Status.PRESENT, mail, permalink, email_id=email_id)
        elif mail.digest in batch_digests:
            first = batch_digests[mail.digest]
            verdict = replace(verdicts[first], status=Status.PRESENT, same_as=first)
        elif mail.digest in denied:
            verdict = _denied_verdict(mail, known[mail.message_id_hash])
        else:
            verdict = _judge_by_id(mail, known[mail.message_id_hash], taken)
            batch_digests[mail.digest] = place
            if verdict.status == Status.ARCHIVED:
                taken.add(verdict.permalink)
                known[mail.message_id_hash].append(
                    _Known(*_identity(mail), verdict.permalink, place=place)
                )
        verdicts.append(verdict)
    return verdicts


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts are one, but for white space and a footer of the list."""
    lines, longer = sorted((_folded_lines(one), _folded_lines(other)), key=len)
    return longer[: len(lines)] == lines and len(longer) - len(lines) <= FOOTER_LINES


def _judge_by_id(mail: Prepared, known: list[_Known], taken: set[str]) -> Verdict:
    address, date, text = _identity(mail)
    for found in known:
        if (found.address, found.date) == (address, date) and is_same_text(
            found.text, text
        ):
            status = Status.PRESENT if found.text == text else Status.COPY
            return Verdict(
                status,
                mail,
                found.permalink,
                email_id=found.email_id,
                same_as=found.place,
            )
    if known or mail.permalink in taken:
        permalink = twin_permalink(mail.parsed.message_id, mail.text_digest)
        mail = replace(mail, permalink=permalink)
    verdict = Verdict(Status.ARCHIVED, mail, mail.permalink)
    if known:
        verdict.twin_of, verdict.twin_of_place = known[0].email_id, known[0].place
    return verdict


def _denied(mlist: MailingList, mails: Sequence[Prepared]) -> set[str]:
    """Return which mails were erased before, by the digest of their bytes.

    Without a statement where no keeper ever acted.
    """
    if not mlist.has_decisions:
        return set()
    identities = {
        mail.digest: identity(
            mail.message_id_hash, sender_address(mail.parsed), mail.parsed.date
        )
        for mail in mails
    }
    hashes = ((mail.message_id_hash, identities[mail.digest]) for mail in mails)
    denied = denied_among(mlist, hashes)
    return {digest for digest, found in identities.items() if found in denied}


def _denied_verdict(mail: Prepared, known: list[_Known]) -> Verdict:
    """Say of a mail that stays out where the one stands that was erased."""
    if known:
        found = known[0]
        return Verdict(Status.DENIED, mail, found.permalink, found.email_id)
    return Verdict(Status.DENIED, mail, mail.permalink)


def _identity(mail: Prepared) -> tuple[str, object, str]:
    parsed = mail.parsed
    return parsed.from_address.casefold(), parsed.date, parsed.text


def _known_by_id(
    mlist: MailingList, mails: Sequence[Prepared]
) -> dict[str, list[_Known]]:
    """Return the stored mails with the ids of *mails*, the owner of each id first."""
    rows = list(_BY_ID.find((mail.message_id_hash for mail in mails), mlist))
    ids = [row[0] for row in rows]
    texts = {t.pk: t.text for t in matching(EmailText.objects.all(), "pk", ids)}
    known: dict[str, list[_Known]] = defaultdict(list)
    rows.sort(key=lambda row: (row[3] is not None, row[0]))  # owners, oldest first
    for pk, id_hash, permalink, _twin_of, date, address in rows:
        text = texts.get(pk, "")
        known[id_hash].append(
            _Known(address.casefold(), date, text, permalink, email_id=pk)
        )
    return known


def _taken_permalinks(mlist: MailingList, mails: Sequence[Prepared]) -> set[str]:
    permalinks = (mail.permalink for mail in mails)
    return {permalink for (permalink,) in _PERMALINKS.find(permalinks, mlist)}


def _folded_lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line]
