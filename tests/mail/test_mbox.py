"""Mbox files of every dialect give their mails back as they were."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hyperkitty.mail.mbox import (
    DamagedFileError,
    MboxMessage,
    from_line_for,
    open_mbox,
    write_mboxrd,
)

FROM_A = b"From a@example.org Tue Feb  3 10:00:00 2026"
FROM_B = b"From b@example.org Wed Feb  4 11:30:00 2026"
A = b"Subject: a\n\nHello.\n"
B = b"Subject: b\n\nBye.\n"


def read(data: bytes, **options: bool | int) -> list[MboxMessage]:
    return list(open_mbox(io.BytesIO(data), **options))  # type: ignore[arg-type]  # kwargs of two types


def raws(data: bytes, **options: bool | int) -> list[bytes]:
    return [message.raw for message in read(data, **options)]


def mbox(*messages: bytes) -> bytes:
    return b"".join(FROM_A + b"\n" + message + b"\n" for message in messages)


def test_it_works() -> None:
    data = FROM_A + b"\n" + A + b"\n" + FROM_B + b"\n" + B + b"\n"

    assert read(data) == [
        MboxMessage(FROM_A, A, index=0, offset=0),
        MboxMessage(FROM_B, B, index=1, offset=len(FROM_A + A) + 2),
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \r\n"])
def test_empty_file_has_no_mails(data: bytes) -> None:
    assert read(data) == []


@pytest.mark.parametrize(
    "line",
    [
        b"From a@example.org Tue Feb  3 10:00:00 2026",
        b"From a@example.org  Tue Feb 03 10:00:00 2026",
        b"From a at example.org  Tue Feb  3 10:00:00 2026",
        b"From - Tue Feb 03 10:00:00 2026",
        b"From  Tue Feb  3 10:00:00 2026",
        b"From a@example.org Tue Feb  3 10:00 2026",
        b"From a@example.org Tue Feb  3 10:00:00 CET 2026",
        b"From 1234567890@xxx Tue Feb 03 10:00:00 +0000 2026",
        b"From a@example.org Tue Feb  3 10:00:00 2026 +0100",
        b"From a@example.org Tue, 3 Feb 2026 10:00:00 +0100",
        b"From a Tue Feb  3 10:00:00 2026 remote from uunet",
        b'From "a b"@example.org Tue Feb  3 10:00:00 2026 ',
    ],
)
def test_from_line_may_be_of_any_known_form(line: bytes) -> None:
    found = read(mbox(A) + line + b"\n" + B + b"\n")

    assert [message.raw for message in found] == [A, B]
    assert found[1].from_line == line


@pytest.mark.parametrize(
    "line",
    [
        b"From here on it gets better.",
        b"From Tue Feb on we meet at 10:00:00 2026 times",
        b"From a@example.org Tue Feb  3 10:00:00 2026 I was away",
        b"From a@example.org",
        b"From ",
    ],
)
def test_unescaped_line_without_a_date_is_text(line: bytes) -> None:
    raw = b"Subject: a\n\nHello.\n\n" + line + b"\nMore: text\n"

    assert raws(mbox(raw, B)) == [raw, B]


def test_unescaped_line_with_a_date_in_a_paragraph_is_text() -> None:
    raw = b"Subject: a\n\nThe line\n" + FROM_B + b"\nstarts a mail.\n"

    assert raws(mbox(raw, B)) == [raw, B]


def test_missing_blank_line_before_a_mail_is_forgiven() -> None:
    assert raws(FROM_A + b"\n" + A + FROM_B + b"\n" + B) == [A, B]


def test_only_the_last_blank_line_belongs_to_the_mbox() -> None:
    assert raws(mbox(A + b"\n\n", B + b"\n")) == [A + b"\n\n", B + b"\n"]


def test_mail_without_body_or_headers_is_kept() -> None:
    assert raws(mbox(b"Subject: a\n", b"", b"\ntext\n")) == [
        b"Subject: a\n",
        b"",
        b"\ntext\n",
    ]


def test_mboxo_quotes_are_taken_off() -> None:
    assert raws(mbox(b"Subject: a\n\n>From me\n> >From you\n")) == [
        b"Subject: a\n\nFrom me\n> >From you\n"
    ]


def test_mboxrd_quotes_are_taken_off_once() -> None:
    assert raws(mbox(b"Subject: a\n\n>From x\n>>From y\n>>>From z\n")) == [
        b"Subject: a\n\nFrom x\n>From y\n>>From z\n"
    ]


def test_content_length_keeps_an_unescaped_mail_together() -> None:
    body = b"Look:\n\n" + FROM_B + b"\nSubject: inner\n\n>From me\n"
    raw = b"Subject: a\nContent-Length: %d\n\n" % len(body) + body

    assert raws(mbox(raw, B)) == [raw, B]


def test_content_length_without_an_unescaped_line_leaves_quotes_to_be_undone() -> None:
    body = b">From me\n"
    head = b"Subject: a\nContent-Length: %d\n\n" % len(body)

    assert raws(mbox(head + body, B)) == [head + b"From me\n", B]


@pytest.mark.parametrize("length", [0, 3, 26, 200, 10**11])
def test_wrong_content_length_is_not_believed(length: int) -> None:
    raw = b"Subject: a\nContent-Length: %d\n\nHello.\n" % length

    assert raws(mbox(raw, B, B)) == [raw, B, B]


def test_line_ends_stay_as_they_came() -> None:
    raw = b"Subject: a\r\n\r\nHello.\r\n>From me\r\n"
    data = FROM_A + b"\r\n" + raw + b"\r\n" + FROM_B + b"\r\n" + raw + b"\r\n"

    found = read(data)

    assert [message.raw for message in found] == [raw.replace(b">From", b"From")] * 2
    assert [message.from_line for message in found] == [FROM_A, FROM_B]


def test_nuls_and_bare_returns_stay() -> None:
    raw = b"Subject: a\0\n\n\0\0\r\rtext\r\n\xff\n"

    assert raws(mbox(raw, raw)) == [raw, raw]


def test_what_stands_before_the_first_mail_is_a_mail_of_its_own() -> None:
    assert [(m.from_line, m.raw) for m in read(b"garbage\n\n" + mbox(A))] == [
        (b"", b"garbage\n\n"),
        (FROM_A, A),
    ]


def test_file_without_from_line_is_one_mail() -> None:
    assert raws(A + b">From me\n\n") == [A + b">From me\n\n"]


def test_byte_order_mark_is_no_mail() -> None:
    assert read(b"\xef\xbb\xbf" + mbox(A)) == [MboxMessage(FROM_A, A, 0, 3)]


@pytest.mark.parametrize("kind", ["plain", "gzip", "bzip2", "xz"])
def test_compression_is_known_by_its_first_bytes(kind: str, tmp_path: Path) -> None:
    data = mbox(A, B)
    packed = {
        "plain": data,
        "gzip": gzip.compress(data),
        "bzip2": bz2.compress(data),
        "xz": lzma.compress(data),
    }
    path = tmp_path / "list.mbox"
    path.write_bytes(packed[kind])

    assert [message.raw for message in open_mbox(path)] == [A, B]


def test_several_gzip_members_are_one_file() -> None:
    data = gzip.compress(mbox(A)) + gzip.compress(mbox(B))

    assert raws(data) == [A, B]


def test_damaged_compression_is_told_after_the_mails_that_could_be_read() -> None:
    filler = random.Random(1).randbytes(100_000).hex().encode()
    data = gzip.compress(mbox(A, filler, B))
    mails = open_mbox(io.BytesIO(data[:-20_000]))

    assert next(mails).raw == A
    assert filler.startswith(next(mails).raw)
    with pytest.raises(DamagedFileError):
        next(mails)


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(open_mbox(tmp_path / "none.mbox"))


class Pipe(io.RawIOBase):
    """A stream that gives a few bytes at a time and cannot seek."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data = data
        self.step = step

    def read(self, size: int = -1) -> bytes:
        taken, self.data = self.data[: self.step], self.data[self.step :]
        return taken


