"""The files in a winmail.dat are listed."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.tnef import tnef_files
from hyperkitty.mail.uuencode import EmbeddedFile

START = b"\x78\x9f\x3e\x22\x01\x00"
BEGIN, TITLE, DATA, PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005


def attribute(number: int, data: bytes) -> bytes:
    return struct.pack("<BII", 2, number, len(data)) + data + b"\0\0"


def long_name(name: bytes, kind: bytes) -> bytes:
    return kind + b"\0\x07\x37\x01\0\0\0" + struct.pack("<I", len(name)) + name


def test_files_are_listed_by_title() -> None:
    data = START + b"".join(
        [
            attribute(0x00069003, b"message properties"),
            attribute(BEGIN, b"\1"),
            attribute(TITLE, b"one.txt\0"),
            attribute(DATA, b"first"),
            attribute(BEGIN, b"\1"),
            attribute(TITLE, b"TWO~1.DOC\0"),
            attribute(DATA, b"second"),
            attribute(PROPERTIES, b"...." + long_name(b"two words.doc\0", b"\x1e")),
        ]
    )

    assert tnef_files(data) == (
        EmbeddedFile("one.txt", b"first"),
        EmbeddedFile("two words.doc", b"second"),
    )


def test_long_name_may_be_utf16() -> None:
    name = "naïve.txt\0".encode("utf-16-le")
    data = START + b"".join(
        [
            attribute(BEGIN, b""),
            attribute(DATA, b"x"),
            attribute(PROPERTIES, long_name(name, b"\x1f")),
        ]
    )

    assert tnef_files(data) == (EmbeddedFile("naïve.txt", b"x"),)


def test_stream_that_is_cut_off_gives_what_is_whole() -> None:
    data = START + attribute(BEGIN, b"") + attribute(DATA, b"whole")

    assert tnef_files(data + attribute(TITLE, b"cut")[:-4]) == (
        EmbeddedFile("", b"whole"),
    )


def test_other_data_has_no_files() -> None:
    assert tnef_files(b"not TNEF") == ()


@given(st.binary(max_size=100))
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(tnef_files(START + data), tuple)
