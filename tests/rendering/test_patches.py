"""Patches in the text of a mail."""

from __future__ import annotations

from hyperkitty.rendering.patches import read_patch
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import RenderOptions

from .html_reader import read_html

GIT = """\
diff --git a/src/main.py b/src/main.py
index 1234567..89abcde 100644
--- a/src/main.py
+++ b/src/main.py
@@ -1,3 +1,4 @@ def main():
 import os
-print "hello"
+print("hello")
+return None

diff --git a/README b/README
--- a/README
+++ b/README
@@ -1 +1 @@
-one
+two
"""
MAIL = f"""\
This fixes it.

Signed-off-by: Anne <anne@example.com>
---
 README      | 2 +-
 src/main.py | 3 ++-

{GIT}-- \n2.39.1
"""


def test_git_patch_has_its_files_and_counts():
    files, end = read_patch(GIT.splitlines(), 0)
    assert end == len(GIT.splitlines())
    assert [(file.name, file.added, file.removed) for file in files] == [
        ("src/main.py", 2, 1),
        ("README", 1, 1),
    ]


def test_patch_in_a_mail_is_colored_and_the_rest_is_text():
    rendered = render_text(MAIL)
    html = rendered.html
    assert html.index("<p>This fixes it.</p>") < html.index('<div class="m-patch">')
    assert '<span class="gd">-one</span>\n<span class="gi">+two</span>' in html
    assert '<span class="gu">@@ -1 +1 @@</span>' in html
    assert '<p class="m-signature">-- <br>2.39.1</p>' in html


def test_page_knows_the_files_and_where_they_are():
    rendered = render_text(MAIL, options=RenderOptions(anchor="mail7"))
    assert [(file.name, file.anchor) for file in rendered.files] == [
        ("src/main.py", "mail7-f1"),
        ("README", "mail7-f2"),
    ]
    assert '<pre class="m-diff" id="mail7-f2">' in rendered.html
    assert '<a href="#mail7-f2">README</a>' in rendered.html


def test_patch_of_one_file_needs_no_list():
    html = render_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n").html
    assert 'class="m-files"' not in html
    assert 'class="m-diff"' in html


def test_plus_lines_in_a_hunk_are_no_file_names():
    files, _ = read_patch(
        ["--- x", "+++ x", "@@ -1,2 +1,2 @@", "--- y", "+++ z", " c"], 0
    )
    assert [(file.name, file.added, file.removed) for file in files] == [("x", 1, 1)]


def test_hunk_is_as_long_as_it_says():
    lines = ["--- x", "+++ x", "@@ -1 +1 @@", "-a", "+b", "- a list", "- goes on"]
    assert read_patch(lines, 0)[1] == 5


def test_hunk_that_a_mail_program_wrapped_ends_there():
    lines = ["--- x", "+++ x", "@@ -1,3 +1,3 @@", " a long", "line", "-b", "+c"]
    assert read_patch(lines, 0)[1] == 4


def test_missing_newline_note_belongs_to_the_hunk():
    lines = [
        "--- x",
        "+++ x",
        "@@ -1 +1 @@",
        "-a",
        "+b",
        "\\ No newline at end of file",
    ]
    assert read_patch(lines, 0)[1] == 6


def test_subversion_and_dated_names_are_read():
    for header in (
        [
            "Index: a b.c",
            "=" * 60,
            "--- a b.c\t(revision 1)",
            "+++ a b.c\t(working copy)",
        ],
        ["diff -u old a", "--- old\t2024-05-01", "+++ a b.c 2024-05-01 10:00:00"],
    ):
        files, end = read_patch([*header, "@@ -0,0 +1 @@", "+x"], 0)
        assert files[0].name == "a b.c"
        assert end == len(header) + 2


def test_new_and_deleted_files_keep_their_names():
    for old, new in (("/dev/null", "b/x"), ("a/x", "/dev/null")):
        files, _ = read_patch(
            [f"--- {old}", f"+++ {new}", "@@ -1 +1 @@", "-a", "+b"], 0
        )
        assert files[0].name == "x"


def test_rename_and_binary_need_no_hunk():
    rename = [
        "diff --git a/x b/y",
        "similarity index 100%",
        "rename from x",
        "rename to y",
    ]
    files, end = read_patch([*rename, "", "text"], 0)
    assert (files[0].name, end) == ("y", 4)
    binary = [
        "diff --git a/x b/x",
        "GIT binary patch",
        "literal 3",
        "zc",
        "",
        "literal 0",
    ]
    assert read_patch([*binary, "Hc", "", "text"], 0)[1] == 7


def test_dashes_and_words_are_no_patch():
    for lines in (["--- Anne wrote:", "hello"], ["diff of opinions"], ["Index: none"]):
        assert read_patch(lines, 0) == ([], 0)


def test_quoted_hunk_keeps_its_colors():
    html = render_text("> @@ -1 +1 @@\n> -a\n> +b\nWhy?").html
    assert '<span class="gi">+b</span>' in html
    assert "<p>Why?</p>" in html


def test_language_is_colored_on_request():
    plain = render_text(GIT).html
    colored = render_text(GIT, options=RenderOptions(highlight=True)).html
    assert '<span class="kn">import</span>' in colored
    assert "kn" not in plain
    assert read_html(plain).text == read_html(colored).text


def test_huge_patch_is_not_highlighted():
    big = f"--- a.py\n+++ a.py\n@@ -0,0 +1,9000 @@\n{'+import os' * 9000}\n"
    html = render_text(big, options=RenderOptions(highlight=True)).html
    assert "kn" not in html


def test_file_names_are_escaped():
    text = "diff --git a/<b> b/<b>\n@@ -1 +1 @@\n-a\n+b\n" * 2
    read_html(render_text(text, options=RenderOptions(anchor='"x')).html)
