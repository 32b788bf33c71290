"""Names of files that came by mail are safe to show, to send and to save."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.file_names import (
    MAX_NAME,
    MAX_NAME_BYTES,
    safe_name,
    type_for,
)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("two words (1).tar.gz", "two words (1).tar.gz"),
        ("naïve 日本語.txt", "naïve 日本語.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("folder/", "folder"),
        (".htaccess", "htaccess"),
        ("name. . ", "name"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"),
        ("a\0b\x1b.txt", "ab.txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("a\ud800b", "ab"),
        ('<script>"x"|?*.js', "_script__x____.js"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.log", "console.log"),
        ("cafe\u0301.txt", "café.txt"),
        ("", "attachment.png"),
        ("...", "attachment.png"),
        ("/", "attachment.png"),
        ("\u200b", "attachment.png"),
    ],
)
def test_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name, "image/png") == safe


def test_long_name_keeps_its_extension() -> None:
    name = safe_name("x" * 500 + ".tar", "application/x-tar")

    assert len(name) == MAX_NAME
    assert name.endswith("x.tar")


def test_long_name_in_wide_letters_keeps_to_the_bytes() -> None:
    name = safe_name("語" * 90 + ".txt", "text/plain")

    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.endswith("語.txt")


def test_unknown_type_has_a_neutral_extension() -> None:
    assert safe_name("", "application/x-odd") == "attachment.bin"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.PNG", "image/png"),
        ("a.jpeg", "image/jpeg"),
        ("a.txt", "text/plain"),
        ("a.dat", "application/octet-stream"),
        ("png", "application/octet-stream"),
        ("a.exe", "application/octet-stream"),
    ],
)
def test_name_tells_the_type(name: str, content_type: str) -> None:
    assert type_for(name) == content_type


@given(st.text(), st.sampled_from(["text/plain", "image/png", "a/b", ""]))
def test_any_name_becomes_safe(name: str, content_type: str) -> None:
    safe = safe_name(name, content_type)

    assert 0 < len(safe) <= MAX_NAME
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*')
    assert not {unicodedata.category(char) for char in safe} & {"Cc", "Cf", "Cs"}
    assert not safe.startswith(".")
    assert safe_name(safe, content_type) == safe
