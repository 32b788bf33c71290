"""Any bytes give a value that can be stored and shown."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.message_id import is_hash
from hyperkitty.mail.parse import parse_message
from hyperkitty.mail.values import ParsedMessage, Problem

ARRIVED = datetime(2024, 2, 10, 9, tzinfo=UTC)

NAMES = [
    *(b"Message-ID", b"References", b"In-Reply-To", b"Subject", b"From", b"Reply-To"),
    *(b"Date", b"X-Original-Date", b"Resent-Date", b"Received", b"Content-Type"),
    *(b"Content-Transfer-Encoding", b"Content-Disposition", b"Message-ID-Hash"),
    *(b"X-No-Archive", b"MIME-Version", b"", b"\xff", b"Subject "),
]
PIECES = [
    *(
        b"<a@b>",
        b"<",
        b">",
        b"@",
        b'"',
        b"\\",
        b"(",
        b")",
        b",",
        b";",
        b":",
        b" ",
        b"\t",
    ),
    *(
        b"=?utf-8?q?",
        b"=C3=A9",
        b"?=",
        b"=?",
        b"=?utf-7?b?+2AA-?=",
        b"\xe9",
        b"\xc3\xa9",
    ),
    *(b"\r", b"\n ", b"\r\n\t", b"\0", b"\x0b", b"\xed\xa0\x80", b"Tue, 3 Feb 2004 "),
    *(b"12:34:56", b"+0100", b"-9999", b"Jane Doe via Dev", b"jane at example.org"),
    *(
        b"multipart/mixed",
        b"text/plain",
        b"text/html",
        b"message/rfc822",
        b"boundary=b",
    ),
    *(b"charset=utf-8", b"charset=\0", b"charset*=a\0b''c", b"base64", b"name*0*=x''%"),
    *(b"quoted-printable", b"format=flowed", b"delsp=yes", b"attachment", b"filename="),
    *(b"text/enriched", b"message/delivery-status", b"multipart/digest", b"uuencode"),
]
BODIES = [
    *(
        b"--b\n",
        b"--b--\n",
        b"\n",
        b"\r\n",
        b"text ",
        b"=E9",
        b"aGVsbG8=\n",
        b"> quoted\n",
    ),
    *(b"begin 644 a.txt\n#:&D*\n`\nend\n", b"=ybegin line=128 size=1 name=a\n", b"\0"),
    *(b"<html><b>hi", b"<bold>hi</bold>", b"From x\n", b"-- \n", b"\xff", b"\xc3\xa9"),
    *(b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: text/html\n\n"),
    *(b"Content-Type: message/rfc822\n\n", b"Content-Type: image/png; name=x\n\n"),
    *(
        b"diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n",
        b"Content-Transfer-Encoding: base64\n",
    ),
]

field = st.tuples(
    st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=8)
).map(lambda pair: pair[0] + b": " + b"".join(pair[1]))
mails = st.builds(
    lambda fields, line_end, body: line_end.join([*fields, b"", b""]) + b"".join(body),
    st.lists(field, max_size=8),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.sampled_from(BODIES), max_size=12),
)


def strings(value: object) -> Iterator[str]:
    """Yield every string in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from strings(getattr(value, one.name))


def check(found: ParsedMessage) -> None:
    for text in strings(found):
        text.encode()
        assert "\0" not in text
    for line in strings(dataclasses.replace(found, text="")):
        assert len(line.splitlines()) <= 1
        assert len(line) <= 10_000
    assert Problem.UNREADABLE not in found.problems
    assert found.message_id
    assert len(found.message_id) <= 998
    assert is_hash(found.permalink)
    assert found.permalink not in found.hash_variants
    assert len(found.references) <= 100
    assert len(found.in_reply_to) <= 100
    assert datetime(1970, 1, 2, tzinfo=UTC) <= found.sort_date
    assert found.utc_offset is None or abs(found.utc_offset) <= 14 * 60


@given(st.binary(max_size=400), st.binary(max_size=80))
def test_any_bytes_give_a_value(raw: bytes, from_line: bytes) -> None:
    check(parse_message(raw, arrived_at=ARRIVED, from_line=from_line))


@given(mails)
def test_any_mail_gives_a_value(raw: bytes) -> None:
    found = parse_message(raw, arrived_at=ARRIVED)
    check(found)
    assert parse_message(raw, arrived_at=ARRIVED) == found


def _nested(levels: int, kind: bytes = b"mixed") -> bytes:
    return b"".join(
        b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (kind, level, level)
        for level in range(levels)
    )


HOSTILE = {
    "2,000 nested multiparts": _nested(2_000) + b"\ntext\n",
    "49 nested multiparts around many lines": _nested(49) + b"\n" + b"x\n" * 200_000,
    "5,000 nested mails": b"Content-Type: message/rfc822\n\n" * 5_000,
    "50,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nx\n" * 50_000,
    "same boundary at each level": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    * 5_000,
    "a boundary in one long line": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b" * 200_000,
    "100,000 references": b"References:" + b"\n <a@b>" * 50_000 + b"\n <c@d>" * 50_000,
    "100,000 headers": b"Subject: x\n" * 100_000,
    "one endless header": b"Subject: " + b"=?utf-8?q?" * 100_000,
    "one endless header name": b"x" * 1_000_000 + b": y",
    "odd header lines": b"Subject: x\n" + b"odd\n" * 100_000 + b"Subject: y\n\n",
    "endless parameters": b"Content-Type: text/plain; " + b"a;" * 300_000,
    "endless continued parameters": b"Content-Type: text/plain"
    + b"".join(b"; name*%d*=%%e9" % number for number in range(20_000)),
    "an endless number": b"Content-Disposition: attachment; name*"
    + b"9" * 6_000
    + b"*=x",
    "an endless address": b"From: " + b"a," * 500_000,
    "endless comments": b"Date: " + b"(" * 500_000 + b"\nFrom: " + b"(" * 500_000,
    "endless brackets": b"Message-ID: "
    + b"<" * 500_000
    + b"\nReferences: "
    + b"<" * 500_000,
    "an endless line": b"\n" + b"x" * 2_000_000,
    "quotes without end": b"\n" + b">" * 500_000,
    "blank lines": b"\n" * 1_000_000,
    "base64 of nothing": b"Content-Transfer-Encoding: base64\n\n" + b"=" * 500_000,
    "NULs": b"\0" * 200_000,
    "delivery status": b"Content-Type: message/delivery-status\n\n" + b"\n" * 500_000,
    "random bytes": random.Random(7).randbytes(200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_gives_a_value(name: str) -> None:
    """Each of these costs minutes or the stack where a bound is missing."""
    check(parse_message(HOSTILE[name], arrived_at=ARRIVED))
