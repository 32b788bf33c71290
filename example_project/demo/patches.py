"""Makes format-patch bodies: diffstat, diff with counted hunks, version line.

In the pieces a patch follows the line `---`: each hunk starts with
`=== path line function`, line 0 meaning a new file, and goes on with diff lines.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

WIDEST = 40


@dataclass(frozen=True)
class Hunk:
    """Some lines of one file that a patch changes, with the lines around them."""

    path: str
    start: int
    function: str
    lines: tuple[str, ...]

    def count(self, signs: str) -> int:
        """Return how many lines start with one of these signs."""
        return sum(line[0] in signs for line in self.lines)


def is_patch(text: str) -> bool:
    """Say whether a piece carries a diff."""
    return "\n---\n=== " in text


def render(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the commit message and the lines of the patch below it."""
    message, _, rest = text.partition("\n---\n")
    hunks = _hunks(rest)
    by_path: dict[str, list[Hunk]] = {}
    for hunk in hunks:
        by_path.setdefault(hunk.path, []).append(hunk)
    lines = ["---", *_diffstat(by_path), ""]
    for path, changes in by_path.items():
        lines += _diff(path, changes)
    return message, (*lines, "-- ", "2.45.2")


def _hunks(text: str) -> list[Hunk]:
    hunks = []
    for chunk in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, *lines = chunk.strip("\n").split("\n")
        path, start, *function = head.split(" ", 2)
        body = tuple(line or " " for line in lines)
        hunks.append(Hunk(path, int(start), " ".join(function), body))
    return hunks


def _diffstat(by_path: dict[str, list[Hunk]]) -> list[str]:
    widest = max(map(len, by_path))
    counts = {
        path: (sum(h.count("+") for h in hunks), sum(h.count("-") for h in hunks))
        for path, hunks in by_path.items()
    }
    lines = []
    for path, (added, removed) in counts.items():
        scale = min(1.0, WIDEST / (added + removed))
        signs = "+" * round(added * scale) + "-" * round(removed * scale)
        lines.append(f" {path.ljust(widest)} | {added + removed:2} {signs}")
    added = sum(count[0] for count in counts.values())
    removed = sum(count[1] for count in counts.values())
    total = f" {len(by_path)} file{'s' * (len(by_path) > 1)} changed"
    if added:
        total += f", {added} insertion{'s' * (added > 1)}(+)"
    if removed:
        total += f", {removed} deletion{'s' * (removed > 1)}(-)"
    new = [path for path, hunks in by_path.items() if hunks[0].start == 0]
    return [*lines, total, *(f" create mode 100644 {path}" for path in new)]


def _diff(path: str, hunks: list[Hunk]) -> list[str]:
    new = hunks[0].start == 0
    mark = _blob("".join(line for hunk in hunks for line in hunk.lines))
    lines = [f"diff --git a/{path} b/{path}"]
    if new:
        lines += ["new file mode 100644", f"index 0000000..{mark}", "--- /dev/null"]
    else:
        lines += [f"index {_blob(path + mark)}..{mark} 100644", f"--- a/{path}"]
    lines.append(f"+++ b/{path}")
    moved = 0
    for hunk in hunks:
        old, now = hunk.count(" -"), hunk.count(" +")
        place = f"-{hunk.start},{old} +{hunk.start + moved},{now}"
        if new:
            place = f"-0,0 +1,{now}"
        lines.append(f"@@ {place} @@ {hunk.function}".rstrip())
        lines += hunk.lines
        moved += now - old
    return lines


def _blob(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:7]
