"""What tables are made of: selections of rows, cells and Markdown."""

from __future__ import annotations

import statistics

import catalogue

Rows = list[dict[str, str]]
MAPS = {"all-to-all": "cx", "line": "cx_line", "heavy-hex": "cx_heavy_hex"}


def circuits(rows: Rows, n: int, target: str = catalogue.REFERENCE) -> Rows:
    """The rows that did not fail."""
    return [
        row for row in rows if row["n"] == str(n) and row["target"] == target and not row["failure"]
    ]


def ours(rows: Rows, tolerance: float) -> Rows:
    """This package's rows at a tolerance, one for each seed."""
    wanted = f"tolerance={tolerance} "
    return [row for row in rows if row["peer"] == catalogue.OURS and wanted in row["setting"]]


def label(row: dict[str, str]) -> str:
    """Peer and setting."""
    return " ".join(f"{row['peer']} {row['setting'].replace('=None', '=all')}".split())


def within(rows: Rows, level: float) -> Rows:
    """The rows within a total variation."""
    return [row for row in rows if float(row["tv"]) <= level]


def fewest(rows: Rows, column: str) -> dict[str, str] | None:
    """The circuit with the fewest gates, of equals the first."""
    return min(rows, key=lambda row: int(row[column]), default=None)


def split(rows: Rows) -> tuple[Rows, Rows]:
    """This package's rows, and the peers'."""
    walks = [row for row in rows if row["peer"] == catalogue.OURS]
    return walks, [row for row in rows if row["peer"] != catalogue.OURS]


def table(header: list[str], lines: list[list[str]]) -> str:
    """A Markdown table."""
    rule = ["---"] * len(header)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *lines])


def short(level: float) -> str:
    """A total variation: 0.02 or 5e-5."""
    return f"{level:g}".replace("e-0", "e-")


def walk(seeds: Rows) -> list[str]:
    """Fewest and median CX of some seeds, on each map if they differ, and how many they are."""
    if not seeds:
        return ["none", "0"]
    counts = [[int(row[column]) for row in seeds] for column in MAPS.values()]
    cells = [f"{min(found)} / {statistics.median(found):g}" for found in counts]
    return [cells[0] if len(set(cells)) == 1 else "; ".join(cells), str(len(seeds))]


def best(rows: Rows, column: str) -> str:
    """The fewest gates of some circuits, and whose they are."""
    found = fewest(rows, column)
    return f"{found[column]}, {label(found)}" if found else "none"
