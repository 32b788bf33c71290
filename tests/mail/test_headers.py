"""Headers: RFC 2047 and every common way to get it wrong."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.headers import decode


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (" plain  text ", "plain text"),
        ("a\n b", "a b"),
        ("a\r\n\tb", "a b"),
        ("a\rb", "a b"),
        ("a\0b", "ab"),
        ("a\x0bb\x85c\u2028d", "a b c d"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?UTF-8?Q?caf=c3=a9?=", "café"),
        ("=?utf-8?b?Y2Fmw6k=?=", "café"),
        ("=?utf-8?b?Y2Fmw6k?=", "café"),  # padding lost
        ("=?utf-8?b?Y2Fm\n w6k=?=", "café"),  # folded within the word
        ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?a_b?=", "a b"),
        ("=?utf-8?q?a b?=", "a b"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\n =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b", "a b"),
        ("Re:=?utf-8?q?a?=b", "Re:ab"),  # no spaces around
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),  # cut in a character
        ("=?utf-8?b?w6k=?= =?utf-8?q?=C3=A9?=", "éé"),
        ("=?iso-8859-1?q?=E9?= =?utf-8?q?=C3=A9?=", "éé"),
        ("=??q?caf=C3=A9?=", "café"),  # no charset
        ("=?x-nonsense?q?caf=C3=A9?=", "café"),
        ("=?unknown-8bit?q?_Caf=E9?=", "Café"),  # Mailman Core writes this
        ("=?us-ascii?q?caf=E9?=", "café"),
        ("=?utf-8?q?caf=E9?=", "café"),  # a lie
        ("=?utf-8?q?Why??=", "Why?"),
        ("=?utf-8?q?Why?=20so?=", "Why? so"),
        ("=?utf-8?q?cut off", "cut off"),
        ("=?utf-8?q?cut =?utf-8?q?off?=", "cut off"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fcaf=3DC3=3DA9=3F=3D?=", "café"),  # twice
        ("=?utf-8?q?a=0Ab?=", "a b"),
        ("=?utf-8?q?a=00b?=", "ab"),
        ("=?utf-8?b??=", ""),
        ("=?utf-8?b?A?=", ""),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
        ("caf\udcc3\udca9", "café"),
        ("caf\udce9", "café"),
        ("\udce9 =?utf-8?q?=C3=A9?=", "é é"),
        ("=?utf-8?q?caf\udcc3\udca9?=", "café"),
        ("=?utf-7?q?+2AA-?=", "?"),  # half of a surrogate pair
        ("\ud800", "?"),
        ("already é", "already é"),
    ],
)
def test_header_is_decoded(value: str, expected: str) -> None:
    assert decode(value) == expected


def test_raw_bytes_are_read_in_the_charset_of_the_body() -> None:
    value = "Привет".encode("koi8-r").decode("ascii", "surrogateescape")
    assert decode(value, "koi8-r") == "Привет"
    assert decode(value + " =?unknown-8bit?q?=F0?=", "koi8-r") == "Привет П"


def test_length_is_bounded() -> None:
    assert len(decode("x" * 50_000)) == 10_000
    assert len(decode("=?utf-8?q?" + "=C3=A9" * 50_000 + "?=")) <= 10_000
    assert decode("abcdef", limit=3) == "abc"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_what_python_encodes_comes_back(text: str) -> None:
    text = " ".join(text.replace("=?", "").split(" ")).strip()
    encoded = Header(text, "utf-8", maxlinelen=76).encode()
    assert decode(encoded) == " ".join(text.split(" ")).strip().removeprefix(
        "\ufeff"
    ) or ("  " in text)


@given(st.text(alphabet='=?utf-8qbB*_A\udce9 \n"', max_size=80))
def test_any_header_gives_clean_text(value: str) -> None:
    text = decode(value)
    text.encode()
    assert text.isprintable()
    assert text == text.strip()
