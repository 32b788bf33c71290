"""The right text of a mail is shown, and everything else is listed."""

from __future__ import annotations

import base64
import binascii
import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.body import MAX_TEXT, Body, read_body
from hyperkitty.mail.mime import read_message
from hyperkitty.mail.values import Problem

PNG = base64.b64encode(b"\x89PNG picture").decode()


def body_of(*lines: str) -> Body:
    return read(
        "\n".join(["From: a@example.org", *lines]).encode("utf-8", "surrogateescape")
    )


def read(raw: bytes) -> Body:
    message, _ = read_message(raw)
    return read_body(message, raw)


def multipart(kind: str, *parts: str, boundary: str = "b") -> str:
    return "\n".join(
        [
            f'Content-Type: multipart/{kind}; boundary="{boundary}"',
            "",
            "This is a multi-part message in MIME format.",
            *(f"--{boundary}\n{part}" for part in parts),
            f"--{boundary}--",
            "",
        ]
    )


def part(kind: str, text: str, *more: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *more, "", text])


PLAIN = part("text/plain", "plain text\n")
HTML = part("text/html", "<p>html <b>text</b></p>\n")
PICTURE = part(
    'image/png; name="p.png"',
    PNG,
    "Content-Transfer-Encoding: base64",
    "Content-ID: <pic@x>",
    "Content-Disposition: inline",
)
FORWARDED = part(
    "message/rfc822",
    "From: Anna <a@x.org>\nTo: list@x.org\nDate: Tue, 3 Feb 2026 10:00:00 +0000\n"
    "Subject: =?utf-8?q?caf=C3=A9?=\n\nforwarded text\n",
)


# One part


def test_plain_mail_is_its_text() -> None:
    assert body_of("", "Hello,", "", "  all.", "-- ", "Anna", "", "") == Body(
        text="Hello,\n\n  all.\n-- \nAnna"
    )


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ("Content-Type: text/plain; charset=iso-8859-1", b"caf\xe9"),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
            "café".encode(),
        ),
        (
            "Content-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: base64",
            b"Y2Fmw6k=",
        ),
        (
            "Content-Type: text/plain; charset=latin1\n"
            "Content-Transfer-Encoding: Quoted-Printable",
            b"caf=E9",
        ),
        (
            'Content-Type: text/plain;\n charset="UTF-8";\n format=fixed',
            "café".encode(),
        ),
        ("Content-Type: text", "café".encode()),
        ("Content-Type: text/x-unheard-of; charset=utf-8", "café".encode()),
        ("Content-Type: application/pgp; format=text; x-action=sign", "café".encode()),
        ("Content-Type: text/plain\nContent-Disposition: attachment", "café".encode()),
        ("X-Nothing: here", "café".encode()),
    ],
)
def test_text_of_one_part_is_decoded(headers: str, data: bytes) -> None:
    found = read(headers.encode() + b"\n\n" + data + b"\n")

    assert found.text == "café"
    assert found.attachments == ()
    assert found.problems == ()


def test_line_ends_become_newlines() -> None:
    assert read(b"A: b\r\n\r\none\r\ntwo\rthree\nfour\r\r\n").text == (
        "one\ntwo\nthree\nfour"
    )


@pytest.mark.parametrize("raw", [b"", b"\n", b"From: a\n", b"From: a\n\n\n \n"])
def test_mail_without_text_is_empty(raw: bytes) -> None:
    assert read(raw) == Body()


def test_flowed_text_keeps_its_soft_line_ends() -> None:
    found = body_of(
        'Content-Type: text/plain; format="Flowed"; delsp=Yes', "", "one ", "two"
    )

    assert (found.text, found.is_flowed, found.is_delsp) == ("one \ntwo", True, True)


def test_clear_signed_text_is_shown_as_it_is() -> None:
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHi\n-----END-----"

    assert body_of("", text).text == text


def test_html_mail_becomes_text() -> None:
    found = body_of(HTML)

    assert found == Body(text="html text", text_from_html=True, html_part=0)


def test_html_says_its_own_charset_where_the_header_does_not() -> None:
    raw = b"Content-Type: text/html\n\n<meta charset='koi8-r'><p>" + "мир".encode(
        "koi8-r"
    )

    assert read(raw).text == "мир"


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("text/enriched", "<bold>rich</bold>\ntext"),
        ("text/richtext", "<bold>rich</bold>\ntext<nl>"),
    ],
)
def test_rich_text_becomes_plain(kind: str, source: str) -> None:
    assert body_of(part(kind, source)).text == "rich text"