@pytest.mark.parametrize("step", [1, 2, 7, 64])
def test_stream_may_come_in_any_pieces(step: int) -> None:
    data = mbox(A, b"Subject: x\n\n>From me\n", B)

    assert list(open_mbox(Pipe(data, step))) == read(data)  # type: ignore[arg-type]  # only read is used


class Endless:
    """A stream of mails without end that counts what was read of it."""

    def __init__(self) -> None:
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        self.size += size
        return (mbox(A, B) * (size // len(mbox(A, B)) + 1))[:size]


def test_file_of_any_size_is_read_a_few_megabytes_ahead_of_its_mails() -> None:
    stream = Endless()
    given = 0
    mails = open_mbox(stream)  # type: ignore[arg-type]  # only read is used

    for mail in islice(mails, 100_000):
        given += len(mail.from_line) + len(mail.raw)
        assert stream.size - given < 8 * 1024 * 1024


def test_mail_over_the_limit_comes_in_pieces() -> None:
    huge = b"Subject: huge\n\n" + b"0123456789abcde\n" * 300_000

    found = read(mbox(A, huge, B), max_size=2_000_000)

    pieces = found[1:-1]
    assert [found[0].raw, found[-1].raw] == [A, B]
    assert len(pieces) == 2
    assert [piece.from_line for piece in pieces] == [FROM_A, b""]
    assert b"".join(piece.raw for piece in pieces) == huge + b"\n"


def test_mails_larger_than_a_read_are_whole() -> None:
    large = b"Subject: large\n\n" + b"x" * 70 + b"\n" + b"y" * 3_000_000 + b"\n"

    assert raws(mbox(A, large, B, large)) == [A, large, B, large]


def test_from_line_is_made_where_none_is_known() -> None:
    when = datetime(2026, 2, 3, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))

    assert from_line_for("a@example.org", when) == (
        b"From a@example.org Mon Feb  2 23:02:03 2026"
    )
    assert from_line_for("", None) == b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970"
    assert from_line_for("a\nb é", datetime(99, 1, 1, tzinfo=UTC)).startswith(
        b"From ab? Thu Jan  1"
    )


def write(messages: list[tuple[bytes, bytes | None]]) -> bytes:
    out = io.BytesIO()
    for raw, from_line in messages:
        write_mboxrd(out, raw, from_line)
    return out.getvalue()


def test_written_from_line_comes_back() -> None:
    odd = b"From somebody"

    found = read(
        write([(A, FROM_B), (A, odd), (A, None), (A, b"no\nline")]), is_mboxrd=True
    )

    made = from_line_for("", None)
    assert [message.from_line for message in found] == [FROM_B, odd, made, made]


PIECES = [
    *(b"From ", b">From ", b">>From ", FROM_A, b"\n", b"\r\n", b"\r", b"\n\n", b"x"),
    *(b"Subject: a\n", b"Content-Length: 4\n", b"\0", b">", b" ", b"\xef\xbb\xbf"),
]
mail_bytes = st.one_of(
    st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
)


@given(st.lists(mail_bytes, max_size=5))
@example([b"", b"a", b"a\n", b"a\r", b"a\r\n", b"a\n\r", b"\n", b"\r\n", b""])
@example([FROM_A + b"\n" + A, b"From x", b"\n" + FROM_B + b"\n" + B])
def test_any_mails_written_as_mboxrd_come_back(mails: list[bytes]) -> None:
    data = write([(raw, FROM_A) for raw in mails])

    assert raws(data, is_mboxrd=True) == mails


@given(st.lists(mail_bytes.map(lambda body: A + body + b"\n"), max_size=4))
def test_sound_mails_come_back_without_a_word_about_the_dialect(
    mails: list[bytes],
) -> None:
    data = write([(raw, FROM_A) for raw in mails])

    assert raws(data) == mails


@given(mail_bytes)
def test_any_file_is_read_and_loses_nothing(data: bytes) -> None:
    found = read(data)

    kept = b"".join(message.from_line + message.raw for message in found)
    for letter in (b"F", b"S", b"x", b"\0"):
        assert kept.count(letter) == data.count(letter)
