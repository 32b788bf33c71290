"""The mail that is sent is the one that was written, and holds nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.flowed import unflow
from hyperkitty.mail.headers import one_line
from hyperkitty.mail.parse import parse_message
from hyperkitty.posting.compose import (
    File,
    Letter,
    Parent,
    UnsendableError,
    compose,
    mailto,
    message_id,
    references_of,
    reply_subject,
)
from hyperkitty.posting.flowing import clean_text, to_flowed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def letter(**values: object) -> Letter:
    known: dict[str, object] = {
        "author": ("Anne Péron", "anne@example.com"),
        "to": [("", "dev@lists.example.org")],
        "subject": "Hello",
        "text": "Some words.\n",
        "message_id": "abc@lists.example.org",
        "date": NOON,
    }
    return Letter(**(known | values))  # type: ignore[arg-type]  # tests name fields


def read(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)  # type: ignore[return-value]  # the policy makes it one


def head(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "User-Agent",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]


@given(subject=TEXTS, name=TEXTS, text=TEXTS)
def test_whatever_is_typed_comes_back_and_adds_no_header(
    subject: str, name: str, text: str
) -> None:
    raw = compose(letter(subject=subject, author=(name, "anne@example.com"), text=text))
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    fields = [
        line.partition(b":")[0].decode()
        for line in head(raw).split(b"\r\n")
        if not line.startswith(b" ")
    ]
    assert fields == FIELDS
    parsed = parse_message(raw, arrived_at=NOON)
    assert parsed.subject == one_line(subject)
    assert parsed.from_address == "anne@example.com"
    assert unflow(parsed.text.rstrip("\n")) == unflow(
        to_flowed(clean_text(text)).rstrip("\n")
    )


@given(st.text(st.sampled_from("ab >-.\n—"), max_size=300))
def test_flowed_lines_join_to_what_was_typed(text: str) -> None:
    typed = clean_text(text)
    wanted = "\n".join(map(quotes_at_the_start, typed.split("\n")))
    assert unflow(to_flowed(typed)) == wanted


def quotes_at_the_start(line: str) -> str:
    """Return a typed line as flowed text has it: quote marks together."""
    rest = line
    depth = 0
    while rest.startswith(">") or (depth and rest.startswith(" >")):
        rest = rest.removeprefix(" ")[1:]
        depth += 1
    if not depth:
        return line
    rest = rest.removeprefix(" ").rstrip(" ")
    return ">" * depth + (" " + rest if rest else "")


def test_long_paragraph_is_wrapped_and_reads_whole() -> None:
    words = " ".join(f"word{n}" for n in range(200))
    raw = compose(letter(text=words))
    body = raw.partition(b"\r\n\r\n")[2].decode()
    assert max(map(len, body.splitlines())) <= 78
    assert unflow(body.replace("\r\n", "\n")).strip() == words


@pytest.mark.parametrize(
    "text", ["From here on", " indented", "-- \nsignature", "> quoted", ">> deep"]
)
def test_lines_that_mean_something_to_mail_stay_what_they_are(text: str) -> None:
    parsed = parse_message(compose(letter(text=text)), arrived_at=NOON)
    assert unflow(parsed.text).strip("\n") == text


def test_long_subject_goes_out_whole() -> None:
    for subject in ("word " * 400, "é" * 900, "x" * 3000):
        assert read(compose(letter(subject=subject)))["Subject"] == subject.strip()


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Plan", "Re: Plan"),
        ("Re: Plan", "Re: Plan"),
        ("[Dev] Re: Plan", "Re: Plan"),
        ("AW: Plan", "AW: Plan"),
        ("Re: [Dev] Plan", "Re: Plan"),
        ("", "Re:"),
    ],
)
def test_answer_says_re_once(subject: str, answer: str) -> None:
    assert reply_subject(subject, "[Dev] ") == answer


def test_references_hold_the_parents_and_the_parent() -> None:
    parent = Parent("c@x", ["a@x", "b@x"])
    mail = read(compose(letter(parent=parent)))
    assert mail["In-Reply-To"] == "<c@x>"
    assert mail["References"].split() == ["<a@x>", "<b@x>", "<c@x>"]


def test_long_references_keep_both_ends_and_are_folded() -> None:
    ids = [f"{n}.{'x' * 80}@mail.example.com" for n in range(100)]
    raw = compose(letter(parent=Parent("last@x", ids)))
    found = read(raw)["References"].split()
    assert found == [f"<{one}>" for one in [*ids[:20], *ids[-19:], "last@x"]]
    assert max(map(len, head(raw).split(b"\r\n"))) < 130


def test_ids_that_no_mail_can_carry_are_left_out() -> None:
    odd = ["a b@x", "a@x>\r\nBcc: eve@example.com", "é@x", "x" * 2000, "good@x"]
    assert references_of(Parent("parent@x", odd)) == ["good@x", "parent@x"]
    assert references_of(Parent("a\nb@x", [])) == []


def test_people_with_odd_names_keep_them() -> None:
    for name in ('O"Brien, \\ Jr.', "Ænne Ødegård " * 15, "山田太郎", "a@b", "x" * 200):
        raw = compose(letter(author=(name, "anne@example.com")))
        parsed = parse_message(raw, arrived_at=NOON)
        assert parsed.from_name == one_line(name)
        assert parsed.from_address == "anne@example.com"


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@d", "a b@c", "é@example.org", "a@b>,<c@d", "plain", ""]
)
def test_address_that_could_break_out_is_refused(address: str) -> None:
    with pytest.raises(UnsendableError):
        compose(letter(author=("", address)))


def test_site_sends_in_its_own_name_and_answers_go_to_the_author() -> None:
    mail = read(compose(letter(site=("Lists", "web@example.org"))))
    assert mail["From"].addresses[0].display_name == "Anne Péron via Lists"
    assert mail["From"].addresses[0].addr_spec == "web@example.org"
    assert mail["Reply-To"].addresses[0].addr_spec == "anne@example.com"


def test_files_arrive_as_they_were() -> None:
    data = bytes(range(256)) * 300
    files = [File("Übersicht 2026.png", "image/png", data), File("../x", "bad", b"")]
    mail = read(compose(letter(files=files, text="Zeile — eins\n")))
    body, first, second = mail.iter_parts()
    assert body.get_content().rstrip() == "Zeile — eins"
    assert first.get_filename() == "Übersicht 2026.png"
    assert first.get_content() == data
    assert second.get_filename() == "x"
    assert second.get_content_type() == "application/octet-stream"


@given(name=TEXTS, kind=TEXTS)
def test_file_name_and_type_cannot_break_out(name: str, kind: str) -> None:
    mail = read(compose(letter(files=[File(name, kind, b"data")])))
    _body, part = mail.iter_parts()
    assert part.get_content_type() == "application/octet-stream" or "/" in kind
    assert sorted(part.keys()) == sorted(
        ["Content-Disposition", "Content-Type", "Content-Transfer-Encoding"]
    )
    assert part.get_payload(decode=True) == b"data"


def test_mail_program_gets_the_headers_of_an_answer() -> None:
    parent = Parent("c+1@x", ["a@x"])
    link = mailto(["dev@lists.example.org", "b@x.org"], "Re: 50% & more", parent)
    url = urlsplit(link)
    assert url.path == "dev@lists.example.org"
    assert parse_qs(url.query) == {
        "cc": ["b@x.org"],
        "Subject": ["Re: 50% & more"],
        "In-Reply-To": ["<c+1@x>"],
        "References": ["<a@x> <c+1@x>"],
    }


def test_message_id_has_the_sites_domain() -> None:
    assert message_id("r", "Lists.example.org:8000") == "r@lists.example.org"
    assert message_id("r", "bad host\n") == "r@localhost"
