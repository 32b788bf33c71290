"""Message-IDs: one clean form, Mailman's hash, and the hashes in old URLs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.message_id import (
    MAX_LENGTH,
    clean,
    core_hash,
    hash_variants,
    is_hash,
    message_id_hash,
)

LONG = "x" * 290 + "@example.com"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("<dummy>", "QKODQBCADMDSP5YPOPKECXQWEQAMXZL3"),
        ("<msg1@example.com>", "WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF"),
        (" msg1@example.com ", "WHIESPZUKZM4RBKDOE5J2CWTLQ33HQYF"),
    ],
)
def test_core_hash_is_what_mailman_core_puts_into_the_mail(
    header: str, expected: str
) -> None:
    assert core_hash(header) == expected


def test_core_hash_drops_one_pair_of_brackets_only() -> None:
    assert core_hash("<<a@b>>") == message_id_hash("<a@b>")


def test_core_hash_keeps_brackets_that_do_not_enclose_the_header() -> None:
    assert core_hash("<a@b> ") == message_id_hash("<a@b>")
    assert core_hash("<a@b> (note)") == message_id_hash("<a@b> (note)")


def test_core_hash_is_the_same_for_a_folded_header() -> None:
    assert core_hash("\n <a@b>") == core_hash("<a@b>")
    assert core_hash("\r\n\t<a@b>") == core_hash("<a@b>")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("<a@b>", "a@b"),
        ("<<a@b>>", "a@b"),
        ("\n <a@b>", "a@b"),
        ("a@b", "a@b"),
        ("a@b>", "a@b"),
        ("<a@b", "a@b"),
        ('"<a@b>"', "a@b"),
        ('"a@b"', "a@b"),
        ("<a@b> (comment)", "a@b"),
        ("(comment) <a@b>", "a@b"),
        ("a@b (two words)", "a@b"),
        ("<a(1)@b>", "a(1)@b"),
        ("<a b@c>", "ab@c"),
        ("<a\n b@c>", "ab@c"),
        ("<> <a@b>", "a@b"),
        ("<a@b><c@d>", "a@b"),
        ("=?utf-8?q?=3Ca=40b=3E?=", "a@b"),
        ("<caf\udcc3\udca9@b>", "café@b"),
        ("<caf\udce9@b>", "café@b"),
        ("<a\0b@c>", "ab@c"),
        ("<>", ""),
        ("< >", ""),
        ("", ""),
    ],
)
def test_clean_finds_the_id(header: str, expected: str) -> None:
    assert clean(header) == expected


def test_id_over_255_characters_is_kept_whole() -> None:
    assert clean(f"<{LONG}>") == LONG


def test_endless_id_is_cut() -> None:
    assert len(clean("<" + "x" * 100_000 + "@b>")) == MAX_LENGTH


def test_variants_of_a_plain_id_are_none() -> None:
    assert hash_variants("<msg1@example.com>") == ()


@pytest.mark.parametrize(
    ("header", "hashed_by_another_program"),
    [
        ("<a b@c>", "ab@c"),  # HyperKitty's stored id
        ("<a b@c>", "a b@c"),  # Core, HyperKitty's URL endpoint
        ("<a@b> (note)", "<a@b>(note)"),  # HyperKitty's stored id
        ("<a@b> (note)", "a@b> (note)"),  # HyperKitty's URL endpoint
        ("<a@b> (note)", "a@b"),  # ours; HyperKitty's import
        ("<<a@b>>", "<a@b>"),  # HyperKitty's stored id
        ("<<a@b>>", "a@b"),  # HyperKitty's URL endpoint
        ('"a@b"', "a@b"),
        ("<a@b> ", "a@b"),
        ("\n <a@b>", "<a@b>"),  # Core before Python 3.12.8
        ("\n <a@b>", "a@b"),
        (f"<{LONG}>", LONG[:254]),  # HyperKitty's column
        (f"<{LONG}>", LONG),
        ("<caf\udcc3\udca9@b>", "caf@b"),  # HyperKitty's import
        ("<caf\udcc3\udca9@b>", "café@b"),
    ],
)
def test_every_hash_of_other_programs_is_known(
    header: str, hashed_by_another_program: str
) -> None:
    known = {core_hash(header), *hash_variants(header)}
    assert message_id_hash(hashed_by_another_program) in known


@given(st.text(max_size=60))
def test_any_header_gives_clean_values(header: str) -> None:
    cleaned = clean(header)
    assert not any(char.isspace() or char == "\0" for char in cleaned)
    cleaned.encode()
    assert clean(cleaned) == clean(f"<{cleaned}>") or set(cleaned) & set("<>(\"'=?")
    assert is_hash(core_hash(header))
    variants = hash_variants(header)
    assert len(set(variants)) == len(variants)
    assert core_hash(header) not in variants
    assert all(is_hash(variant) for variant in variants)


def test_is_hash_wants_32_base32_digits() -> None:
    assert is_hash("QKODQBCADMDSP5YPOPKECXQWEQAMXZL3")
    assert not is_hash("qkodqbcadmdsp5ypopkecxqweqamxzl3")
    assert not is_hash("QKODQBCADMDSP5YPOPKECXQWEQAMXZL3\n")
    assert not is_hash("QKODQBCADMDSP5YPOPKECXQWEQAMXZ1")
