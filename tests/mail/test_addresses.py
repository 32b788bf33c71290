"""From: the real name and address of whoever wrote the mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.addresses import (
    MAX_ADDRESS,
    MAX_NAME,
    Mailbox,
    read_author,
    read_mailboxes,
)

JANE = Mailbox("Jane Doe", "jane@example.org")


@pytest.mark.parametrize(
    "value",
    [
        "Jane Doe <jane@example.org>",
        '"Jane Doe" <jane@example.org>',
        "'Jane Doe' <jane@example.org>",
        "\"'Jane Doe'\" <jane@example.org>",
        "Jane Doe <jane@EXAMPLE.org>",
        "Jane\n\tDoe <jane@example.org>",
        "Jane Doe<jane@example.org>",
        "jane@example.org (Jane Doe)",
        "jane at example.org (Jane Doe)",
        "Jane Doe <jane at example.org>",
        "Jane Doe <jane (a) example.org>",
        "Jane Doe jane@example.org",
        "Jane Doe <jane@example.org",
        "Jane Doe <<jane@example.org>>",
        '"Jane Doe <jane@example.org>',
        "Jane Doe (at (the) office) <jane@example.org>",
        "Team: Jane Doe <jane@example.org>, Bob <bob@example.org>;",
        "Jane Doe <jane@example.org>, Bob <bob@example.org>",
        ", Jane Doe <jane@example.org>",
        "=?us-ascii?q?Jane_Doe?= <jane@example.org>",
        "=?utf-8?q?Jane_Doe_=3Cjane=40example=2Eorg=3E?=",
        "Jane Doe <> <jane@example.org>",
        "Jane\0 Doe <jane@example.org>",
    ],
)
def test_name_and_address_are_found(value: str) -> None:
    assert read_mailboxes(value)[0] == JANE


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('"Doe, Jane" <j@x.org>', "Doe, Jane"),
        ("Doe, Jane <j@x.org>", "Doe, Jane"),
        ("DOE,JANE (HP-Ireland,ex2) <j@x.org>", "DOE,JANE"),
        ('"Jane \\"JD\\" Doe" <j@x.org>', 'Jane "JD" Doe'),
        ("=?utf-8?Q?Doe,_Jane?= <j@x.org>", "Doe, Jane"),
        ('"=?utf-8?Q?J=C3=A9?=" <j@x.org>', "Jé"),
        ("=?utf-8?B?SsO?= =?utf-8?B?qQ==?= <j@x.org>", "Jé"),
        ("=?iso-8859-1?Q?J=E9?= Doe <j@x.org>", "Jé Doe"),
        ("=??Q?J=E9?= <j@x.org>", "Jé"),
        ("J\udce9 <j@x.org>", "Jé"),
        ("J\udcc3\udca9 <j@x.org>", "Jé"),
        ("j@x.org (=?utf-8?q?J=C3=A9?=)", "Jé"),
        ("Jane@Home <j@x.org>", "Jane@Home"),
        ("j@x.org", ""),
        ("<j@x.org>", ""),
        ('"j@x.org" <j@x.org>', ""),
        ("j at x.org", ""),
    ],
)
def test_name_is_decoded(value: str, name: str) -> None:
    assert read_mailboxes(value) == [Mailbox(name, "j@x.org")]


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("<o'brien@x.org>", "o'brien@x.org"),
        ('Jane <"j d"@x.org>', '"j d"@x.org'),
        ("<@relay.org:j@x.org>", "j@x.org"),
        ("<J@X.ORG>", "J@x.org"),
        ("<j@[192.0.2.1]>", "j@[192.0.2.1]"),
        ("<root>", "root"),
    ],
)
def test_address_keeps_its_odd_form(value: str, address: str) -> None:
    assert read_mailboxes(value)[0].address == address


@pytest.mark.parametrize("value", ["", " ", "<>", "()", '""', ",,;", "undisclosed: ;"])
def test_header_without_mailbox_gives_none(value: str) -> None:
    assert read_mailboxes(value) == []


def test_name_without_address_is_kept() -> None:
    assert read_author(["MAILER-DAEMON (Mail System)"], {}) == Mailbox("MAILER-DAEMON")


def test_second_from_header_is_read_when_the_first_has_no_address() -> None:
    assert read_author(["<>", "Jane Doe <jane@example.org>"], {}) == JANE


def test_missing_from_gives_an_empty_mailbox() -> None:
    assert read_author([], {}) == Mailbox()


def test_via_list_is_undone_with_reply_to() -> None:
    assert (
        read_author(
            ["Jane Doe via Dev <dev@lists.example.org>"],
            {"reply-to": ["Dev <dev@lists.example.org>, Jane Doe <jane@example.org>"]},
        )
        == JANE
    )


def test_via_list_is_undone_when_reply_to_has_no_name() -> None:
    assert (
        read_author(
            ['"Jane Doe via Dev" <dev@lists.example.org>'],
            {"reply-to": ["jane@example.org"]},
        )
        == JANE
    )


def test_via_list_is_undone_with_original_from() -> None:
    assert (
        read_author(
            ["'Jane Doe' via Grp <grp@googlegroups.com>"],
            {"x-original-from": ["Jane Doe <jane@example.org>"]},
        )
        == JANE
    )


def test_via_list_without_reply_to_shows_the_real_name() -> None:
    shown = Mailbox("Jane Doe", "dev@lists.example.org")
    assert read_author(["Jane Doe via Dev <dev@lists.example.org>"], {}) == shown
    assert read_author(["dev at lists.example.org (Jane Doe via Dev)"], {}) == shown
    assert (
        read_author(
            ["Jane Doe via The Makers <dev@lists.example.org>"],
            {"list-post": ["<mailto:dev@lists.example.org>"]},
        )
        == shown
    )


def test_list_that_replies_go_to_is_not_taken_for_the_author() -> None:
    assert read_author(
        ["Jane Doe via Dev <dev@lists.example.org>"],
        {"reply-to": ["dev@lists.example.org, a@example.org, b@example.org"]},
    ) == Mailbox("Jane Doe", "dev@lists.example.org")


def test_via_without_a_list_stays() -> None:
    author = Mailbox("Notes via Phone", "jane@example.org")
    assert read_author(["Notes via Phone <jane@example.org>"], {}) == author


@pytest.mark.parametrize(
    "value",
    [
        *("a," * 5_000, "(" * 10_000, "<a" * 5_000, '"\\' * 5_000, "=?a?q?" * 1_600),
        *(
            "@" * 10_000,
            "x" * 10_000 + "@",
            "a@b.c," * 5_000,
            "x" * 500 + "@" + "y" * 500,
        ),
    ],
)
def test_hostile_header_gives_bounded_values(value: str) -> None:
    mailboxes = read_mailboxes(value)
    assert len(mailboxes) <= 100
    assert all(len(one.name) <= MAX_NAME for one in mailboxes)
    assert all(len(one.address) <= MAX_ADDRESS for one in mailboxes)


@given(st.text(alphabet='Jn <>@"(),;:\\=?.q\udce9\n', max_size=60))
def test_any_header_gives_clean_text(value: str) -> None:
    for mailbox in read_mailboxes(value):
        for text in (mailbox.name, mailbox.address):
            text.encode()
            assert "\n" not in text
            assert text == text.strip()
