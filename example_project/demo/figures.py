"""Numbers that fill pieces: an accuracy table, a station file, a long log line."""

from __future__ import annotations

import random

# How large a constituent is beside M2, on a coast like most.
SHARES = {
    "M2": 1.0,
    "S2": 0.34,
    "N2": 0.2,
    "K2": 0.09,
    "K1": 0.06,
    "O1": 0.05,
    "M4": 0.03,
}
# The ports with a public gauge, and who looks after each.
REPORTED = {
    "Aberdeen": "hamish",
    "Brest": "maelle",
    "Busan": "minji",
    "Cuxhaven": "jonas",
    "Halifax": "cole",
    "Newlyn": "gareth",
    "Port Said": "yusuf",
    "Stavanger": "ingrid",
    "Vigo": "joaquin",
    "Vlissingen": "bram",
}
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
        "keeper": REPORTED[rows[bad][0]],
        "ports_count": str(len(rows)),
    }


def constituents(rng: random.Random) -> str:
    """Return the added lines of a station file with plausible constants."""
    largest = rng.uniform(0.4, 3.1)
    lines = []
    for name, share in SHARES.items():
        amplitude = largest * share * rng.uniform(0.85, 1.15)
        phase = rng.uniform(0, 360)
        lines.append(
            f"+{name} = {{ amplitude = {amplitude:.4f}, phase = {phase:.1f} }}"
        )
    return "\n".join(lines)


def long_line(rng: random.Random) -> str:
    """Return one log line of some four thousand characters without a line end."""
    readings = (
        f"{rng.uniform(0.3, 6.2):.3f}m,q={rng.randint(1, 9)}" for _ in range(420)
    )
    return "display[31]:" + ";".join(readings)
