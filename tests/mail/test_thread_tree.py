"""The reply tree as it is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.thread_tree import Leaf, Node, build_tree

START = datetime(2024, 1, 1, tzinfo=UTC)


def leaf(
    key: str,
    hours: int,
    parent: str | None = None,
    missing: tuple[str, ...] = (),
    is_gone: bool = False,
) -> Leaf:
    return Leaf(key, START + timedelta(hours=hours), parent, missing, is_gone)


def drawing(nodes: list[Node]) -> list[str]:
    """Return the tree as indented lines; ghosts with their number."""
    return [
        "." * node.depth + (f"({node.ghosts})" if node.is_ghost else node.key)
        for node in nodes
    ]


def test_replies_stand_below_what_they_answer_by_date() -> None:
    nodes = build_tree(
        [leaf("d", 4, "a"), leaf("c", 3, "b"), leaf("b", 2, "a"), leaf("a", 1)]
    )
    assert drawing(nodes) == ["a", ".b", "..c", ".d"]
    assert [node.children for node in nodes] == [2, 1, 0, 0]
    assert [node.parent for node in nodes] == [None, "a", "b", "a"]


def test_mails_that_miss_the_same_parent_are_siblings_under_its_ghost() -> None:
    nodes = build_tree([leaf("a", 1, None, ("G",)), leaf("b", 2, None, ("G",))])
    assert drawing(nodes) == ["(1)", ".a", ".b"]


def test_missing_message_between_two_mails_is_drawn_there() -> None:
    nodes = build_tree(
        [leaf("a", 1), leaf("b", 2, "a", ("G",)), leaf("c", 3, "a"), leaf("d", 4, "b")]
    )
    assert drawing(nodes) == ["a", ".(1)", "..b", "...d", ".c"]


def test_several_missing_messages_in_a_row_are_one_gap() -> None:
    nodes = build_tree([leaf("a", 1), leaf("b", 2, "a", ("G", "H", "I"))])
    assert drawing(nodes) == ["a", ".(3)", "..b"]


def test_gap_splits_where_the_paths_to_two_mails_part() -> None:
    nodes = build_tree([leaf("a", 1, None, ("G", "H")), leaf("b", 2, None, ("G", "I"))])
    assert drawing(nodes) == ["(1)", ".(1)", "..a", ".(1)", "..b"]


def test_parent_that_is_not_in_the_thread_makes_a_root() -> None:
    assert drawing(build_tree([leaf("a", 1, "elsewhere")])) == ["a"]


def test_taken_out_mail_stays_while_a_reply_hangs_on_it() -> None:
    nodes = build_tree([leaf("a", 1, is_gone=True), leaf("b", 2, "a")])
    assert drawing(nodes) == ["a", ".b"]


def test_taken_out_mail_without_replies_goes_with_the_ghost_above() -> None:
    nodes = build_tree(
        [
            leaf("a", 1),
            leaf("b", 2, "a", ("G",), is_gone=True),
            leaf("c", 3, "b", is_gone=True),
        ]
    )
    assert drawing(nodes) == ["a"]


def test_circle_of_replies_starts_at_its_earliest_mail() -> None:
    nodes = build_tree([leaf("a", 2, "b"), leaf("b", 3, "c"), leaf("c", 1, "a")])
    assert drawing(nodes) == ["c", ".b", "..a"]


def test_circle_through_a_ghost_is_cut() -> None:
    nodes = build_tree([leaf("a", 1, None, ("G",)), leaf("b", 2, "a", ("G",))])
    assert sorted(drawing(nodes)) == ["(1)", ".a", ".b"]


def test_chain_of_5000_replies_is_placed() -> None:
    chain = [leaf("0", 0)] + [leaf(str(n), n, str(n - 1)) for n in range(1, 5000)]
    nodes = build_tree(reversed(chain))
    assert [node.depth for node in nodes] == list(range(5000))


@st.composite
def threads(draw: st.DrawFn) -> list[Leaf]:
    """Mails that name each other and ghosts as they like, circles included."""
    count = draw(st.integers(1, 12))
    keys = [f"m{number}" for number in range(count)]
    ghosts = st.lists(st.sampled_from(["g0", "g1", "g2"]), max_size=3, unique=True)
    return [
        leaf(
            key,
            draw(st.integers(0, 5)),
            draw(st.sampled_from([None, *keys])),
            tuple(draw(ghosts)),
        )
        for key in keys
    ]


@given(threads(), st.randoms())
def test_every_mail_is_shown_once_whatever_the_order(mails, random) -> None:
    nodes = build_tree(mails)
    shown = [node.key for node in nodes if not node.is_ghost]
    assert sorted(shown) == sorted(mail.key for mail in mails)
    shuffled = list(mails)
    random.shuffle(shuffled)
    assert build_tree(shuffled) == nodes


@given(threads())
def test_depth_grows_by_one_from_parent_to_child(mails) -> None:
    depths: dict[str | None, int] = {None: -1}
    for node in build_tree(mails):
        assert node.depth == depths[node.parent] + 1
        depths[node.key] = node.depth
