"""The demo archive keeps its promises: same bytes for a date, every oddity present."""

from __future__ import annotations

import base64
import datetime
import email
import email.policy
import hashlib
import re
import subprocess
import sys
import zlib
from collections import Counter
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from functools import cache
from pathlib import Path

import pytest

from example_project.demo import DEMO_LISTS, DEMO_PEOPLE, DemoMail, generate
from example_project.demo.writer import write_mboxes

END = datetime.date(2026, 6, 30)
OTHER_END = datetime.date(2031, 2, 9)
PUBLIC, ANNOUNCE, CORE = (one.address for one in DEMO_LISTS)


@cache
def mails(end: datetime.date = END) -> tuple[DemoMail, ...]:
    return tuple(generate(end))


@cache
def messages(address: str) -> tuple[Message, ...]:
    raws = [mail.raw for mail in mails() if mail.list_address == address]
    return tuple(email.message_from_bytes(raw) for raw in raws)


def subject(message: Message) -> str:
    return str(make_header(decode_header(message["Subject"])))


def text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            charset = part.get_content_charset() or "ascii"
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            try:
                return content.decode(charset, "replace")
            except LookupError:
                return content.decode("latin-1")
    return ""


def dated(message: Message) -> datetime.datetime | None:
    return parsedate_to_datetime(message["Date"]) if message["Date"] else None


def ids(field: str | None) -> list[str]:
    return re.findall(r"<[^<>]+>", field or "")


def with_charset(charset: str) -> list[Message]:
    return [one for one in messages(PUBLIC) if one.get_content_charset() == charset]


def with_part(content_type: str) -> list[Message]:
    return [
        part
        for one in messages(PUBLIC)
        for part in one.walk()
        if part.get_content_type() == content_type
    ]


def saying(words: str) -> list[Message]:
    return [one for one in messages(PUBLIC) if words in text(one)]


def by_id() -> dict[str, Message]:
    return {one["Message-ID"]: one for one in messages(PUBLIC) if one["Message-ID"]}


def test_same_end_gives_same_bytes() -> None:
    assert tuple(generate(END)) == mails()


def test_another_end_changes_nothing_but_dates() -> None:
    def undated(mail: DemoMail) -> bytes:
        return re.sub(
            rb"^(Date: .*|Received: .*)$", b"", mail.raw, count=2, flags=re.MULTILINE
        )

    assert [undated(mail) for mail in mails(OTHER_END)] == [
        undated(mail) for mail in mails()
    ]
    assert mails(OTHER_END) != mails()


@pytest.mark.parametrize("end", [END + datetime.timedelta(days=n) for n in range(8)])
def test_newest_mail_is_at_most_a_week_old(end: datetime.date) -> None:
    year = mails(end)[-1].from_line[-4:].decode()
    newest = dated(email.message_from_bytes(mails(end)[-1].raw))
    assert newest is not None
    assert year == str(newest.year)
    assert datetime.timedelta(0) <= end - newest.date() < datetime.timedelta(days=8)


@pytest.mark.parametrize("end", [END, OTHER_END])
def test_only_the_planned_mail_is_dated_after_the_end(end: datetime.date) -> None:
    late = [
        subject(message)
        for message in (email.message_from_bytes(mail.raw) for mail in mails(end))
        if (when := dated(message)) and when.date() > end
    ]
    assert late == ["[tidewright] Greetings from the day after tomorrow"]


def test_every_list_has_its_share_of_mail() -> None:
    counts = Counter(mail.list_address for mail in mails())
    assert 1850 <= counts[PUBLIC] <= 2150
    assert 50 <= counts[ANNOUNCE] <= 70
    assert 70 <= counts[CORE] <= 100
    assert [one.policy for one in DEMO_LISTS] == ["public", "public", "private"]


def test_every_mail_parses_with_the_standard_library() -> None:
    for mail in mails():
        message = email.message_from_bytes(mail.raw, policy=email.policy.default)
        assert not [part.defects for part in message.walk() if part.defects]
        assert message["Subject"]
        assert "@" in parseaddr(str(message["From"]))[1]
        assert re.fullmatch(
            rb"From \S+@\S+ \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}", mail[1]
        )


def test_message_ids_are_unique_per_list() -> None:
    for one in DEMO_LISTS:
        seen = Counter(message["Message-ID"] for message in messages(one.address))
        del seen[None]
        assert set(seen.values()) == {1}


def test_cross_posts_share_their_message_id() -> None:
    announced = {message["Message-ID"]: message for message in messages(ANNOUNCE)}
    shared = announced.keys() & by_id().keys()
    assert "Survey: how do you use Tidewright?" in {
        subject(announced[one]) for one in shared
    }
    assert not {message["Message-ID"] for message in messages(CORE)} & shared
    assert len(shared) == 10


