"""How long rendering takes: an ordinary mail, and the worst that can be sent.

Run: python -m benchmarks.rendering
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from hyperkitty.rendering.html_mail import render_html
from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.own_text import snippet, split_text
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import RenderOptions

ORDINARY = """\
Hi all,

I have tried the patch from <20240501120000.GA1234@example.org> and
see https://lists.example.org/archives/list/dev@lists.example.org/ (really).
It changes nothing for me, as far as I can tell from the logs, but then my
setup is a little unusual: two hosts behind one address.

On Mon, 3 Jun 2024 at 10:00, Anne Example <anne@example.com>
wrote:
> I would rather not wait for the release. The branch is open, the
> tests pass, and nobody has found anything in two weeks.
>
> > Should it not go through review first?
> > I can ask Bart.
>
> He has seen it.
Has he? Then I am content.

    $ make test
    gcc -o frobnicate frobnicate.c

name      count   total
one           1       2
three        10      20

Two more things that I noticed on the way, both small and neither urgent:
the manual still says that the option is called --wait, and the example in
the last chapter does not run with the new version.

Could somebody with more time than I have this week look into the second?
The first is a one-line change, which I attach.

Cheers,
Cate
--\x20
Cate Example   http://example.com/
_______________________________________________
dev mailing list -- dev@lists.example.org
To unsubscribe send an email to dev-leave@lists.example.org
"""

#: Name -> text of about *n* characters. At 4n none may take much more than 4 times.
HOSTILE: dict[str, Callable[[int], str]] = {
    "prose": lambda n: ORDINARY * (n // len(ORDINARY)),
    "one line of >": lambda n: ">" * n,
    "lines of >": lambda n: ">\n" * (n // 2),
    "quotes up and down": lambda n: (">" * 10 + "a\n>b\n") * (n // 15),
    "own and quoted": lambda n: "> a\nb\n" * (n // 6),
    "no spaces": lambda n: "x" * n,
    "spaces": lambda n: " " * n,
    "indented": lambda n: "    a b\n" * (n // 8),
    "parentheses": lambda n: "(" * n,
    "closing in a URL": lambda n: "http://a/" + ")" * n,
    "many URLs": lambda n: "http://a.b/(c) " * (n // 15),
    "schemes": lambda n: "a" * 15 + "://" + "aaaaaaaaaaaaaaa://" * (n // 18),
    "www": lambda n: "www." * (n // 4),
    "at signs": lambda n: "@" * n,
    "addresses": lambda n: "a@b.co " * (n // 7),
    "no addresses": lambda n: "a@" * (n // 2),
    "long locals": lambda n: ("x" * 127 + "@ ") * (n // 129),
    "digits": lambda n: "a@1" + ".1" * (n // 2),
    "angles": lambda n: "<a@" * (n // 3),
    "ids": lambda n: "<1234567890123456@a> " * (n // 21),
    "armor": lambda n: "-----BEGIN PGP SIGNATURE-----\n" * (n // 30),
    "rules": lambda n: "_" * 20 + "\n" + ("_" * 20 + "\n") * (n // 21),
    "signatures": lambda n: "-- \na\n" * (n // 6),
    "dashes": lambda n: "--\na\n" * (n // 5),
    "fences": lambda n: "```a\n" * (n // 5),
    "diff headers": lambda n: "diff --git a/a b/a\n" * (n // 19),
    "index lines": lambda n: "Index: a\n" * (n // 9),
    "hunks": lambda n: "@@ -1,9 +1,9 @@\n+a\n" * (n // 19),
    "endless hunk": lambda n: "@@ -1,999999999 +1,999999999 @@\n" + "+a\n" * (n // 3),
    "headers": lambda n: "From: a\nSent: b\nTo: c\n\n" * (n // 24),
    "original messages": lambda n: "-----Original Message-----\n" * (n // 27),
    "wrote": lambda n: "On 1 a wrote:\n> b\n" * (n // 18),
    "prompts": lambda n: ">>> a(\nb\n" * (n // 9),
    "initials": lambda n: "AB> c\n" * (n // 6),
    "bars": lambda n: "a wrote:\n| b\n" * (n // 13),
    "columns": lambda n: "a   b   c\n" * (n // 10),
    "pipes": lambda n: "|" * n,
    "From": lambda n: ">From a\n" * (n // 8),
}


def milliseconds(call: Callable[[], object], repeat: int = 1) -> float:
    """Return the processor time of the fastest of *repeat* calls."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times) * 1000


def main() -> None:
    """Print the tables."""
    anonymous = RenderOptions()
    member = RenderOptions(mask_addresses=False, highlight=True)
    calls: dict[str, Callable[[], object]] = {
        "render_text, addresses masked": lambda: render_text(
            ORDINARY, options=anonymous
        ),
        "render_text, signed in": lambda: render_text(ORDINARY, options=member),
        "render_markdown": lambda: render_markdown(ORDINARY),
        "snippet": lambda: snippet(ORDINARY),
        "split_text": lambda: split_text(ORDINARY),
        "render_html": lambda: render_html(f"<p>{ORDINARY}</p>", cid_urls={}),
    }
    print(f"An ordinary mail, {ORDINARY.count(chr(10))} lines")
    for name, call in calls.items():
        print(f"  {name:32} {milliseconds(call, 200):8.3f} ms")
    small, large = 250_000, 1_000_000
    print(f"\n{'Hostile text':20} {small:>10} {large:>10}  ratio  growth of output")
    for name, make in HOSTILE.items():
        first = milliseconds(partial(render_text, make(small)), 2)
        second = milliseconds(partial(render_text, make(large)))
        growth = len(render_text(make(large)).html) / large
        print(f"{name:20} {first:7.0f} ms {second:7.0f} ms", end="")
        print(f" {second / first:6.1f} {growth:6.1f}")


if __name__ == "__main__":
    main()
