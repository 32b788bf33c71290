"""Whether a mail is found again by what somebody remembers of it (known-item search).

  python -m benchmarks.search_quality --corpus DIR [--seed 1 2 3 4 5] [--engine whoosh]

Imports every .mbox.gz of DIR and draws 300 mails by each seed. Of each it takes four
words of the author's own text that stand in at least 3 mails and at most 1 % of them,
and not in the subject; the same words with other endings, by a rule that is not the
index's stemmer; and the sender's name with one of the words. Hits are folded by thread,
as pages show them; told is how often the mail's thread is the first, or among the first
ten, and the mean reciprocal rank (MRR) among the best 500 mails.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench_site import database
from benchmarks.search import search_at

DRAWN = 300
WORDS = 4
WINDOW = 500
MIN_MAILS = 3
MAX_SHARE = 0.01
WORD = re.compile(r"[a-z]{4,20}")


@dataclass(frozen=True)
class Known:
    """A mail that is sought, and what is remembered of it."""

    thread: int
    sender: str
    words: tuple[str, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    options = parser.parse_args()
    if options.corpus is None:
        print("search quality: not run (give --corpus DIR)")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        database(""),
        search_at(f"{options.engine}://{folder}/index"),
    ):
        fill(options.corpus)
        mails = list(readable_mails())
        print(f"{options.engine}, {len(mails):,} mails")
        for seed in options.seed:
            report(seed, drawn(mails, seed))


def fill(corpus: Path) -> None:
    """Import the files of *corpus* and build the index."""
    from hyperkitty.ingest.bulk_import import (  # noqa: PLC0415  # Django is set up now
        ImportOptions,
        ImportReport,
        import_mails,
    )
    from hyperkitty.ingest.sources import Sources  # noqa: PLC0415
    from hyperkitty.search.building import rebuild  # noqa: PLC0415
    from hyperkitty.search.connection import archive_backend  # noqa: PLC0415
    from tests.mails import make_list  # noqa: PLC0415

    for path in sorted(corpus.glob("*.mbox.gz")):
        mlist = make_list(name=f"{path.name.removesuffix('.mbox.gz')}@c.example")
        sources = Sources([str(path)], sys.stdin.buffer)
        options = ImportOptions(takes_no_archive=True)
        import_mails(mlist, sources, options, ImportReport())
    engine = archive_backend()
    assert engine is not None
    rebuild(engine)


def readable_mails() -> Iterator[tuple[int, str, str, set[str]]]:
    """Yield thread, sender, subject and own words of every mail."""
    from hyperkitty.models import Email  # noqa: PLC0415
    from hyperkitty.rendering.own_text import split_text  # noqa: PLC0415

    emails = Email.objects.visible().select_related("text_row").order_by("pk")
    for email in emails:
        own, _quoted = split_text(
            email.text_row.text, is_flowed=email.is_flowed, is_delsp=email.is_delsp
        )
        words = set(WORD.findall(own.lower()))
        yield email.thread_id, email.sender_name, email.subject.lower(), words


def drawn(mails: list[tuple[int, str, str, set[str]]], seed: int) -> list[Known]:
    """Return mails drawn by *seed*, of those with enough words that tell them apart."""
    chance = random.Random(seed)
    counts = Counter(word for *_rest, words in mails for word in words)
    telling = {
        word
        for word, count in counts.items()
        if MIN_MAILS <= count <= MAX_SHARE * len(mails)
    }
    found = []
    for thread, sender, subject, words in chance.sample(mails, len(mails)):
        fit = sorted(w for w in words & telling if w not in subject)
        if len(fit) >= WORDS and sender:
            found.append(Known(thread, sender, tuple(chance.sample(fit, WORDS))))
        if len(found) == DRAWN:
            break
    return found


def report(seed: int, known: list[Known]) -> None:
    """Print the figures of one draw."""
    kinds = {
        "words": lambda one: texts(one.words),
        "inflected": lambda one: texts(map(inflected, one.words)),
        "sender + word": lambda one: (*texts(one.words[:1]), author(one.sender)),
    }
    for name, wanted in kinds.items():
        ranks = [rank(one.thread, wanted(one)) for one in known]
        first = sum(r == 1 for r in ranks) / len(ranks)
        ten = sum(0 < r <= 10 for r in ranks) / len(ranks)
        mrr = sum(1 / r for r in ranks if r) / len(ranks)
        figures = f"recall@1 {first:.3f}  recall@10 {ten:.3f}  MRR {mrr:.3f}"
        print(f"seed {seed}  {len(known)} mails  {name:14} {figures}")


def texts(words: Iterable[str]) -> tuple[Any, ...]:
    """Return what asks for each of *words* anywhere."""
    from hyperkitty.search.query import Field, Text  # noqa: PLC0415

    return tuple(Text(Field.ANY, word) for word in words)


def author(name: str) -> Any:
    """Return what asks for mail of *name*."""
    from hyperkitty.search.query import Field, Text  # noqa: PLC0415

    return Text(Field.FROM, name, is_phrase=True)


def inflected(word: str) -> str:
    """Return *word* with another ending, as people vary words."""
    for ending, other in (("ing", "ed"), ("ied", "y"), ("ies", "y"), ("ed", "ing")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + other
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    if word.endswith("y"):
        return word[:-1] + "ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def rank(thread: int, parts: tuple[Any, ...]) -> int:
    """Return the place of *thread* among the threads found, 0 if it is not."""
    from hyperkitty.models import Email  # noqa: PLC0415
    from hyperkitty.search.query import And, Query  # noqa: PLC0415
    from hyperkitty.search.searching import search  # noqa: PLC0415

    found = search(Query(And(parts)), list_ids=None, limit=WINDOW).email_ids
    threads = dict(Email.objects.filter(pk__in=found).values_list("pk", "thread_id"))
    order = list(dict.fromkeys(threads[pk] for pk in found))
    return order.index(thread) + 1 if thread in order else 0


if __name__ == "__main__":
    main()
