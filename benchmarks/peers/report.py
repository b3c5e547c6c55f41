"""Write the tables and the figure of the comparison from the file of results.

``python benchmarks/peers/report.py`` rewrites the marked tables of ``docs/explanations/peers.md``
and ``docs/images/frontier.png``. Every table is a function of the rows, so a page that is not up
to date can be detected.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from pathlib import Path

import catalogue
import results

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanations" / "peers.md"
PICTURE = ROOT / "docs" / "images" / "frontier.png"
LEVELS = (2e-2, 5e-3, 2e-3, 1e-3, 5e-5)
Rows = list[dict[str, str]]


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


def best_peer(rows: Rows, level: float, column: str) -> dict[str, str] | None:
    """The peer's circuit with the fewest gates within a total variation."""
    close = [row for row in rows if row["peer"] != catalogue.OURS and float(row["tv"]) <= level]
    return min(close, key=lambda row: int(row[column]), default=None)


def table(header: list[str], lines: list[list[str]]) -> str:
    """A Markdown table."""
    rule = ["---"] * len(header)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *lines])


def sizes(rows: Rows) -> list[int]:
    found = {int(row["n"]) for row in rows if row["target"] == catalogue.REFERENCE}
    return sorted(found)


def frontier(rows: Rows, column: str = "cx") -> str:
    """Gates at each total variation: this package's best and median, and the best peer."""
    lines = []
    for n in sizes(rows):
        known = circuits(rows, n)
        for level in LEVELS:
            counts = [int(row[column]) for row in ours(known, level)]
            peer = best_peer(known, level, column)
            walk = f"{min(counts)} / {statistics.median(counts):g}" if counts else "not run"
            other = [peer[column], label(peer)] if peer else ["none", ""]
            lines.append([str(n), f"{level:g}", walk, str(len(counts)), *other])
    header = ["n", "TV ≤", "walk, best / median", "seeds", "best peer", "which"]
    return table(header, lines)


def on_a_line(rows: Rows) -> str:
    """The same for circuits routed to a line."""
    return frontier(rows, "cx_line")


def everything(rows: Rows, n: int = 8) -> str:
    """All circuits of one size, by total variation; of this package the seed with fewest CX."""
    known = circuits(rows, n)
    chosen = [row for row in known if row["peer"] != catalogue.OURS]
    for tolerance in catalogue.TOLERANCES:
        seeds = ours(known, tolerance)
        chosen += sorted(seeds, key=lambda row: int(row["cx"]))[:1]
    lines = [
        [
            label(row),
            f"{float(row['tv']):.1e}",
            *(
                f"{row['cx' + suffix]} / {row['two_qubit_depth' + suffix]}"
                for suffix in ("", "_line", "_heavy_hex")
            ),
            f"{float(row['price_error']):.1e}",
            f"{float(row['build_seconds']):.2g}",
            f"{float(row['peak_mib']):.0f}" if row["peak_mib"] else "",
        ]
        for row in sorted(chosen, key=lambda row: -float(row["tv"]))
    ]
    maps = ["all-to-all", "line", "heavy-hex"]
    return table(["loader", "TV", *maps, "price error", "seconds", "MiB"], lines)


def shapes(rows: Rows) -> str:
    """Other targets at TV 5e-3."""
    lines = []
    for shape in catalogue.SHAPES:
        known = circuits(rows, catalogue.SHAPE_SIZE, shape)
        counts = [int(row["cx"]) for row in ours(known, 5e-3)]
        peer = best_peer(known, 5e-3, "cx")
        if counts or peer:
            walk = f"{min(counts)} / {statistics.median(counts):g}" if counts else "not run"
            lines.append([shape, walk, *([peer["cx"], label(peer)] if peer else ["not run", ""])])
    if not lines:
        return "None of these rows has been run."
    return table(["target", "walk, best / median", "best peer", "which"], lines)


def failures(rows: Rows) -> str:
    """Every row that failed, those of the same message together."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row["failure"]:
            message = row["failure"].replace("|", "/").replace("<", "‹").replace(">", "›")
            key = (label(row), row["target"], message)
            where.setdefault(key, []).append(row["n"])
    lines = [
        [name, target, ", ".join(found), message]
        for (name, target, message), found in where.items()
    ]
    if not lines:
        return "No row failed."
    return table(["loader", "target", "n", "how"], lines)


def ranges(numbers: list[int]) -> str:
    """Sorted numbers, neighbours joined: 3 to 5, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def missing(rows: Rows) -> str:
    """How many rows of the catalogue are not in the file."""
    known = {results.key(row) for row in rows}
    lines = []
    for peer in catalogue.peers():
        open_rows = [row for row in catalogue.rows(names=[peer.name]) if row.key not in known]
        on_reference = [row for row in open_rows if row.target == catalogue.REFERENCE]
        at = sorted({row.num_qubits for row in on_reference})
        if open_rows:
            places = ranges(at) or "none"
            others = str(len(open_rows) - len(on_reference))
            lines.append([peer.name, str(len(on_reference)), places, others])
    if not lines:
        return "All rows of the catalogue have been run."
    header = ["loader", "rows not run, reference", "at n", "rows not run, other shapes"]
    return table(header, lines)


TABLES: dict[str, Callable[[Rows], str]] = {
    "frontier": frontier,
    "line": on_a_line,
    "everything": everything,
    "shapes": shapes,
    "failures": failures,
    "missing": missing,
}


def filled(page: str, rows: Rows) -> str:
    """The page with its marked tables replaced."""

    def block(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<!-- table: {name} -->\n\n{TABLES[name](rows)}\n\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->.*?<!-- end -->", block, page, flags=re.DOTALL)


def main() -> None:
    rows = results.read()
    if PAGE.exists():
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")
    import picture

    picture.frontier(rows, PICTURE)


if __name__ == "__main__":
    main()