def test_mail_that_is_a_file_has_no_text() -> None:
    found = body_of(PICTURE)

    assert found.text == ""
    assert [(file.counter, file.name) for file in found.attachments] == [(0, "p.png")]


# Several parts


@pytest.mark.parametrize("order", [(PLAIN, HTML), (HTML, PLAIN)])
def test_plain_alternative_wins(order: tuple[str, str]) -> None:
    found = body_of(multipart("alternative", *order))

    assert found.text == "plain text"
    assert not found.text_from_html
    assert found.html_part == order.index(HTML) + 1
    assert found.attachments == ()


def test_blank_plain_alternative_does_not_win() -> None:
    found = body_of(multipart("alternative", part("text/plain", " \n\n"), HTML))

    assert (found.text, found.text_from_html) == ("html text", True)


def test_plain_alternative_wins_over_enriched() -> None:
    rich = part("text/enriched", "rich text")

    assert body_of(multipart("alternative", rich, PLAIN)).text == "plain text"
    assert body_of(multipart("alternative", rich, HTML)).text == "rich text"


def test_pictures_of_an_html_alternative_are_listed() -> None:
    related = multipart("related", HTML, PICTURE, boundary="inner")
    found = body_of(multipart("alternative", PLAIN, related))

    assert (found.text, found.html_part) == ("plain text", 3)
    (picture,) = found.attachments
    assert (picture.counter, picture.name, picture.content_type) == (
        *(4, "p.png"),
        "image/png",
    )
    assert (picture.content_id, picture.inline, picture.size) == ("pic@x", True, 12)


def test_all_parts_of_the_chosen_alternative_are_shown() -> None:
    mixed = multipart("mixed", HTML, PICTURE, HTML, boundary="inner")

    assert body_of(multipart("alternative", PLAIN, mixed)).text == "plain text"
    assert body_of(
        multipart("mixed", HTML, PICTURE, part("text/html", "more"))
    ).text == ("html text\n\nmore")


def test_texts_are_joined() -> None:
    found = body_of(multipart("mixed", PLAIN, part("text/plain", "footer\n")))

    assert found.text == "plain text\n\nfooter"


def test_footer_below_html_is_shown() -> None:
    found = body_of(multipart("mixed", HTML, part("text/plain", "footer\n")))

    assert (found.text, found.text_from_html) == ("html text\n\nfooter", True)


def test_html_that_repeats_the_text_is_not_shown_twice() -> None:
    again = part("text/html", "<b>plain</b> text")
    found = body_of(multipart("mixed", PLAIN, again))

    assert (found.text, found.html_part) == ("plain text", 2)
    assert not found.text_from_html


def test_fixed_footer_below_flowed_text_reads_the_same() -> None:
    flowed = part("text/plain; format=flowed", "soft \nend\n")
    footer = part("text/plain", " indented \nfooter\n")
    found = body_of(multipart("mixed", flowed, footer))

    assert found.is_flowed
    assert found.text == "soft \nend\n\n  indented\nfooter"


def test_flowed_text_below_fixed_text_is_joined() -> None:
    flowed = part("text/plain; format=flowed", "soft \nend\n")
    found = body_of(multipart("mixed", PLAIN, flowed))

    assert not found.is_flowed
    assert found.text == "plain text\n\nsoft end"


def test_attached_text_is_only_listed() -> None:
    log = part(
        "text/plain", "log\n", 'Content-Disposition: attachment; filename="x.log"'
    )
    found = body_of(multipart("mixed", PLAIN, log))

    assert found.text == "plain text"
    assert [(file.counter, file.name) for file in found.attachments] == [(2, "x.log")]


def test_inline_patch_is_shown_and_listed() -> None:
    patch = part(
        "text/x-diff", "@@ -1 +1 @@\n", "Content-Disposition: inline; filename=a.diff"
    )
    found = body_of(multipart("mixed", PLAIN, patch))

    assert found.text == "plain text\n\n@@ -1 +1 @@"
    assert [file.name for file in found.attachments] == ["a.diff"]
    assert found.has_patch


def test_named_html_is_a_file() -> None:
    page = part('text/html; name="page.html"', "<p>page")
    found = body_of(multipart("mixed", PLAIN, page))

    assert (found.text, found.html_part) == ("plain text", None)
    assert [file.name for file in found.attachments] == ["page.html"]


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        ("application/pgp-signature", "attachment.asc"),
        ("application/pkcs7-signature", "attachment.p7s"),
    ],
)
def test_signature_of_a_signed_mail_is_a_file(protocol: str, name: str) -> None:
    found = body_of(multipart("signed", PLAIN, part(protocol, "c2ln")))

    assert found.text == "plain text"
    assert [file.name for file in found.attachments] == [name]


