"""What needs a fixed-width font."""

from __future__ import annotations

import pytest

from hyperkitty.rendering.fixed import needs_fixed_font

FIXED = {
    "table by spaces": "name      count\none           1\nthree        30",
    "table by tabs": "a\tb\tc\nd\te\tf",
    "table by bars": "| a | b |\n| 1 | 2 |",
    "box drawing": "┌──┐\n│ab│\n└──┘",
    "ASCII art": ' /\\_/\\\n( o.o )\n > ^ <\n(")_(")  -=*=-',
    "code by indentation": "    make test\n    make install",
    "code by braces": "int main() {\n  return 0;\n}",
    "code by assignments": "a = 1\nb = a + 2",
    "shell session": "$ ls -l\n$ make",
    "one indented command": "    make install",
    "diffstat": " src/main.c | 12 +++++-----",
    "Python session": ">>> 1 + 1\n2",
}
PROSE = {
    "sentences": "I have tried it.  It works.\nTwo spaces after a period.  Fine.",
    "indented first line": "   Once upon a time\nthere was a list.",
    "bullets": "- one thing\n- another thing\n  that goes on",
    "numbers": "1. one thing\n2. another thing",
    "a single word": "Hello",
    "a URL": "See https://example.org/a_b#c for more",
    "an emphasis": "This is *very* important -- really",
    "a greeting": "Hello Anne,\nhow are you?",
    "a long flowed line": "word  " * 200,
    "one indented sentence": "    So he said, and left.",
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed_text_is_recognized(name):
    assert needs_fixed_font(FIXED[name].split("\n"))


@pytest.mark.parametrize("name", PROSE)
def test_prose_is_left_alone(name):
    assert not needs_fixed_font(PROSE[name].split("\n"))


@pytest.mark.parametrize(
    "line",
    [
        "18:51:25 lists/l-k has 57 msgs in unseen",
        "Jul 10 14:51:00 server systemd[1]: Starting The Apache Webserver...",
        "[Fri Jul 10 09:47:37.657510 2020] [mpm_prefork:notice] [pid 7681] caught",
        "2024-03-04T12:00:01 worker started",
        "2024/03/04 12:00:01 worker started",
    ],
)
def test_lines_of_a_log_keep_their_font(line):
    assert needs_fixed_font([line] * 3)
    assert not needs_fixed_font([line, "and so on, as it always was", "you know"])


def test_times_in_prose_are_no_log():
    lines = [
        "We meet at 12:00:00, then at 13:00:00 and",
        "again at 14:00:00: be there.",
    ]
    assert not needs_fixed_font(lines * 2)
