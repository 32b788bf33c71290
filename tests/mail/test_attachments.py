"""Attachments are named, typed and read again from the raw mail."""

from __future__ import annotations

import base64
import binascii
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.attachments import read_attachment
from hyperkitty.mail.body import read_body
from hyperkitty.mail.mime import read_message
from hyperkitty.mail.values import ParsedAttachment

PICTURE = b"\x89PNG picture"


def mail(*parts: str, kind: str = "mixed") -> bytes:
    head = f"Subject: x\nContent-Type: multipart/{kind}; boundary=b\n\n"
    body = "".join(f"--b\n{part}\n" for part in parts)
    return (head + body + "--b--\n").encode("utf-8", "surrogateescape")


def listed(raw: bytes) -> tuple[ParsedAttachment, ...]:
    message, _ = read_message(raw)
    return read_body(message, raw).attachments


def only(*headers: str, text: str = "data") -> ParsedAttachment:
    """Return the one attachment of a mail whose second part has these headers."""
    part = "\n".join([*headers, "", text])
    (file,) = listed(mail("Content-Type: text/plain\n\nHi\n", part))
    return file


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Content-Disposition: attachment; filename=a.pdf", "a.pdf"),
        ('Content-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
        ("Content-Disposition: attachment; filename=a b.pdf", "a b.pdf"),
        ('Content-Disposition: attachment;\n filename="../../etc/passwd"', "passwd"),
        (
            "Content-Disposition: attachment; filename*=utf-8''na%C3%AFve.pdf",
            "naïve.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''na%C3%AF;\n"
            " filename*1=ve; filename*2=.pdf",
            "naïve.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*=no-set''na%C3%AFve.pdf",
            "naïve.pdf",
        ),
        (
            'Content-Disposition: attachment; filename="=?utf-8?q?na=C3=AFve.pdf?="',
            "naïve.pdf",
        ),
        (
            "Content-Disposition: attachment; filename==?iso-8859-1?B?bmHvdmUucGRm?=",
            "naïve.pdf",
        ),
        ('Content-Disposition: attachment; filename="naïve.pdf"', "naïve.pdf"),
        ("Content-Disposition: attachment; filename=na\udcefve.pdf", "naïve.pdf"),
        ("Content-Disposition: attachment; filename=a\u202efdp.exe", "afdp.exe"),
        ("Content-Disposition: attachment", "attachment.pdf"),
        ('Content-Disposition: attachment; filename=""', "attachment.pdf"),
    ],
)
def test_name_is_read_in_every_form(header: str, name: str) -> None:
    assert only("Content-Type: application/pdf", header).name == name


def test_name_may_stand_in_the_type() -> None:
    assert only('Content-Type: application/pdf; name="a.pdf"').name == "a.pdf"


def test_name_of_the_disposition_wins() -> None:
    file = only(
        "Content-Type: application/pdf; name=type.pdf",
        "Content-Disposition: attachment; filename=disposition.pdf",
    )

    assert file.name == "disposition.pdf"


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ("IMAGE/PNG", "image/png"),
        ("application/x-foo+bar; a=b", "application/x-foo+bar"),
        ('image/png"><script>; name=x', "application/octet-stream"),
        ("image/" + "x" * 300, "application/octet-stream"),
        ("image/\udce9", "application/octet-stream"),
    ],
)
def test_type_is_one_that_may_be_sent(header: str, content_type: str) -> None:
    assert only(f"Content-Type: {header}").content_type == content_type


@pytest.mark.parametrize(
    ("charset", "kept"), [("UTF-8", "utf-8"), ('"x y"', "x"), ("a<b", ""), ("", "")]
)
def test_charset_is_kept_if_it_looks_like_one(charset: str, kept: str) -> None:
    assert only(f"Content-Type: text/csv; charset={charset}").charset == kept


def test_content_id_loses_its_brackets() -> None:
    file = only("Content-Type: image/png", "Content-ID:  <a@b>\t")

    assert file.content_id == "a@b"


