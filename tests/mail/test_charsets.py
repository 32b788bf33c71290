"""Text comes out right whatever its charset is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.charsets import decode

RUSSIAN = "Привет, спасибо за исправление всех ошибок. Надо проверить ещё раз."


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("plain", "ascii", "us-ascii"),
        ("plain", "ascii", None),
        ("Grüße ✓", "utf-8", "UTF-8"),
        ("Grüße ✓", "utf-8", "utf8"),
        ("Grüße ✓", "utf-8", '"utf-8"'),
        ("Grüße ✓", "utf-8", "unicode-1-1-utf-8"),
        ("Grüße", "latin-1", "ISO-8859-1"),
        ("5 €", "iso-8859-15", "iso-8859-15"),
        ("“quotes” – and €", "cp1252", "windows-1252"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "cp1251", "win-1251"),
        ("ґрунт", "koi8-u", "koi8-u"),
        ("镕朱", "gb18030", "gb2312"),
        ("你好", "gbk", "x-gbk"),
        ("你好", "hz", "HZ-GB-2312"),
        ("謝謝", "big5", "big5"),
        ("똠방각하", "cp949", "ks_c_5601-1987"),
        ("똠방각하", "cp949", "euc-kr"),
        ("①こんにちは", "cp932", "Shift_JIS"),
        ("①こんにちは", "cp932", "windows-31j"),
        ("こんにちは", "iso2022_jp", "iso-2022-jp"),
        ("こんにちは", "euc_jp", "x-euc-jp"),
        ("สวัสดี", "tis_620", "tis-620"),
        ("שלום", "iso8859_8", "iso-8859-8-i"),
        ("Grüße", "mac_roman", "macintosh"),
        ("Grüße", "utf-7", "utf-7"),
        ("Grüße", "utf-16", "utf-16"),
        ("Grüße", "cp037", "IBM037"),
    ],
)
def test_declared_charset_is_used(text: str, codec: str, declared: str | None) -> None:
    assert decode(text.encode(codec), declared) == (text, True)


@pytest.mark.parametrize("declared", ["iso-8859-1", "latin1"])
def test_windows_bytes_under_a_latin_name_are_read_as_meant(
    declared: str | None,
) -> None:
    assert decode("“5 €”".encode("cp1252"), declared) == ("“5 €”", True)


def test_windows_bytes_under_an_ascii_name_are_read_but_do_not_fit() -> None:
    assert decode("café ”".encode("cp1252"), "us-ascii") == ("café ”", False)


def test_utf8_under_a_latin_name_is_noticed_by_its_control_bytes() -> None:
    assert decode("„Grüße”".encode(), "iso-8859-1") == ("„Grüße”", False)


@pytest.mark.parametrize("declared", [None, "x-unknown", "unknown-8bit"])
def test_utf8_without_a_declaration_is_read(declared: str | None) -> None:
    assert decode("Grüße".encode(), declared) == ("Grüße", True)


def test_unknown_charset_is_told_even_if_the_text_is_ascii() -> None:
    assert decode(b"plain", "nonsense") == ("plain", False)


@pytest.mark.parametrize(
    "declared",
    ["base64", "zlib", "rot13", "idna", "punycode", "unicode_escape", "undefined"],
)
def test_codecs_that_are_no_charset_are_refused(declared: str | None) -> None:
    assert decode(rb"\ud800 plain", declared) == (r"\ud800 plain", False)


def test_text_cut_inside_a_character_keeps_its_charset() -> None:
    data = ("日本語です" * 4).encode()[:-1]
    assert decode(data, "utf-8") == ("日本語です" * 3 + "日本語で\ufffd", False)


def test_undeclared_russian_is_guessed() -> None:
    assert decode(RUSSIAN.encode("koi8-r"), "x-unknown") == (RUSSIAN, False)
    assert decode(RUSSIAN.encode("cp1251"), None) == (RUSSIAN, False)


def test_undeclared_western_text_is_cp1252() -> None:
    assert decode("naïve résumé".encode("latin-1"), None) == ("naïve résumé", False)


def test_undeclared_japanese_is_known_by_its_escapes() -> None:
    assert decode("日本語".encode("iso2022_jp"), None) == ("日本語", False)


def test_terminal_colors_are_not_taken_for_japanese() -> None:
    assert decode(b"\x1b[31mred\x1b[0m", "us-ascii") == ("\x1b[31mred\x1b[0m", True)


def test_nul_and_byte_order_mark_are_dropped() -> None:
    assert decode(b"\xef\xbb\xbfa\0b\xc3\xa9", "utf-8") == ("abé", True)


def test_lone_surrogates_of_utf7_are_replaced() -> None:
    assert decode(b"+2AA-", "utf-7")[0] == "?"


CHARSETS = [
    *("us-ascii", "utf-8", "iso-8859-1", "gb2312", "big5", "iso-2022-jp", "utf-7"),
    *("hz", "utf-16", "utf-32", "cp037", "euc-kr", "iso-2022-kr", "shift_jis"),
]


@given(st.binary(max_size=300), st.one_of(st.sampled_from(CHARSETS), st.text()))
def test_any_bytes_under_any_name_give_clean_text(data: bytes, charset: str) -> None:
    text, fits = decode(data, charset)

    text.encode("utf-8")
    assert "\0" not in text
    assert isinstance(fits, bool)
