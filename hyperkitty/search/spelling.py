"""Which known word somebody may have meant; plain Python."""

from __future__ import annotations

from collections.abc import Iterable

#: Words shorter than this are as often right as wrong.
MIN_LENGTH = 4
MAX_LENGTH = 30


def is_word(text: str) -> bool:
    """Whether *text* can be misspelled: letters alone, neither short nor very long."""
    return text.isalpha() and MIN_LENGTH <= len(text) <= MAX_LENGTH


def best_correction(
    word: str, candidates: Iterable[tuple[str, int]], known: int = 0
) -> str | None:
    """Return the candidate nearest to *word*, of those the most frequent.

    Candidates come with the number of mails they stand in; one is offered only if that
    is more than *known*, in how many *word* stands. A long word may differ by two
    letters, a short one by one; two letters exchanged count as one.
    """
    word = word.lower()
    limit = 1 if len(word) < 6 else 2
    best: tuple[int, int, str] | None = None
    for candidate, count in candidates:
        if count <= known or candidate == word or not candidate.isalpha():
            continue
        if abs(len(candidate) - len(word)) > limit:
            continue
        far = distance(word, candidate, limit)
        if far <= limit and (best is None or (far, -count, candidate) < best):
            best = (far, -count, candidate)
    return best[2] if best else None


def distance(a: str, b: str, limit: int) -> int:
    """Return how many letters differ (optimal string alignment), or ``limit + 1``."""
    # What both begin and end with costs nothing and is most of two words alike.
    start = 0
    shorter = min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    if max(len(a), len(b)) > 2 * limit + 2:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        before, last = row, before
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return min(row[-1], limit + 1)