def test_encrypted_mail_has_files_only() -> None:
    found = body_of(
        multipart(
            "encrypted",
            part("application/pgp-encrypted", "Version: 1\n"),
            part("application/octet-stream", "-----BEGIN PGP MESSAGE-----\n"),
        )
    )

    assert found.text == ""
    assert [file.counter for file in found.attachments] == [1, 2]


# Mails in mails


def test_forwarded_mail_is_a_file() -> None:
    found = body_of(multipart("mixed", PLAIN, FORWARDED))

    assert found.text == "plain text"
    assert [(file.counter, file.name) for file in found.attachments] == [
        (2, "café.eml")
    ]


def test_forwarded_mail_is_shown_if_there_is_nothing_else() -> None:
    expected = (
        "From: Anna <a@x.org>\nTo: list@x.org\nDate: Tue, 3 Feb 2026 10:00:00 +0000\n"
        "Subject: café\n\nforwarded text"
    )
    for found in (body_of(multipart("mixed", FORWARDED)), body_of(FORWARDED)):
        assert found.text == expected
        assert [file.content_type for file in found.attachments] == ["message/rfc822"]


def test_files_of_a_forwarded_mail_are_not_listed_beside_it() -> None:
    inner = "Subject: x\n" + multipart("mixed", PLAIN, PICTURE, boundary="inner")
    found = body_of(multipart("mixed", PLAIN, part("message/rfc822", inner), PICTURE))

    assert [file.counter for file in found.attachments] == [2, 6]


def test_mails_of_a_digest_are_shown() -> None:
    one = "\nFrom: a@x.org\nSubject: one\n\nfirst\n"
    two = "\nSubject: two\n" + multipart("mixed", PLAIN, PICTURE, boundary="inner")
    digest = multipart("digest", one, two, boundary="d")
    found = body_of(multipart("mixed", part("text/plain", "Topics"), digest))

    assert found.text == (
        "Topics\n\n"
        "------------------------------\nFrom: a@x.org\nSubject: one\n\nfirst\n\n"
        "------------------------------\nSubject: two\n\nplain text"
    )
    assert [file.name for file in found.attachments] == ["p.png"]


def test_bounce_shows_its_explanation() -> None:
    status = part(
        "message/delivery-status", "Reporting-MTA: dns; x\n\nAction: failed\n"
    )
    found = body_of(multipart("report", PLAIN, status, FORWARDED))

    assert found.text == "plain text"
    assert [file.content_type for file in found.attachments] == [
        "message/delivery-status",
        "message/rfc822",
    ]


# Files in texts


def test_uuencoded_file_becomes_an_attachment() -> None:
    line = binascii.b2a_uu(b"\x89PNG picture").decode()
    found = body_of("", "see", f"begin 644 p.png\n{line}`\nend", "bye")

    assert found.text == "see\n[attachment: p.png]\nbye"
    (file,) = found.attachments
    assert (file.counter, file.name, file.content_type, file.size) == (
        *(1000, "p.png"),
        *("image/png", 12),
    )


def test_file_in_a_later_part_has_the_number_of_the_part() -> None:
    line = binascii.b2a_uu(b"x").decode()
    blocks = f"begin 644 a\n{line}`\nend\nbegin 644 b\n{line}`\nend\n"
    found = body_of(multipart("mixed", PICTURE, part("text/plain", blocks)))

    assert [file.counter for file in found.attachments] == [1, 1002, 2002]


# Patches


@pytest.mark.parametrize(
    ("text", "has_patch"),
    [
        ("diff --git a/x b/x", True),
        ("--- a\n+++ b\n@@ -1,2 +1,3 @@ def f():\n+x", True),
        ("*** a\n--- b\n***************\n*** 1,2 ****", True),
        ("> @@ -1,2 +1,3 @@\n> quoted", False),
        ("mail me @@ -home", False),
        ("****************************************", False),
    ],
)
def test_patch_in_the_text_is_noticed(text: str, has_patch: bool) -> None:
    assert body_of("", "Hi", text, "").has_patch is has_patch


# Damage


def test_wrong_charset_is_told() -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\n\ncaf\xe9\n"

    assert (read(raw).text, read(raw).problems) == ("café", (Problem.BAD_CHARSET,))


def test_broken_encoding_is_told() -> None:
    found = body_of("Content-Transfer-Encoding: base64", "", "no base64, this")

    assert found.text == "no base64, this"
    assert found.problems == (Problem.BAD_ENCODING,)


