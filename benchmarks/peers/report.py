"""Write the tables and the figure of the comparison from the file of results.

``python benchmarks/peers/report.py`` rewrites the marked tables of ``docs/explanations/peers.md``
and ``docs/images/frontier.png``. Every table is a function of the rows, so a page that is not up
to date can be detected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import catalogue  # noqa: E402
import results  # noqa: E402
from frontier import ahead, frontier, shapes  # noqa: E402
from running import run_script  # noqa: E402
from tables import MAPS, Rows, circuits, fewest, label, ours, split, table  # noqa: E402

from qiskit_ssqw._files import replace_text  # noqa: E402

PAGE = ROOT / "docs" / "explanations" / "peers.md"
PICTURE = ROOT / "docs" / "images" / "frontier.png"


def everything(rows: Rows, n: int = 8) -> str:
    """All circuits of one size, by total variation; of this package the seed with fewest CX."""
    known = circuits(rows, n)
    _, chosen = split(known)
    for tolerance in catalogue.TOLERANCES:
        best_seed = fewest(ours(known, tolerance), "cx")
        chosen += [best_seed] if best_seed else []
    lines = [
        [
            label(row),
            f"{float(row['tv']):.1e}",
            *(
                f"{row[column]} / {row[column.replace('cx', 'two_qubit_depth')]}"
                for column in MAPS.values()
            ),
            f"{float(row['price_error']):.1e}",
            f"{float(row['build_seconds']):.2g}",
            f"{float(row['peak_mib']):.0f}" if row["peak_mib"] else "",
        ]
        for row in sorted(chosen, key=lambda row: -float(row["tv"]))
    ]
    return table(["loader", "TV", *MAPS, "price error", "seconds", "MiB"], lines)


def fits(rows: Rows) -> str:
    """The lattice walk by each method."""
    lines = [
        [
            row["n"],
            row["setting"],
            f"{float(row['tv']):.1e}",
            f"{float(row['mse']):.1e}",
            row["evaluations"],
            f"{float(row['build_seconds']):.2g}",
        ]
        for row in rows
        if row["target"] == catalogue.LATTICE_FITS
    ]
    return table(["n", "method", "TV", "MSE", "walks evaluated", "seconds"], lines)


def prices(rows: Rows) -> str:
    """Gates of this package's pricing circuits and of qiskit-finance's."""
    known = {
        (row["n"], row["setting"], row["peer"]): row
        for row in rows
        if row["target"] == catalogue.PRICES
    }
    lines = []
    for (n, setting, peer), row in known.items():
        other = known.get((n, setting, "qiskit-finance"))
        if peer == catalogue.OURS and other:
            share = float(setting.split("=")[1])
            cells = [f"{found['cx']} / {found['grover_cx']}" for found in (row, other)]
            few, many = (float(found["total_cx"]) for found in (row, other))
            totals = [f"{few:.2g}", f"{many:.2g}", f"{many / few:.0f}"]
            lines.append([n, f"{share:.1%}", *cells, *totals])
    header = ["n", "half width", "A / Grover, ours", "qiskit-finance", "total, ours"]
    return table([*header, "qiskit-finance", "ratio"], lines)


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
    "ahead": ahead,
    "everything": everything,
    "shapes": shapes,
    "fits": fits,
    "prices": prices,
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
        replace_text(PAGE, filled(PAGE.read_text(encoding="utf-8"), rows))
    import picture

    picture.frontier(rows, PICTURE)


if __name__ == "__main__":
    run_script(main, "the page is as before or complete")
