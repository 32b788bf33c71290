"""The MIME tree: Python's own for sound mail, bounded for hostile mail."""

from __future__ import annotations

import email
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.mime import MAX_HEADER_BLOCK, MAX_PARTS, read_message
from hyperkitty.mail.values import Problem


def shape(message: Message) -> list[tuple[str, object]]:
    """Return type and payload of every part in walk order."""
    return [
        (part.get_content_type(), None if part.is_multipart() else part.get_payload())
        for part in message.walk()
    ]


LEAVES = [
    "\nplain\ntext\n",
    "Content-Type: text/html\n\n<p>html</p>\n\n",
    "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\naGVsbG8=",
    "\n",
    "not a header\n\nbut text",
    "Content-Type: message/delivery-status\n\nA: b\n\nC: d\n",
    "Content-Type: message/delivery-status\n\nA: b\n\n\n",
    "Content-Type: message/rfc822\n\nSubject: inner\n\ntext\n",
]


def multipart(children: list[str], subtype: str, boundary: str, closed: bool) -> str:
    body = "".join(f"--{boundary}\n{child}\n" for child in children)
    end = f"--{boundary}--\nepilogue\n" if closed else ""
    kind = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'
    return f"{kind}\n\npreamble\n{body}{end}"


def trees(depth: int = 3) -> st.SearchStrategy[str]:
    leaves = st.sampled_from(LEAVES)
    if not depth:
        return leaves
    return leaves | st.builds(
        multipart,
        st.lists(trees(depth - 1), min_size=1, max_size=4),
        st.sampled_from(["mixed", "alternative", "digest", "signed"]),
        # One boundary may start with another, and often does.
        st.sampled_from(["a" * depth, f"=_b (x){depth}"]),
        st.just(True),
    )


@given(trees())
def test_sound_mail_has_the_tree_that_python_gives(text: str) -> None:
    raw = f"Subject: x\n{text}".encode()
    message, problems = read_message(raw)
    expected = email.message_from_bytes(raw)
    assert shape(message) == shape(expected)
    assert list(message.raw_items()) == list(expected.raw_items())
    assert Problem.TOO_DEEP not in problems


def test_crlf_mail_has_the_same_parts() -> None:
    raw = f"Subject: x\n{multipart(LEAVES[:3], 'mixed', 'b', closed=True)}".encode()
    message, problems = read_message(raw.replace(b"\n", b"\r\n"))
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "text/plain", "text/html", "image/png")
    ]
    assert problems == ()
    part = message.get_payload(0)
    assert isinstance(part, Message)
    assert part.get_payload() == "plain\r\ntext\r\n"


def test_part_without_its_end_runs_to_the_end() -> None:
    raw = multipart(["\none", "\ntwo\n"], "mixed", "b", closed=False).encode()
    assert shape(read_message(raw)[0])[1:] == [
        ("text/plain", "one"),
        ("text/plain", "two\n\n"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed\n\ntext",
        b"Content-Type: multipart/mixed; boundary=b\n\ntext",
        b"Content-Type: multipart/mixed; boundary*=a\0b''b\n\ntext",
    ],
)
def test_multipart_without_boundary_is_one_text(raw: bytes) -> None:
    assert read_message(raw)[0].get_payload() == "text"


def headers(raw: bytes) -> list[tuple[str, str]]:
    return list(read_message(raw)[0].raw_items())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\n>From x\nTo: c\n\nhi", [("A", "b"), ("To", "c")]),
        (b"A: b\nFrom x Tue Feb\nTo: c\n\nhi", [("A", "b"), ("To", "c")]),
        (b"Subject : b\nTo: c\n\nhi", [("Subject", "b"), ("To", "c")]),
        (
            b"References: <a@b>\n<c@d>\nTo: c\n\nhi",
            [("References", "<a@b>\n <c@d>"), ("To", "c")],
        ),
        (b"S\xfcb: x\nTo: c\n\nhi", [("To", "c")]),
        (b": x\nTo: c\n\nhi", [("To", "c")]),
        (b"\n\r\nTo: c\n\nhi", [("To", "c")]),
        (b"\xef\xbb\xbfTo: c\n\nhi", [("To", "c")]),
        (b"From a@b Tue\n>From c@d Wed\nTo: c\n\nhi", [("To", "c")]),
        (b"To: c\r\r\n\r\r\nhi", [("To", "c")]),
        (b"A: b\rTo: c\r\rhi", [("A", "b"), ("To", "c")]),
        (b"A: b\rTo: c\n\nhi", [("A", "b\rTo: c")]),
    ],
)
def test_odd_header_line_does_not_end_the_headers(
    raw: bytes, expected: list[tuple[str, str]]
) -> None:
    assert headers(raw) == expected
    assert read_message(raw)[0].get_payload() == "hi"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"To: c\nhi there\nyou", "hi there\nyou"),
        (b"hi there\n\nTo: c\n", "hi there\n\nTo: c\n"),
        (b"hi", "hi"),
        (b"", ""),
    ],
)
def test_text_without_blank_line_is_the_body(raw: bytes, text: str) -> None:
    assert read_message(raw)[0].get_payload() == text


def test_deep_nesting_is_cut_and_the_outer_parts_stay() -> None:
    levels = [
        f"Content-Type: multipart/mixed; boundary=b{level}\n\n"
        f"--b{level}\n\ntext\n--b{level}\n"
        for level in range(2_000)
    ]
    message, problems = read_message("".join(levels).encode())
    assert Problem.TOO_DEEP in problems
    found = shape(message)
    assert len(found) == 101
    assert found[1] == ("text/plain", "text")


def test_mails_within_mails_are_cut() -> None:
    _, problems = read_message(b"Content-Type: message/rfc822\n\n" * 5_000)
    assert problems == (Problem.TOO_DEEP,)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
        b"Content-Type: message/delivery-status\n\n" + b"A: b\n\n" * 10_000,
        b"Content-Type: multipart/digest; boundary=b\n\n"
        + b"--b\n\nSubject: x\n\nhi\n" * 10_000,
    ],
)
def test_number_of_parts_is_bounded(raw: bytes) -> None:
    message, problems = read_message(raw)
    assert Problem.TOO_MANY_PARTS in problems
    assert len(list(message.walk())) <= MAX_PARTS


def test_header_block_is_bounded() -> None:
    message, problems = read_message(b"X-A: bcd\n" * 100_000 + b"\nhi")
    assert Problem.BAD_HEADERS in problems
    kept = sum(len(name) + len(value) for name, value in message.raw_items())
    assert kept <= MAX_HEADER_BLOCK
    assert message.get_payload() == "hi"


def test_long_references_keep_their_first_and_last_ids() -> None:
    chain = b"".join(b"\n <%d@example.org>" % number for number in range(100_000))
    [(_, value)] = headers(b"References:" + chain + b"\n\nhi")
    named = value.split()
    assert named[:2] == ["<0@example.org>", "<1@example.org>"]
    assert named[-2:] == ["<99998@example.org>", "<99999@example.org>"]
    assert all(one.endswith("@example.org>") for one in named)
    assert len(named) > 100


def test_content_type_with_endless_parameters_is_cut() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b; " + b"a;" * 500_000
    [(_, value)] = headers(raw + b"\n\n--b\n\nhi\n--b--\n")
    assert len(value) < 5_000
