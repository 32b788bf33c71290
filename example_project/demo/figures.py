"""Numbers that fill pieces: an accuracy table, a station file, a long log line."""

from __future__ import annotations

import random

CONSTITUENTS = {
    "M2": 28.984,
    "S2": 30.0,
    "N2": 28.44,
    "K2": 30.082,
    "K1": 15.041,
    "O1": 13.943,
    "M4": 57.968,
}
REPORTED = (
    "Aberdeen",
    "Brest",
    "Busan",
    "Cuxhaven",
    "Halifax",
    "Newlyn",
    "Port Said",
    "Stavanger",
    "Vigo",
    "Vlissingen",
)
RENEWED = (
    "Achill",
    "Concarneau",
    "Granville",
    "Kirkwall",
    "Mallaig",
    "Padstow",
    "Tarbert",
    "Tofino",
    "Whitby",
)


def accuracy(rng: random.Random) -> dict[str, str]:
    """Return the slots of one monthly accuracy report: table, best and worst port."""
    rows = []
    for port in REPORTED:
        rms = rng.uniform(4, 17)
        rows.append((port, rng.gauss(0, 2.5), rms, rms * rng.uniform(2.4, 3.6)))
    bad = rng.randrange(len(rows))
    rows[bad] = (rows[bad][0], rng.uniform(11, 16), rng.uniform(22, 30), 71.0)
    lines = ["    port          mean    rms   worst", "    " + "-" * 33]
    for port, mean, rms, worst in rows:
        star = " *" if rng.random() < 0.15 else ""
        lines.append(f"    {port:<12}{mean:>+6.1f}{rms:>7.1f}{worst:>8.1f}{star}")
    best = min(rows, key=lambda row: row[2])[0]
    return {
        "table": "\n".join(lines),
        "best": best,
        "worst": rows[bad][0],
        "ports_count": str(len(rows)),
    }


def station_diff(place: str, slug: str, rng: random.Random) -> str:
    """Return the hunk that adds a station file with plausible constants."""
    largest = rng.uniform(0.4, 3.1)
    shares = (1, 0.34, 0.2, 0.09, 0.06, 0.05, 0.03)
    lines = [
        f'name      = "{place}"',
        f"latitude  = {rng.uniform(36, 61):.4f}",
        f"longitude = {rng.uniform(-9, 8):.4f}",
        f'datum     = "{rng.choice(("msl", "chart", "lat"))}"',
        'source    = "own readings"',
        "",
        "[constituents]",
    ]
    for name, share in zip(CONSTITUENTS, shares, strict=True):
        amplitude = largest * share * rng.uniform(0.85, 1.15)
        phase = rng.uniform(0, 360)
        lines.append(f"{name} = {{ amplitude = {amplitude:.4f}, phase = {phase:.1f} }}")
    body = "\n".join(f"+{line}" for line in lines)
    return f"=== stations/{slug}.toml 0\n{body}"


def long_line(rng: random.Random) -> str:
    """Return one log line of some four thousand characters without a line end."""
    readings = (
        f"{rng.uniform(0.3, 6.2):.3f}m,q={rng.randint(1, 9)}" for _ in range(420)
    )
    return "display[31]:" + ";".join(readings)
