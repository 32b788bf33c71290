"""Files that people attach: a chart, a tide table, an invitation, a log.

All are made by code from nothing, valid, small, and the same for every end date.
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 360, 140
WHITE, GRID, BLUE, RED = (255, 255, 255), (214, 222, 230), (25, 90, 160), (200, 60, 40)


@cache
def chart_png() -> bytes:
    """Draw two days of tide, predicted (blue) and observed (red), as a PNG."""
    pixels = [[WHITE] * WIDTH for _ in range(HEIGHT)]
    for y in range(10, HEIGHT, 20):
        pixels[y] = [GRID] * WIDTH
    for x in range(0, WIDTH, 45):
        for row in pixels:
            row[x] = GRID
    for x in range(WIDTH):
        _dot(pixels, x, _tide(x), BLUE)
        _dot(pixels, x, _tide(x - 9) + 7 * math.sin(x / 70), RED)
    rows = b"".join(b"\0" + bytes(v for dot in row for v in dot) for row in pixels)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


@cache
def table_pdf() -> bytes:
    """Set one page with the tides of a week as a PDF."""
    lines = ["Tide table, harbour entrance, one week", ""]
    for day in range(7):
        first = 3 * 60 + 12 + day * 50
        times = [(first + k * 372) % 1440 for k in range(4)]
        heights = [5.9 - 0.2 * day, 1.1 + 0.1 * day, 5.7 - 0.2 * day, 1.3 + 0.1 * day]
        cells = (
            f"{t // 60:02}:{t % 60:02} {h:.1f} m"
            for t, h in zip(times, heights, strict=True)
        )
        lines.append(f"Day {day + 1}    " + "    ".join(cells))
    drawn = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 11 Tf 15 TL 50 780 Td {drawn} ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def invitation_ics() -> bytes:
    """Invite to the community call: every first Thursday of a month, for years."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tidewright//Community calendar//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:community-call@tidewright.example",
        "DTSTAMP:20200106T120000Z",
        "DTSTART:20200206T180000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=MONTHLY;BYDAY=1TH",
        "SUMMARY:Tidewright community call",
        "LOCATION:https://meet.tidewright.example/call",
        "ORGANIZER;CN=Amara Okafor:mailto:amara.okafor@example.com",
        "ATTENDEE;CN=Tidewright list;RSVP=TRUE:mailto:tidewright@lists.example.org",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def log_text() -> bytes:
    """Return a log of the gauge daemon in which one reading in five is lost."""
    lines = []
    level = 3.412
    for count in range(60):
        clock = f"02:{count:02}:0{count % 7}"
        level += 0.011
        if count % 5 == 3:
            lines.append(f"{clock} gauged[811]: W bad checksum, want 4B got 00")
        else:
            lines.append(f"{clock} gauged[811]: D harbour-wall raw={level:.3f} ok")
    return ("\n".join(lines) + "\n").encode("ascii")


def _tide(x: float) -> float:
    return 34 * math.sin(x / 22.5) + 12 * math.sin(x / 23.9 + 1) + 6 * math.sin(x / 11)


def _dot(
    pixels: list[list[tuple[int, int, int]]],
    x: int,
    level: float,
    color: tuple[int, int, int],
) -> None:
    y = round(HEIGHT / 2 - level)
    for row in (y, y + 1):
        if 0 <= row < HEIGHT:
            pixels[row][x] = color


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