def test_content_comes_back_decoded() -> None:
    data = base64.b64encode(PICTURE).decode()
    raw = mail(
        f"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n{data}",
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n",
        "Content-Type: text/plain\n\nline\n",
    )

    assert [read_attachment(raw, number) for number in (1, 2, 3)] == [
        PICTURE,
        b"\xe9\n",
        b"line\n",
    ]


def test_only_part_of_a_mail_is_part_zero() -> None:
    assert read_attachment(b"Content-Type: image/png\n\n\x89\0\r\n", 0) == b"\x89\0\r\n"


@pytest.mark.parametrize("counter", [-1, -1000, 4, 999, 1000, 1003, 32767, 10**12])
def test_counter_that_does_not_exist_is_none(counter: int) -> None:
    raw = mail("\none\n", "\ntwo\n", "\nthree\n")

    assert read_attachment(raw, counter) is None


def test_forwarded_mail_comes_back_as_it_stood() -> None:
    inner = (
        "From: a@x.org\nSubject: =?utf-8?q?caf=C3=A9?=\n folded\n"
        'Content-Type: multipart/mixed; boundary="i"\n\npreamble\n'
        "--i\n\none\n--i\nContent-Type: image/png\n\n\udce9\n--i--\nepilogue\n"
    )
    raw = mail("\nHi\n", f"Content-Type: message/rfc822\n\n{inner}")

    assert read_attachment(raw, 2) == inner.encode("utf-8", "surrogateescape")


def test_forwarded_mail_that_is_cut_off_comes_back() -> None:
    inner = 'Content-Type: multipart/mixed; boundary="i"\n\n--i\n\none\n--i\n\ntwo'
    raw = mail("\nHi\n", f"Content-Type: message/rfc822\n\n{inner}")

    assert read_attachment(raw, 2) == inner.encode()


def test_forwarded_mail_in_base64_is_decoded() -> None:
    inner = b"Subject: inner\n\ntext\n"
    encoded = base64.encodebytes(inner).decode()
    raw = mail(
        f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}"
    )

    assert read_attachment(raw, 1) == inner


def test_file_in_a_text_comes_back() -> None:
    lines = binascii.b2a_uu(PICTURE).decode()
    block = f"begin 644 p.png\n{lines}`\nend\n"
    raw = mail(f"\n{block}", f"\ntext\n{block}")

    first, second = listed(raw)
    assert (first.counter, second.counter) == (1001, 1002)
    assert read_attachment(raw, 1001) == read_attachment(raw, 1002) == PICTURE
    assert read_attachment(raw, 2001) is None


def test_files_in_a_winmail_dat_come_back() -> None:
    def attribute(number: int, data: bytes) -> bytes:
        return struct.pack("<BII", 2, number, len(data)) + data + b"\0\0"

    winmail = b"\x78\x9f\x3e\x22\0\0" + b"".join(
        [
            attribute(0x00069002, b""),
            attribute(0x00018010, b"p.png\0"),
            attribute(0x0006800F, PICTURE),
        ]
    )
    encoded = base64.b64encode(winmail).decode()
    raw = mail(
        "\nHi\n",
        "Content-Type: application/ms-tnef\n"
        f"Content-Transfer-Encoding: base64\n\n{encoded}",
    )

    assert [(file.counter, file.name) for file in listed(raw)] == [
        (2, "winmail.dat"),
        (1002, "p.png"),
    ]
    assert read_attachment(raw, 2) == winmail
    assert read_attachment(raw, 1002) == PICTURE


PIECES = [
    *(
        "\n--b\n",
        "\n--b--\n",
        "\n\n",
        "\n",
        "Content-Type: message/rfc822",
        "\udce9",
        "Q=",
    ),
    *(
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: image/png",
        ": ",
        "=",
    ),
    *("Content-Transfer-Encoding: base64", "Content-Type: application/ms-tnef", "QUJD"),
    *(
        "begin 644 x\n#0V%T\n`\nend\n",
        "Content-Type: message/delivery-status",
        "From: a",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_every_listed_file_can_be_read_and_has_its_size(source: str) -> None:
    raw = source.encode("utf-8", "surrogateescape")

    for file in listed(raw):
        content = read_attachment(raw, file.counter)
        assert content is not None
        assert len(content) == file.size