def test_one_thread_has_200_mails_and_most_are_small() -> None:
    known = by_id()
    sizes: Counter[str] = Counter()
    for message in known.values():
        root = message
        while (above := ids(root["In-Reply-To"])) and above[0] in known:
            root = known[above[0]]
        sizes[root["Message-ID"]] += 1
    assert max(sizes.values()) == 200
    assert sorted(sizes.values())[len(sizes) // 2] <= 5
    assert sum(size >= 10 for size in sizes.values()) >= 6
    assert sum(size <= 3 for size in sizes.values()) >= 100


def test_replies_name_their_parents_in_different_ways() -> None:
    replies = [one for one in messages(PUBLIC) if one["In-Reply-To"]]
    assert sum(bool(one["References"]) for one in replies) > 0.7 * len(replies)
    assert sum(not one["References"] for one in replies) > 50
    known = by_id()
    lost = [
        one
        for one in messages(PUBLIC)
        if not one["In-Reply-To"] and re.search(r"\b(Re|SV|RE|AW): ", subject(one))
    ]
    assert 2 <= len(lost) <= 40
    full = [one for one in replies if one["References"]]
    assert all(ids(one["References"])[-1] == one["In-Reply-To"] for one in full)
    assert all(
        one["In-Reply-To"] in known or "bubbler" in one["In-Reply-To"]
        for one in replies
    )


def test_a_reply_arrives_before_its_parent() -> None:
    order = [message["Message-ID"] for message in messages(PUBLIC)]
    (parent,) = [
        one
        for one in messages(PUBLIC)
        if subject(one).endswith("] Mooring lines and springs")
    ]
    answers = [
        one
        for one in messages(PUBLIC)
        if parent["Message-ID"] in str(one["References"])
    ]
    assert answers
    assert order.index(answers[0]["Message-ID"]) < order.index(parent["Message-ID"])
    assert dated(answers[0]) > dated(parent)  # type: ignore[operator] # both have one


def test_two_replies_share_a_ghost() -> None:
    known = by_id()
    ghosts = Counter(
        one["In-Reply-To"]
        for one in messages(PUBLIC)
        if one["In-Reply-To"] and one["In-Reply-To"] not in known
    )
    assert ghosts == {"<4fd1c2a0-bubbler@josu.example>": 2}


def test_subjects_change_inside_threads() -> None:
    changed = [one for one in messages(PUBLIC) if "(was: " in subject(one)]
    assert any(one["In-Reply-To"] for one in changed)
    (hijack,) = [
        one
        for one in messages(PUBLIC)
        if subject(one).endswith("] Invoice address for stickers")
    ]
    assert subject(by_id()[hijack["In-Reply-To"]]).endswith(
        "Sun shield for a radar gauge"
    )


def test_patches_come_as_series_and_their_hunks_add_up() -> None:
    subjects = [subject(one) for one in messages(PUBLIC)]
    for tag in ("[PATCH]", "[PATCH 0/3]", "[PATCH 3/3]", "[PATCH v2", "Re: [PATCH"):
        assert any(tag in one for one in subjects), tag
    patches = [one for one in messages(PUBLIC) if "\ndiff --git " in text(one)]
    assert len(patches) > 50
    for patch in patches:
        body = re.split(r"\n-- \n", text(patch))[0]
        for old, new, lines in re.findall(
            r"^@@ -\d+,(\d+) \+\d+,(\d+) @@.*\n((?:[ +-].*\n?)*)", body, re.MULTILINE
        ):
            rows = [row for row in lines.splitlines() if not row.startswith("--- a/")]
            assert sum(row[0] in " -" for row in rows) == int(old), subject(patch)
            assert sum(row[0] in " +" for row in rows) == int(new), subject(patch)


@pytest.mark.parametrize(
    "words",
    [
        "-----Original Message-----",
        "________________________________\nFrom: ",
        "\n>>> import tidewright",
        "\n-- \n",
        "-----BEGIN PGP SIGNED MESSAGE-----",
        "schrieb ",
        " a écrit :",
        " escribió:",
        " schreef ",
        " さんは書きました:",
        " пишет:",
        "写道：",
        "\n> > ",
        "    +-------",
        "Tested-by: ",
        "+1 for B",
        "To unsubscribe send an email to tidewright-leave@",
        "満潮",
        "المد",
        "Πλημμυρίδα",
        "Полная вода",
        "उच्च ज्वार",
        "Nước lớn",
    ],
)
def test_list_life_is_there(words: str) -> None:
    assert saying(words)


@pytest.mark.parametrize("charset", ["iso-2022-jp", "koi8-r", "iso-8859-1", "gb18030"])
def test_old_charsets_are_declared_and_right(charset: str) -> None:
    for message in with_charset(charset):
        content = message.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert content.decode(charset)
    assert with_charset(charset)


def test_german_mail_is_german_to_the_end() -> None:
    assert "Übergrößen" in "".join(text(one) for one in with_charset("iso-8859-1"))


def test_broken_charsets_are_broken() -> None:
    (wrong,) = [one for one in messages(PUBLIC) if "\ufffd" in text(one)]
    assert wrong.get_content_charset() == "utf-8"
    assert with_charset("x-marine-8")


def test_format_flowed_with_and_without_delsp() -> None:
    flowed = [one for one in messages(PUBLIC) if one.get_param("format") == "flowed"]
    assert len(flowed) > 50
    assert any(one.get_param("delsp") == "yes" for one in flowed)
    assert any(" \n" in text(one) for one in flowed)


def test_html_mail_of_both_kinds() -> None:
    assert [one for one in messages(PUBLIC) if one.get_content_type() == "text/html"]
    assert len(with_part("multipart/alternative")) > 20


def test_attachments_are_valid_files() -> None:
    png = with_part("image/png")[0].get_payload(decode=True)
    assert isinstance(png, bytes)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    start = png.index(b"IDAT") + 4
    length = int.from_bytes(png[start - 8 : start - 4], "big")
    assert len(zlib.decompress(png[start : start + length])) == 140 * (1 + 3 * 360)
    pdf = with_part("application/pdf")[0].get_payload(decode=True)
    assert isinstance(pdf, bytes)
    xref = int(pdf.split(b"startxref\n")[1].split()[0])
    assert pdf[xref:].startswith(b"xref\n0 6\n")
    for number, row in enumerate(pdf[xref:].split(b"\n")[3:8], 1):
        assert pdf[int(row[:10]) :].startswith(b"%d 0 obj" % number)
    ics = with_part("text/calendar")[0].get_payload(decode=True)
    assert isinstance(ics, bytes)
    assert ics.startswith(b"BEGIN:VCALENDAR\r\n")
    names = {part.get_filename() for part in with_part("image/png")}
    assert "Gezeiten-Übersicht_潮汐.png" in names
    assert "gauged.log" in {part.get_filename() for part in with_part("text/plain")}


def test_mails_without_id_and_without_date() -> None:
    assert len([one for one in messages(PUBLIC) if not one["Message-ID"]]) == 1
    assert len([one for one in messages(PUBLIC) if not one["Date"]]) == 1


def test_no_mail_asks_not_to_be_archived() -> None:
    assert not [one for one in messages(PUBLIC) if one["X-No-Archive"]]


def test_long_lines_one_liners_and_many_links() -> None:
    bodies = [text(one) for one in messages(PUBLIC)]
    assert max(len(line) for body in bodies for line in body.splitlines()) > 3000
    assert "thanks\n" in bodies
    assert max(len(re.findall(r"https?://", body)) for body in bodies) >= 8


def test_links_to_the_archive_lead_to_mails_of_it() -> None:
    named = {
        base64.b32encode(_sha1(one["Message-ID"].strip("<>"))).decode()
        for one in by_id().values()
    }
    linked = {
        code
        for one in messages(PUBLIC)
        for code in re.findall(r"/message/([A-Z2-7]{32})/", text(one))
    }
    assert len(linked) > 10
    assert linked <= named


def _sha1(value: str) -> bytes:
    return hashlib.sha1(value.encode(), usedforsecurity=False).digest()


def test_subject_prefix_is_on_every_public_mail() -> None:
    assert all(subject(one).startswith("[tidewright] ") for one in messages(PUBLIC))
    assert not any("[tidewright]" in subject(one) for one in messages(ANNOUNCE))


def test_demo_people_write_themselves() -> None:
    assert [person.address for person in DEMO_PEOPLE] == [
        "nora@example.org",
        "owen@example.org",
        "priya@example.org",
    ]
    public = {parseaddr(one["From"])[1] for one in messages(PUBLIC)}
    private = {parseaddr(one["From"])[1] for one in messages(CORE)}
    assert {person.address for person in DEMO_PEOPLE} <= public
    assert "priya@example.org" in private
    assert "nora@example.org" not in private


def test_no_slot_or_choice_is_left_unfilled() -> None:
    for one in DEMO_LISTS:
        for message in messages(one.address):
            body = text(message).replace("$prev == --station", "")
            assert not re.search(r"\|\||^@\d|^@/|\$[a-z]", body, re.MULTILINE), body


def test_activity_rises_after_releases_and_falls_at_holidays() -> None:
    months = Counter(
        when.strftime("%Y-%m") for one in messages(PUBLIC) if (when := dated(one))
    )
    assert months["2024-08"] < months["2024-10"]
    assert months["2025-12"] < months["2025-11"]


def test_written_mboxrd_gives_the_messages_back(tmp_path: Path) -> None:
    paths = write_mboxes(mails(), tmp_path)
    assert {path.name for path in paths} == {
        f"{one.address}.mbox" for one in DEMO_LISTS
    }
    content = (tmp_path / f"{PUBLIC}.mbox").read_bytes()
    entries = re.split(rb"^From .*\n", content, flags=re.MULTILINE)[1:]
    unquoted = [
        re.sub(rb"^>(>*From )", rb"\1", entry, flags=re.MULTILINE)[:-1]
        for entry in entries
    ]
    assert unquoted == [mail.raw for mail in mails() if mail.list_address == PUBLIC]


def test_command_writes_files_and_explains_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "example_project.demo"]
    shown = subprocess.run([*command, "--help"], capture_output=True, check=True)
    assert b"--end" in shown.stdout
    subprocess.run(
        [*command, "--end", "2026-06-30", "--out", str(tmp_path / "out")],
        capture_output=True,
        check=True,
    )
    assert len(list((tmp_path / "out").iterdir())) == len(DEMO_LISTS)