def test_multipart_without_parts_is_shown_as_it_is() -> None:
    found = body_of("Content-Type: multipart/mixed; boundary=b", "", "only text")

    assert (found.text, found.problems) == ("only text", (Problem.BAD_STRUCTURE,))


def test_text_outside_of_empty_parts_is_shown() -> None:
    lines = ["before", "--b", "Content-Type: text/plain", "", "", "--b--", "after"]
    found = body_of("Content-Type: multipart/mixed; boundary=b", "", *lines)

    assert found.text == "before\n\nafter"
    assert found.problems == (Problem.BAD_STRUCTURE,)


def test_multipart_cut_off_in_the_middle_is_read() -> None:
    whole = multipart("mixed", PLAIN, part("text/plain", "more"))

    assert body_of(whole.rpartition("--b--")[0]).text == "plain text\n\nmore"


def test_huge_text_is_cut_at_a_line() -> None:
    found = read(b"A: b\n\n" + b"0123456789\n" * 300_000)

    assert MAX_TEXT - 11 <= len(found.text) <= MAX_TEXT
    assert found.text.endswith("\n0123456789")
    assert found.problems == (Problem.TOO_LARGE,)


def test_huge_line_is_cut_in_the_middle() -> None:
    found = read(b"A: b\n\n\n" + b"x" * 3_000_000)

    assert found.text == "x" * (MAX_TEXT - 1)
    assert found.problems == (Problem.TOO_LARGE,)


def test_text_that_its_quote_marks_make_huge_is_cut() -> None:
    source = "<excerpt>" * 10 + "a\n\n" * 200_000
    found = body_of(part("text/enriched", source))

    assert len(found.text) == MAX_TEXT
    assert found.problems == (Problem.TOO_LARGE,)


def test_texts_of_all_parts_have_one_limit() -> None:
    texts = [part("text/plain", "x" * 900_000)] * 4
    found = body_of(multipart("mixed", *texts))

    assert len(found.text.replace("\n", "")) == MAX_TEXT
    assert found.problems == (Problem.TOO_LARGE,)


def test_too_many_parts_are_told() -> None:
    found = body_of(multipart("mixed", *[PICTURE] * 1500))

    assert len(found.attachments) == 999
    assert Problem.TOO_MANY_PARTS in found.problems


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b", "message/rfc822"])
def test_deep_nesting_is_no_error(kind: str) -> None:
    start = b"--b\n" if "boundary" in kind else b""
    raw = (b"Content-Type: " + kind.encode() + b"\n\n" + start) * 3000

    assert isinstance(read(raw), Body)


HEADERS = [
    *(
        b"Content-Type: text/plain; charset=",
        b"Content-Type: multipart/mixed; boundary=b",
    ),
    *(b"Content-Type: multipart/alternative; boundary=c", b"Content-Type: text/html"),
    *(b"Content-Type: multipart/digest; boundary=b", b"Content-Type: message/rfc822"),
    *(b"Content-Type: application/ms-tnef", b"Content-Type: text/enriched", b"utf-8"),
    *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode"),
    *(b"Content-Disposition: attachment; filename*0*=x''%", b'; name="', b"\xff"),
    *(b"Content-Type: message/delivery-status", b"; format=flowed; delsp=yes", b"Q"),
    *(b"\n--b\n", b"\n--c\n", b"\n--b--\n", b"\n--c--\n", b"\n\n", b"\n", b"\0", b"\r"),
    *(
        b"begin 644 x\n#0V%T\n`\nend\n",
        b"=ybegin name=x\n",
        b"=yend\n",
        b"<p>",
        b"QUJD",
    ),
]
pieces = st.lists(st.sampled_from(HEADERS), max_size=25).map(b"".join)


@given(st.one_of(pieces, st.binary(max_size=200)))
def test_any_mail_has_a_body(raw: bytes) -> None:
    found = read(raw)

    found.text.encode("utf-8")
    assert "\0" not in found.text
    assert "\r" not in found.text
    counters = [file.counter for file in found.attachments]
    assert len(set(counters)) == len(counters)
    assert all(0 <= counter < 32768 for counter in counters)
    for file in found.attachments:
        file.name.encode("utf-8")
        assert file.name
        assert "\n" not in file.name + file.content_id + file.content_type


def test_message_of_the_standard_parser_is_read_too() -> None:
    raw = multipart("mixed", PLAIN, PICTURE).encode()

    assert read_body(email.message_from_bytes(raw), raw) == read(raw)
