"""Transfer encodings are undone, however damaged."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.transfer import undo_transfer_encoding as undo

TEXT = b"The quick brown fox jumps over the lazy dog.\n" * 5
BASE64 = base64.encodebytes(TEXT)
FOOTER = b"_______\nList mailing list\nhttps://lists.example.org/list\n"


@given(st.binary(max_size=200))
def test_sound_base64_comes_back(data: bytes) -> None:
    assert undo(base64.encodebytes(data), "base64") == (data, True)


@given(st.binary(max_size=200).filter(lambda data: b"\r" not in data))
def test_sound_quoted_printable_comes_back(data: bytes) -> None:
    assert undo(quopri.encodestring(data), "quoted-printable") == (data, True)


@pytest.mark.parametrize("encoding", ["", "7bit", "8bit", "binary"])
def test_identity_leaves_the_bytes(encoding: str) -> None:
    assert undo(b"=E9\0\r\xff", encoding) == (b"=E9\0\r\xff", True)


def test_unknown_encoding_leaves_the_bytes_and_says_so() -> None:
    assert undo(b"text", "x-secret") == (b"text", False)


@pytest.mark.parametrize(
    ("encoded", "data"),
    [
        (b"QUJD\nRA", b"ABCD"),
        (b"QUJDR", b"ABC"),
        (b"QQ==\nQkM=\n", b"ABC"),
        (b"=QUJD", b"ABC"),
        (b"====", b""),
    ],
)
def test_padding_of_base64_may_be_wrong(encoded: bytes, data: bytes) -> None:
    assert undo(encoded, "base64")[0] == data


def test_damaged_letter_of_base64_does_not_end_it() -> None:
    damaged = BASE64[:10] + b"*" + BASE64[10:]

    assert undo(damaged, "base64") == (TEXT, False)


def test_footer_below_base64_stays_readable() -> None:
    assert undo(BASE64 + FOOTER, "base64") == (TEXT + FOOTER, False)


def test_text_that_is_no_base64_at_all_stays_text() -> None:
    assert undo(FOOTER, "base64") == (FOOTER, False)


@pytest.mark.parametrize(
    ("encoded", "data"),
    [
        (b"a=3Db=3db", b"a=b=b"),
        (b"one =\ntwo =\r\nthree =  \nfour", b"one two three four"),
        (b"one=\rtwo", b"onetwo"),
        (b"a=ZZ=", b"a=ZZ"),
        (b"\xe9", b"\xe9"),
    ],
)
def test_odd_quoted_printable_is_read(encoded: bytes, data: bytes) -> None:
    assert undo(encoded, "quoted-printable") == (data, True)


ENCODINGS = ["base64", "quoted-printable", "x-uuencode", "7bit", "odd"]


@given(st.binary(max_size=200), st.sampled_from(ENCODINGS))
def test_any_bytes_are_undone(data: bytes, encoding: str) -> None:
    assert isinstance(undo(data, encoding)[0], bytes)
