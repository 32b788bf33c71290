"""A whole mail becomes one value, whatever it looks like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.parse import parse_message
from hyperkitty.mail.values import ParsedMessage, Problem, Reference, ReferenceKind

ARRIVED = datetime(2024, 2, 10, 9, tzinfo=UTC)
NOON = datetime(2024, 2, 6, 12, tzinfo=UTC)
DATE = "Date: Tue, 6 Feb 2024 13:00:00 +0100"


def parse(*lines: str, text: str = "Hello.\n", from_line: bytes = b"") -> ParsedMessage:
    raw = "\n".join([*lines, "", text]).encode("utf-8", "surrogateescape")
    return parse_message(raw, arrived_at=ARRIVED, from_line=from_line)


def test_plain_mail_is_read_whole() -> None:
    found = parse(
        "From: Jane Doe <Jane@Example.org>",
        "To: dev@lists.example.org",
        "Subject: [Dev] Lunch",
        "Message-ID: <msg1@example.com>",
        "References: <root@example.com> <parent@example.com>",
        "In-Reply-To: <parent@example.com>",
        "Message-ID-Hash: WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF",
        DATE,
    )
    assert found == ParsedMessage(
        message_id="msg1@example.com",
        permalink="WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF",
        hash_variants=(),
        header_hash="WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF",
        references=(Reference("root@example.com"), Reference("parent@example.com")),
        in_reply_to=(Reference("parent@example.com"),),
        from_name="Jane Doe",
        from_address="Jane@example.org",
        subject="[Dev] Lunch",
        date=NOON,
        utc_offset=60,
        sort_date=NOON,
        text=found.text,
        is_flowed=False,
        is_delsp=False,
        text_from_html=False,
        html_part=None,
        attachments=(),
        size=found.size,
        no_archive=False,
        has_patch=False,
        problems=(),
    )
    assert found.text.strip() == "Hello."


def test_own_id_is_no_reference() -> None:
    found = parse(
        "Message-ID: <a@b>", "References: <c@d> <a@b>", "In-Reply-To: <a@b>", DATE
    )
    assert found.references == (Reference("c@d"),)
    assert found.in_reply_to == ()


def test_bare_reference_is_marked() -> None:
    found = parse("Message-ID: <a@b>", "In-Reply-To: c1@d", DATE)
    assert found.in_reply_to == (Reference("c1@d", ReferenceKind.BARE),)


def test_folded_message_id_has_the_hash_of_the_unfolded() -> None:
    found = parse("Message-ID:", " <msg1@example.com>", DATE)
    assert found.message_id == "msg1@example.com"
    assert found.permalink == "WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF"
    assert message_id_hash("<msg1@example.com>") in found.hash_variants


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("X-Other: x", Problem.NO_MESSAGE_ID),
        ("Message-ID:", Problem.NO_MESSAGE_ID),
        ("Message-ID: <>", Problem.BAD_MESSAGE_ID),
    ],
)
def test_mail_without_id_gets_one_from_its_content(
    header: str, problem: Problem
) -> None:
    lines = ("From: Jane <jane@example.org>", DATE, "Subject: Lunch", header)
    found = parse(*lines)
    assert problem in found.problems
    assert found.permalink == message_id_hash(found.message_id)
    later = parse(*lines, "Received: by x; Fri, 9 Feb 2024 01:00:00 +0000")
    assert later.message_id == found.message_id
    assert parse(*lines, text="Other.\n").message_id != found.message_id
    assert parse(*lines[:2], header).message_id != found.message_id


def test_second_message_id_counts_if_the_first_is_empty() -> None:
    found = parse("Message-ID: <>", "Message-ID: <msg1@example.com>", DATE)
    assert found.permalink == "WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF"


@pytest.mark.parametrize(
    "value", ["whiespzukzm4rbkdoe5j2cwtlq33hqyf", "WHIESP", "0" * 32, ""]
)
def test_odd_hash_header_is_not_believed(value: str) -> None:
    assert parse(f"Message-ID-Hash: {value}").header_hash == ""


def test_older_hash_header_is_read() -> None:
    value = "WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF"
    assert parse(f"X-Message-ID-Hash: {value}").header_hash == value


def test_original_date_is_the_claimed_one() -> None:
    found = parse("Date: Sat, 10 Feb 2024 09:00:00 +0000", f"X-Original-{DATE}")
    assert found.date == found.sort_date == NOON


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Resent-Date: Tue, 6 Feb 2024 12:00:00 +0000"], NOON),
        (
            [
                "Received: by a; Tue, 6 Feb 2024 12:00:00 +0000",
                "Received: by b; Mon, 5 Feb 2024 12:00:00 +0000",
            ],
            NOON,
        ),
        (["Received: by a; garbage"], NOON - timedelta(days=2)),
        ([], NOON - timedelta(days=2)),
    ],
)
@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("X-None: x", Problem.NO_DATE),
        ("Date:", Problem.NO_DATE),
        ("Date: tomorrow", Problem.BAD_DATE),
        ("Date: Tue, 6 Feb 2099 12:00:00 +0000", Problem.BAD_DATE),
        ("Date: Thu, 1 Jan 1970 00:00:00 +0000", Problem.BAD_DATE),
    ],
)
def test_witnesses_date_a_mail_that_does_not_date_itself(
    lines: list[str], expected: datetime, claim: str, problem: Problem
) -> None:
    from_line = b"From jane at example.org  Sun Feb  4 12:00:00 2024"
    found = parse(claim, *lines, from_line=from_line)
    assert found.sort_date == expected
    assert problem in found.problems


def test_without_any_witness_arrival_counts() -> None:
    assert parse("From: jane@example.org").sort_date == ARRIVED


def test_claimed_date_is_kept_though_it_is_not_believed() -> None:
    found = parse("Date: Tue, 6 Feb 2099 12:00:00 +0200")
    assert found.date == datetime(2099, 2, 6, 10, tzinfo=UTC)
    assert found.utc_offset == 120
    assert found.sort_date == ARRIVED


def test_absurd_zone_is_noted() -> None:
    found = parse("Date: Tue, 6 Feb 2024 12:00:00 +9900")
    assert found.date == NOON
    assert found.utc_offset is None
    assert Problem.BAD_DATE in found.problems


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("X-None: x", Problem.NO_FROM),
        ("From:", Problem.NO_FROM),
        ("From: <>", Problem.BAD_FROM),
        ("From: Jane", Problem.BAD_FROM),
        ("From: <jane@>", Problem.BAD_FROM),
    ],
)
def test_unusable_from_is_noted(line: str, problem: Problem) -> None:
    assert problem in parse(line).problems


def test_via_list_is_undone() -> None:
    found = parse(
        "From: Jane Doe via Dev <dev@lists.example.org>",
        "Reply-To: Jane Doe <jane@example.org>",
    )
    assert (found.from_name, found.from_address) == ("Jane Doe", "jane@example.org")


def test_raw_header_bytes_are_read_in_the_charset_of_the_body() -> None:
    subject = "Привет, мир".encode("koi8-r").decode("ascii", "surrogateescape")
    found = parse(f"Subject: {subject}", "Content-Type: text/plain; charset=koi8-r")
    assert found.subject == "Привет, мир"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("X-No-Archive: yes", True),
        ("X-No-Archive: YES", True),
        ("x-no-archive:", True),  # Mailman looks only whether it is there
        ("X-No-Archive: no", False),
        ("X-Archive: No", True),
        ("X-Archive: yes", False),
        ("X-Other: yes", False),
    ],
)
def test_author_can_forbid_archiving(line: str, expected: bool) -> None:
    assert parse(line).no_archive is expected


@pytest.mark.parametrize("raw", [b"", b"\n", b" \r\n\n"])
def test_empty_mail_is_a_value_too(raw: bytes) -> None:
    found = parse_message(raw, arrived_at=ARRIVED)
    assert Problem.EMPTY in found.problems
    assert Problem.UNREADABLE not in found.problems
    assert found.sort_date == ARRIVED
