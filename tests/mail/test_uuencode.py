"""Files inside a text are found, taken out and decoded."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.uuencode import (
    MAX_FILES,
    EmbeddedFile,
    decode_uuencoded,
    split_files,
)

DATA = bytes(range(256)) * 2


def uuencoded(data: bytes, name: bytes = b"a.bin", end: bytes = b"\n") -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45])[:-1] for at in range(0, len(data), 45)]
    return end.join([b"begin 644 " + name, *lines, b"`", b"end", b""])


def yencoded(data: bytes, name: bytes = b"a.bin") -> bytes:
    encoded = bytearray()
    for byte in data:
        shifted = (byte + 42) % 256
        if shifted in b"\0\n\r=":
            encoded += bytes([61, (shifted + 64) % 256])
        else:
            encoded.append(shifted)
    size = b"%d" % len(data)
    lines = b"\r\n".join(_wrapped(bytes(encoded)))
    return b"=ybegin line=128 size=%b name=%b\r\n%b\r\n=yend size=%b\r\n" % (
        *(size, name),
        *(lines, size),
    )


def _wrapped(encoded: bytes) -> list[bytes]:
    """Cut into lines, never between an escape and its byte."""
    lines, at = [], 0
    while at < len(encoded):
        end = at + 128
        end += encoded[end - 1 : end] == b"="
        lines.append(encoded[at:end])
        at = end
    return lines


@given(st.binary(max_size=300), st.sampled_from([b"\n", b"\r\n"]))
def test_uuencoded_file_comes_back(data: bytes, end: bytes) -> None:
    text, files = split_files(b"before\n" + uuencoded(data, end=end) + b"after\n")

    assert text == b"before\n[attachment: a.bin]\nafter\n"
    assert files == (EmbeddedFile("a.bin", data),)


@given(st.binary(max_size=300))
def test_yenc_file_comes_back(data: bytes) -> None:
    text, files = split_files(b"before\n" + yencoded(data) + b"after\n")

    assert text == b"before\n[attachment: a.bin]\nafter\n"
    assert files == (EmbeddedFile("a.bin", data),)


def test_part_line_of_yenc_is_skipped() -> None:
    block = yencoded(DATA).replace(b".bin\r\n", b".bin\r\n=ypart begin=1 end=512\r\n")

    assert split_files(block)[1] == (EmbeddedFile("a.bin", DATA),)


def test_base64_form_of_uuencode_is_read() -> None:
    block = b"begin-base64 644 a.bin\n" + base64.encodebytes(DATA) + b"====\n"

    assert split_files(block) == (
        b"[attachment: a.bin]\n",
        (EmbeddedFile("a.bin", DATA),),
    )


def test_several_files_are_found_in_order() -> None:
    data = uuencoded(b"1", b"one") + b"text\n" + yencoded(b"2", b"two") + b"end\n"

    text, files = split_files(data)

    assert text == b"[attachment: one]\ntext\n[attachment: two]\nend\n"
    assert [file.name for file in files] == ["one", "two"]


def test_spaces_lost_at_the_ends_of_lines_are_no_harm() -> None:
    block = uuencoded(b"\0" * 90).replace(b"`", b" ")
    stripped = b"\n".join(line.rstrip() for line in block.split(b"\n"))

    assert split_files(stripped)[1] == (EmbeddedFile("a.bin", b"\0" * 90),)


def test_file_that_the_end_of_the_mail_cuts_off_is_kept() -> None:
    block = uuencoded(DATA).split(b"`\nend")[0]

    assert split_files(block)[1] == (EmbeddedFile("a.bin", DATA),)


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 words\nThis is only text about uuencode.\nend\n",
        b"begin 644 a.bin\n",
        b"We begin 644 things\n",
        b"=ybegin line=128 size=3 name=a.bin\nno end\n",
        b"begin-base64 644 a.bin\nnot base64!\n====\n",
        b"begin-base64 644 a.bin\nQUJD\nthe end\n",
    ],
)
def test_text_that_looks_like_a_file_stays_text(text: bytes) -> None:
    assert split_files(text) == (text, ())


def test_more_files_than_can_be_numbered_stay_text() -> None:
    text, files = split_files(uuencoded(b"x") * (MAX_FILES + 1))

    assert len(files) == MAX_FILES
    assert text.endswith(uuencoded(b"x"))


def test_whole_part_may_be_uuencoded() -> None:
    assert decode_uuencoded(b"\n" + uuencoded(DATA)) == (DATA, True)
    assert decode_uuencoded(b"plain") == (b"plain", False)


PIECES = [
    *(b"begin 644 a\n", b"begin-base64 644 a\n", b"=ybegin name=a\n", b"=yend\n"),
    *(b"M", b"#0V%T\n", b"`\n", b"end\n", b"\n", b"====\n", b"QUJD\n", b"=", b"\xff"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_text_is_read(data: bytes) -> None:
    text, files = split_files(data)

    assert text.count(b"[attachment: ") == len(files)
    if not files:
        assert text == data
