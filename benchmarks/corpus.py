"""Whether real mail comes back byte for byte, from any folder of mbox files.

  benchmarks/corpus.py --corpus DIR

Imports every .mbox.gz of DIR into a list of its own and checks: all bytes of the file
but its blank lines and quoting are in some mail; mails read = archived + already there
+ further copies + kept although damaged; the audit finds nothing; each mail that was
archived is exported with the bytes and the From_ line that were read; and importing
again adds nothing. Exits with 1 if any of that fails.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench_site import database

#: What an mbox adds to mails, or may: quoting, and blank lines between them.
QUOTED = re.compile(rb"^>+(?=From )", re.MULTILINE)
BLANK = re.compile(rb"^[ \t\r]*\n", re.MULTILINE)


def main() -> None:
    """Check each file and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, metavar="DIR")
    corpus = parser.parse_args().corpus
    if corpus is None:
        print("corpus: not run (give --corpus DIR)")
        return
    failures = 0
    with database(""):
        for path in sorted(corpus.glob("*.mbox.gz")):
            problems = check(path)
            failures += bool(problems)
            print(f"{path.name:55} {'; '.join(problems) or 'ok'}")
    sys.exit(1 if failures else 0)


def check(path: Path) -> list[str]:
    """Return what is wrong with the archive of *path*."""
    from hyperkitty.mail.mbox import open_mbox  # noqa: PLC0415  # Django is set up now
    from hyperkitty.models import MailingList  # noqa: PLC0415
    from hyperkitty.services.audit import audit_list  # noqa: PLC0415

    mlist = MailingList.objects.ensure(
        f"{path.name.removesuffix('.mbox.gz')}@c.example"
    )
    first, again = run_import(mlist, path), run_import(mlist, path)
    problems = []
    outcomes = first.archived + first.damaged + first.present + first.copies
    if first.read != outcomes:
        problems.append(f"{first.read} read, {outcomes} accounted for")
    if again.archived or again.damaged or again.copies:
        problems.append("importing again added mails")
    problems += map(str, audit_list(mlist))
    mails = [(mail.raw, mail.from_line) for mail in open_mbox(path)]
    source = Counter(mails)
    if bare(gzip.decompress(path.read_bytes())) != bare(joined(mails)):
        problems.append("some bytes of the file are in no mail")
    kept = exported(mlist)
    lost = Counter(source)
    lost.subtract(kept)
    missing = sum(count for count in lost.values() if count > 0)
    if missing > first.present:
        problems.append(f"{missing} mails came back changed")
    foreign = [mail for mail in kept if mail not in source]
    if foreign:
        problems.append(f"{len(foreign)} exported mails are not of the source")
    return problems


def joined(mails: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the mails below each other, with the From_ lines they have."""
    return b"".join(
        part.rstrip(b"\n") + b"\n" for raw, line in mails for part in (line, raw)
    )


def bare(content: bytes) -> bytes:
    """Return *content* without what an mbox may add."""
    return BLANK.sub(b"", QUOTED.sub(b"", content)).rstrip()


def run_import(mlist, path: Path):  # type: ignore[no-untyped-def]  # models load late
    """Import *path* and return the report."""
    from hyperkitty.ingest.bulk_import import (  # noqa: PLC0415
        ImportOptions,
        ImportReport,
        import_mails,
    )
    from hyperkitty.ingest.sources import Sources  # noqa: PLC0415

    report = ImportReport()
    sources = Sources([str(path)], sys.stdin.buffer)
    import_mails(mlist, sources, ImportOptions(takes_no_archive=True), report)
    return report


def exported(mlist) -> Counter[tuple[bytes, bytes]]:  # type: ignore[no-untyped-def]
    """Return the mails of an export with their From_ lines, read again as mboxrd."""
    from hyperkitty.mail.mbox import open_mbox  # noqa: PLC0415
    from hyperkitty.selectors.mbox import emails_to_export  # noqa: PLC0415
    from hyperkitty.services.export import export_mails  # noqa: PLC0415

    with tempfile.TemporaryFile() as out:
        export_mails(emails_to_export(mlist), out, with_copies=True)
        out.seek(0)
        mails = open_mbox(out, is_mboxrd=True)
        return Counter((mail.raw, mail.from_line) for mail in mails)


if __name__ == "__main__":
    main()
