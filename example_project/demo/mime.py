"""Turns a letter into the bytes that its author's mail program and the list made."""

from __future__ import annotations

import base64
import datetime
import html
import quopri
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime

from . import attachments
from .cast import Person
from .chance import stream
from .letter import Letter, Para, layout
from .lists import BY_KEY, DemoList

PROGRAMS = {
    "mutt": ("User-Agent", "Mutt/2.2.13"),
    "thunderbird": ("User-Agent", "Mozilla Thunderbird"),
    "apple": ("X-Mailer", "Apple Mail (2.3774)"),
    "gnus": ("User-Agent", "Gnus/5.13 (Gnus v5.13)"),
    "kmail": ("X-Mailer", "KMail"),
    "outlook": ("X-Mailer", "Microsoft Outlook 16.0"),
    "foxmail": ("X-Mailer", "Foxmail 7.2"),
    "old": ("X-Mailer", "ELM [version 2.5]"),
    "git": ("X-Mailer", "git-send-email 2.45.2"),
}
FILES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "png": ("image/png", "tide-chart.png", attachments.chart_png),
    "pdf": ("application/pdf", "tide-table.pdf", attachments.table_pdf),
    "ics": ("text/calendar", "community-call.ics", attachments.invitation_ics),
    "log": ("text/plain", "gauged.log", attachments.log_text),
}
FUTURE = datetime.timedelta(days=411)
Fields = list[tuple[str, str]]
# All marks but the last: format=flowed counts them only without spaces between.
QUOTE_MARKS = re.compile(r"^(?:> )+(?=>(?: |$))")


@dataclass(frozen=True)
class Part:
    """A MIME part: its header fields and its encoded content."""

    fields: Fields
    content: bytes


def to_bytes(letter: Letter, shift: datetime.timedelta) -> tuple[bytes, bytes]:
    """Return the From_ line and the message, dated `shift` from the demo's calendar."""
    mailing_list = BY_KEY[letter.list_key]
    rng = stream("mime", letter.message_id)
    part = _content(letter, mailing_list, rng)
    fields = _fields(letter, mailing_list, shift) + part.fields
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    arrived = letter.arrived + shift
    sender = "".join(letter.author.address.split())
    from_line = f"From {sender} {arrived:%a %b} {arrived.day:2} {arrived:%H:%M:%S %Y}"
    return from_line.encode("ascii"), head.encode("ascii") + b"\n" + part.content


def references(letter: Letter) -> list[str]:
    """Return the ids of all ancestors, oldest first, never-archived ones included."""
    ids: list[str] = []
    above: Letter | None = letter
    while above is not None:
        if above is not letter:
            ids.append(above.message_id)
        if "ghost" in above.options:
            ids.append(f"<{above.options['ghost']}>")
        above = above.parent
    return ids[::-1]


def _fields(
    letter: Letter, mailing_list: DemoList, shift: datetime.timedelta
) -> Fields:
    author, options = letter.author, letter.options
    program = "git" if "git" in options else author.client
    zone = datetime.timezone(datetime.timedelta(hours=author.zone))
    sent = (letter.sent + shift).astimezone(zone)
    if options.get("date") == "future":
        sent += FUTURE
    arrived = format_datetime(letter.arrived + shift)
    domain = author.address.partition("@")[2]
    to = mailing_list.address
    if "cross" in options:
        to = f"tidewright@{to.partition('@')[2]}, {BY_KEY[options['cross']].address}"
    fields = [
        ("Received", f"from mx.{domain} by mail.example.org; {arrived}"),
        ("Date", format_datetime(sent)),
        ("From", f"{_encoded(author.name, author)} <{author.address}>"),
        ("To", to),
        ("Subject", _subject(letter, mailing_list)),
        ("Message-ID", letter.message_id),
        *_threading(letter),
        ("MIME-Version", "1.0"),
        *([PROGRAMS[program]] if program in PROGRAMS else []),
        ("Precedence", "list"),
        ("List-Id", f"{mailing_list.description} <{mailing_list.list_id}>"),
        ("List-Post", f"<mailto:{mailing_list.address}>"),
    ]
    dropped = options.get("drop", "").lower()
    return [field for field in fields if field[0].lower() != dropped]


def _subject(letter: Letter, mailing_list: DemoList) -> str:
    return mailing_list.subject_prefix + _encoded(letter.subject, letter.author)


def _threading(letter: Letter) -> Fields:
    ids = references(letter)
    kind = letter.options.get("refs", letter.author.threading)
    if kind == "sloppy":
        lost = stream("sloppy", letter.message_id).random() < 0.25
        kind = "none" if lost else "parent"
    if not ids or kind == "none":
        return []
    parent = ("In-Reply-To", ids[-1])
    if kind == "parent":
        return [parent]
    kept = ids if len(ids) <= 20 else [ids[0], *ids[-19:]]
    return [parent, ("References", "\n ".join(kept))]


def _content(letter: Letter, mailing_list: DemoList, rng: random.Random) -> Part:
    options = letter.options
    shape = options.get("as", letter.author.form if "git" not in options else "plain")
    if shape == "html":
        return _text(_html(letter.body), "html", letter)
    if shape == "alternative":
        plain = _text(_lines(letter.text()), "plain", letter)
        rich = _text(_html(letter.body), "html", letter)
        body = _multipart("alternative", [plain, rich], rng)
    else:
        footer = mailing_list.footer(letter.arrived) if "attach" not in options else ()
        body = _plain(letter, shape, footer)
    if "attach" in options:
        return _multipart("mixed", [body, *_files(letter)], rng)
    return body


