"""What people type, and what it is read as."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.search.parsing import MAX_TERMS, parse
from hyperkitty.search.query import (
    And,
    Dates,
    Exact,
    Field,
    Node,
    Not,
    NoteKind,
    Or,
    Query,
    Text,
    leaves,
)
from hyperkitty.search.writing import serialize

TODAY = date(2024, 3, 15)  # a Friday


def read(text: str) -> Query:
    return parse(text, TODAY)


def word(text: str, field: Field = Field.ANY, **how: bool) -> Text:
    return Text(field, text, **how)


def phrase(text: str, field: Field = Field.ANY) -> Text:
    return Text(field, text, is_phrase=True)


def span(start: str | None, end: str | None) -> tuple[datetime | None, ...]:
    return tuple(
        datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
        for day in (start, end)
    )


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("tea", word("tea")),
        ("tea pot", And((word("tea"), word("pot")))),
        ("tea AND pot", And((word("tea"), word("pot")))),
        ('"tea pot"', phrase("tea pot")),
        ("“tea pot”", phrase("tea pot")),
        ("tea OR coffee", Or((word("tea"), word("coffee")))),
        (
            "hot tea OR coffee cup",
            And((word("hot"), Or((word("tea"), word("coffee"))), word("cup"))),
        ),
        (
            "(hot tea) OR coffee",
            Or((And((word("hot"), word("tea"))), word("coffee"))),
        ),
        ("tea -milk", And((word("tea"), Not(word("milk"))))),
        ('tea -"cold milk"', And((word("tea"), Not(phrase("cold milk"))))),
        (
            "tea -(milk OR cream)",
            And((word("tea"), Not(Or((word("milk"), word("cream")))))),
        ),
        ("tea -(-milk)", And((word("tea"), word("milk")))),
        ("config*", word("config", is_prefix=True)),
        ("s:tea", word("tea", Field.SUBJECT)),
        ("Subject:tea", word("tea", Field.SUBJECT)),
        ("b:tea", word("tea", Field.BODY)),
        ("nq:tea", word("tea", Field.BODY, without_quoted=True)),
        ("q:tea", word("tea", Field.QUOTED)),
        ("n:pot.png", word("pot.png", Field.FILENAME)),
        ("f:Anne", word("Anne", Field.FROM)),
        ("from: Anne", word("Anne", Field.FROM)),
        ("f:Anne@Example.com", Exact("address", "anne@example.com")),
        ("from:anne (a) example.com", Exact("address", "anne@example.com")),
        ('s:"tea pot"', phrase("tea pot", Field.SUBJECT)),
        (
            "s:(tea OR pot)",
            Or((word("tea", Field.SUBJECT), word("pot", Field.SUBJECT))),
        ),
        ("list:Tea@lists.example.org", Exact("list", "tea@lists.example.org")),
        ("to:tea", Exact("list", "tea")),
        ("thread:ABC", Exact("thread", "ABC")),
        ("m:<a@example.com>", Exact("msgid", "a@example.com")),
        ('tag:"Good Tea"', Exact("tag", "good tea")),
        ("has:patches", Exact("has", "patch")),
        ("-has:attachment", Not(Exact("has", "attachment"))),
        ("is:starter", Exact("is", "starter")),
        ("tea )", word("tea")),
        ("((tea", word("tea")),
        ("OR tea OR", word("tea")),
        ("tea () pot", And((word("tea"), word("pot")))),
    ],
)
def test_syntax_is_understood(typed: str, root: Node) -> None:
    query = read(typed)
    assert query.root == root
    assert query.notes == ()


@pytest.mark.parametrize(
    "typed",
    [
        *("C++", "std::vector", "--no-verify", "foo_bar()", "CVE-2024-3094"),
        *("/etc/fstab", "anne@example.com", "https://example.com/a?b=c&d=e:f"),
        *("<id.1@example.com>", "f(x)", "it's", '5"', "12:30", "localhost:8080"),
        *("ptr->next", "->next", "a=b", "[PATCH]", "#123", "日本語", "&foo;", "or"),
    ],
)
def test_identifiers_are_words_as_they_stand(typed: str) -> None:
    query = read(typed)
    assert query.root == word(typed)
    assert query.notes == ()
    assert read(f"tea {typed}").root == And((word("tea"), word(typed)))


@pytest.mark.parametrize(
    ("typed", "root", "kind"),
    [
        ('"tea pot', And((word("tea"), word("pot"))), NoteKind.OPEN_QUOTE),
        ("colour:red", word("colour:red"), NoteKind.UNKNOWN_FIELD),
        ("has:milk", phrase("has:milk"), NoteKind.UNKNOWN_VALUE),
        ("date:soon", phrase("date:soon"), NoteKind.BAD_DATE),
        (r"d:\tea", phrase(r"d:\tea"), NoteKind.BAD_DATE),
        ("c*", phrase("c*"), NoteKind.SHORT_PREFIX),
        ("-Wall", phrase("-Wall"), NoteKind.LONE_MINUS),
        ("++", None, NoteKind.NO_WORDS),
        ("(" * 30 + "tea" + ")" * 30, word("tea"), NoteKind.DEEP),
        ("-is:mine", None, NoteKind.MISPLACED),
        ("tea OR is:mine", word("tea"), NoteKind.MISPLACED),
    ],
)
def test_what_cannot_be_meant_is_taken_literally_and_said(
    typed: str, root: Node | None, kind: NoteKind
) -> None:
    query = read(typed)
    assert query.root == root
    assert [note.kind for note in query.notes] == [kind]


def test_readers_own_filters_stand_apart() -> None:
    query = read("tea is:unread is:mine")
    assert query.root == word("tea")
    assert query.reader_filters == {"unread", "mine"}
    assert read("is:mine").root is None


def test_nothing_asks_for_nothing() -> None:
    assert read("  \n ") == Query()


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("date:2019", "2019-01-01", "2020-01-01"),
        ("d:2019-05", "2019-05-01", "2019-06-01"),
        ("d:2019/5/7", "2019-05-07", "2019-05-08"),
        ("d:20190507", "2019-05-07", "2019-05-08"),
        ("d:201905", "2019-05-01", "2019-06-01"),
        ("d:may-2019", "2019-05-01", "2019-06-01"),
        ("d:2019..2021", "2019-01-01", "2022-01-01"),
        ("d:2021..2019", "2019-01-01", "2022-01-01"),
        ("d:2019-2021", "2019-01-01", "2022-01-01"),
        ("d:2019-05..", "2019-05-01", None),
        ("d:..2019-05", None, "2019-06-01"),
        ("d:>2019", "2020-01-01", None),
        ("d:<=2019", None, "2020-01-01"),
        ("year:2019", "2019-01-01", "2020-01-01"),
        ("after:2019", "2019-01-01", None),
        ("since:2019-05", "2019-05-01", None),
        ("before:2019", None, "2019-01-01"),
        ("d:today", "2024-03-15", "2024-03-16"),
        ("d:yesterday", "2024-03-14", "2024-03-15"),
        ("d:this-week", "2024-03-11", "2024-03-18"),
        ("d:last-week", "2024-03-04", "2024-03-11"),
        ("d:last.week..", "2024-03-04", None),
        ('d:"last month"', "2024-02-01", "2024-03-01"),
        ("d:last-year", "2023-01-01", "2024-01-01"),
        ("d:2.weeks.ago..", "2024-03-01", None),
        ("after:13-months-ago", "2023-02-15", None),
        ("d:last-7-days", "2024-03-08", "2024-03-16"),
    ],
)
def test_dates_are_understood(typed: str, start: str | None, end: str | None) -> None:
    root = read(typed).root
    assert isinstance(root, Dates)
    assert (root.start, root.end) == span(start, end)


@pytest.mark.parametrize(
    "typed",
    ["d:0000", "d:9999", "d:2019-13", "d:2019-02-30", "d:..", "d:9999-years-ago"],
)
def test_dates_that_are_none_are_words(typed: str) -> None:
    assert read(typed).root == phrase(typed)


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ("2019-01-01", "2020-01-01", "date:2019"),
        ("2019-01-01", "2022-01-01", "date:2019..2021"),
        ("2019-05-01", "2019-06-01", "date:2019-05"),
        ("2019-05-01", "2019-07-01", "date:2019-05..2019-06"),
        ("2019-05-07", "2019-05-08", "date:2019-05-07"),
        ("2019-05-07", None, "date:2019-05-07.."),
        (None, "2019-06-01", "date:..2019-05-31"),
    ],
)
def test_span_is_written_as_a_date_that_means_it(
    start: str | None, end: str | None, written: str
) -> None:
    dates = Dates(*span(start, end))
    assert serialize(Query(dates)) == written
    again = read(written).root
    assert isinstance(again, Dates)
    assert (again.start, again.end) == (dates.start, dates.end)


def test_long_paste_is_cut_to_what_can_be_searched() -> None:
    query = read("word " * 3000)
    assert len(list(leaves(query.root))) == MAX_TERMS
    assert NoteKind.MANY_TERMS in {note.kind for note in query.notes}
    huge = read("x" * 10_000)
    assert len(huge.root.text) <= 300


def test_masked_text_shows_no_address_and_reads_the_same() -> None:
    query = read("anne@example.com from:bart@example.com tea")
    written = serialize(query, masked=True)
    assert "@" not in written
    assert read(written).root == query.root


SIGNS = st.sampled_from([*' ()"-*:.@>', "OR", "AND", "“", "(a)", "é", "\u0301", "\0"])
BITS = st.sampled_from(
    [
        *("tea", "a.b", "--no", "日本", "x:y", "is:mine", "is:starter", "has:", "s:"),
        *("from:", "f:a@b.co", "date:2019", "d:last.week", "year:", "nq:", "tag:"),
        *("m:", "list:"),
    ]
)


@given(st.text() | st.lists(SIGNS | BITS, max_size=40).map("".join))
def test_whatever_is_typed_reads_and_is_written_back_as_the_same_query(
    typed: str,
) -> None:
    query = read(typed)
    for masked in (False, True):
        again = read(serialize(query, masked=masked))
        assert (again.root, again.reader_filters) == (query.root, query.reader_filters)
    assert len(list(leaves(query.root))) <= MAX_TERMS


@given(st.lists(SIGNS | BITS, max_size=12).map("".join), st.integers(50, 1500))
def test_long_input_is_read_and_written_back_too(bit: str, times: int) -> None:
    query = read(bit * times)
    again = read(serialize(query))
    assert (again.root, again.reader_filters) == (query.root, query.reader_filters)
