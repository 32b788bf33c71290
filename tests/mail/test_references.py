"""References and In-Reply-To: every id, and never anything else."""

from __future__ import annotations

import pytest

from hyperkitty.mail.references import is_notification, read
from hyperkitty.mail.values import ReferenceKind


def ids(*values: str) -> list[str]:
    return [reference.message_id for reference in read(values)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("<a@b> <c@d>", ["a@b", "c@d"]),
        ("<a@b>\n\t<c@d>", ["a@b", "c@d"]),
        ("<a@b>, <c@d>", ["a@b", "c@d"]),
        ("<a@b><c@d>", ["a@b", "c@d"]),
        ("<a@b> <a@b>", ["a@b"]),
        ("<a@[192.0.2.1]>", ["a@[192.0.2.1]"]),
        ("<no-at-sign>", ["no-at-sign"]),
        ("<<a@b>>", ["a@b"]),
        ('"<a@b>"', ["a@b"]),
        ("<abc@\n example.org>", ["abc@example.org"]),
        ("<ab\n c@example.org> <d@e>", ["abc@example.org", "d@e"]),
        ("<a@b", ["a@b"]),
        ("<a@b> c@d> <e@f>", ["a@b", "e@f", "c@d"]),
        ("=?utf-8?q?=3Ca=40b=3E?= <c@d>", ["a@b", "c@d"]),
        ("<> <a@b>", ["a@b"]),
        ("<caf\udcc3\udca9@b>", ["café@b"]),
        ("", []),
        ("<>", []),
    ],
)
def test_ids_in_brackets_are_read(header: str, expected: list[str]) -> None:
    assert ids(header) == expected
    assert {one.kind for one in read([header])} <= {
        ReferenceKind.HEADER,
        *([ReferenceKind.BARE] if "c@d>" in header and "<c" not in header else []),
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Message of "Tue, 3 Feb 2004 12:00:00 +0100." <1@b>', ["1@b"]),
        ("Your message of Tue from joe@example.com <1@b>", ["1@b"]),
        ("<1@b> joe@example.com", ["1@b"]),
        ("<1@b>; from joe@example.com on Tue, Feb 03, 2004 at 06:57PM", ["1@b"]),
        ('Message from Joe <joe@example.com> of "Tue" <1@b>', ["1@b"]),
        ("Message from\n    J. Doe\n    <joe@example.com> of Tue.\n <1@b>", ["1@b"]),
        ("Joe <joe@example.com>'s message of Tue <1@b>", ["1@b"]),
        ('<1@b> (Joe Doe\'s message of "Tue, 3 Feb")', ["1@b"]),
        ("message-id <1@b> of Fri, Sep 13 17:55:30 2002", ["1@b"]),
        ("Your message of Thu, 25 Jul 2002 21:13:51 MDT.", []),
        ("Your message of Tue from joe@example.com", []),
        ("<see the archives>", []),
        ("Re: your mail", []),
    ],
)
def test_free_text_is_never_an_id(header: str, expected: list[str]) -> None:
    assert ids(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("parent@example.com", ["parent@example.com"]),
        ("a1@b c2@d", ["a1@b", "c2@d"]),
        ('"a1@b"', ["a1@b"]),
        ("2004abc@host, of Tuesday", ["2004abc@host"]),
        ("joe@example.com wrote this", []),
    ],
)
def test_bare_ids_are_read_and_marked_as_guessed(
    header: str, expected: list[str]
) -> None:
    assert ids(header) == expected
    assert {one.kind for one in read([header])} <= {ReferenceKind.BARE}


def test_several_headers_are_read_in_order() -> None:
    assert ids("<a@b>", "<c@d> <a@b>") == ["a@b", "c@d"]


def test_first_and_last_fifty_ids_are_kept() -> None:
    named = [f"{number}@b" for number in range(1000)]
    header = "\n ".join(f"<{one}>" for one in named)
    assert ids(header) == named[:50] + named[-50:]


def test_ids_of_our_notifications_are_dropped() -> None:
    assert ids("<n.12.0123abcdef@example.org> <a@b>") == ["a@b"]


@pytest.mark.parametrize(
    "real", ["n.12@b", "n.12.xyz@b", "n@b", "n.a.0123abcdef@b", "x.n.1.0123abcdef@b"]
)
def test_ids_that_look_a_little_like_ours_are_kept(real: str) -> None:
    assert not is_notification(real)
    assert ids(f"<{real}>") == [real]