def _plain(letter: Letter, shape: str, footer: tuple[str, ...]) -> Part:
    after = ["", *footer] if footer else []
    if shape == "flowed":
        text = _lines([*_flowed(letter.body), *after])
        return _text(text, "plain", letter, "; format=flowed")
    if shape == "delsp":
        text = _lines([*_flowed(letter.body, " "), *after])
        return _text(text, "plain", letter, "; format=flowed; delsp=yes")
    if shape == "long":
        text = _lines([*layout([_unwrapped(para) for para in letter.body]), *after])
        return _text(text, "plain", letter)
    text = _lines([*letter.text(), *after])
    if shape == "wrong-charset":
        raw = text.encode("windows-1252")
        return Part(_type("text/plain; charset=utf-8", "8bit"), raw)
    if shape == "unknown-charset":
        raw = text.encode("iso-8859-1")
        return Part(_type('text/plain; charset="x-marine-8"', "8bit"), raw)
    return _text(text, "plain", letter)


def _unwrapped(para: Para) -> Para:
    if para.kind != "text":
        return para
    return Para("text", (" ".join(para.lines),))


def _flowed(body: list[Para], space: str = "") -> list[str]:
    """Return the lines of a body in RFC 3676 form: a space at the end joins lines.

    `space` is added once more for DelSp=yes, where the joining space is taken away.
    """
    soft: list[Para] = []
    for para in body:
        lines = list(para.lines)
        if para.kind == "quote":
            lines = [QUOTE_MARKS.sub(lambda m: m[0].replace(" ", ""), q) for q in lines]
        else:
            lines = [
                f" {line}" if line.startswith((" ", ">", "From ")) else line
                for line in lines
            ]
        if para.kind == "text":
            lines = [f"{line} {space}" for line in lines[:-1]] + lines[-1:]
        soft.append(Para(para.kind, tuple(lines)))
    return layout(soft)


def _html(body: list[Para]) -> str:
    """Return a body as a web mailer writes it: paragraphs, and quotes in a box."""
    out = ["<html><head><style>p { margin: 0 0 1em }</style></head>", "<body>"]
    for para in body:
        lines = para.lines
        if para.kind == "quote":
            bare = (line.removeprefix(">").removeprefix(" ") for line in lines)
            quote = "<br>\n".join(html.escape(line) for line in bare)
            out.append(f'<blockquote type="cite">{quote}</blockquote>')
        elif para.kind == "fixed":
            out.append(f"<pre>{html.escape(chr(10).join(lines))}</pre>")
        elif para.kind == "text":
            out.append(f"<p>{html.escape(' '.join(lines))}</p>")
        else:
            out.append("<p>" + "<br>\n".join(html.escape(line) for line in lines))
            out[-1] += "</p>"
    return _lines([*out, "</body></html>"])


def _files(letter: Letter) -> list[Part]:
    parts = []
    for kind in letter.options["attach"].split(","):
        content_type, name, make = FILES[kind]
        name = letter.options.get("filename", name)
        extra = "; method=REQUEST; charset=utf-8" if kind == "ics" else ""
        disposition = f'attachment; filename="{name}"'
        if not name.isascii():
            quoted = "".join(
                chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}"
                for byte in name.encode()
            )
            disposition = f"attachment; filename*=utf-8''{quoted}"
        fields = [
            ("Content-Type", content_type + extra),
            ("Content-Disposition", disposition),
            ("Content-Transfer-Encoding", "base64"),
        ]
        parts.append(Part(fields, base64.encodebytes(make())))
    return parts


def _multipart(subtype: str, parts: list[Part], rng: random.Random) -> Part:
    boundary = f"=_{rng.getrandbits(64):016x}"
    content = bytearray()
    for part in parts:
        head = "".join(f"{name}: {value}\n" for name, value in part.fields)
        content += b"--%s\n%s\n" % (boundary.encode(), head.encode("ascii"))
        content += part.content
        if not part.content.endswith(b"\n"):
            content += b"\n"
    content += b"--%s--\n" % boundary.encode()
    field = ("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    return Part([field], bytes(content))


def _text(text: str, subtype: str, letter: Letter, extra: str = "") -> Part:
    charset = letter.options.get("charset", letter.author.charset)
    transfer = letter.options.get("transfer", letter.author.transfer)
    if "charset" not in letter.options:
        if text.isascii():
            charset = "us-ascii"
        elif not _encodable(text, charset):
            charset = "utf-8"
    raw = text.encode(charset)
    content_type = f"text/{subtype}; charset={charset}{extra}"
    longest = max(map(len, raw.splitlines()), default=0)
    if charset == "iso-2022-jp" or (charset == "us-ascii" and longest < 900):
        return Part(_type(content_type, "7bit"), raw)
    if transfer == "b64":
        return Part(_type(content_type, "base64"), base64.encodebytes(raw))
    if transfer == "qp" or longest >= 900:
        coded = quopri.encodestring(raw)
        return Part(_type(content_type, "quoted-printable"), coded)
    return Part(_type(content_type, "8bit"), raw)


def _type(content_type: str, transfer: str) -> Fields:
    return [
        ("Content-Type", content_type),
        ("Content-Transfer-Encoding", transfer),
    ]


def _encoded(value: str, author: Person) -> str:
    """Return a header value in RFC 2047 form where it is not plain ASCII."""
    if value.isascii():
        return value
    charset = author.charset if _encodable(value, author.charset) else "utf-8"
    return Header(value, charset, maxlinelen=75, header_name="Subject").encode()


def _encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _lines(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
