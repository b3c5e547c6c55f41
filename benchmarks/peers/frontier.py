"""Who needs the fewest gates for how exact a circuit."""

from __future__ import annotations

import catalogue
import numpy as np
from tables import (
    MAPS,
    Rows,
    best,
    circuits,
    fewest,
    label,
    ours,
    short,
    split,
    table,
    walk,
    within,
)

LEVELS = (2e-2, 5e-3, 2e-3, 1e-3, 5e-5)
SHAPE_LEVELS = (2e-2, 5e-3, 1e-3, 5e-5)


def sizes(rows: Rows) -> list[int]:
    found = {int(row["n"]) for row in rows if row["target"] == catalogue.REFERENCE}
    return sorted(found)


def frontier(rows: Rows) -> str:
    """Gates at each total variation: this package's seeds, and the best peer on each map."""
    lines = []
    for n in sizes(rows):
        known = circuits(rows, n)
        for level in LEVELS:
            peers = within(split(known)[1], level)
            lines.append([str(n), short(level), *walk(ours(known, level))])
            lines[-1] += [best(peers, column) for column in MAPS.values()]
    return table(["n", "TV ≤", "walk, best / median", "seeds", *MAPS], lines)


def ahead(rows: Rows) -> str:
    """Peers' circuits that have fewer gates on some map than any walk that is as exact.

    As exact as the circuit, or as the tightest tolerance that walks are fitted to. Of several
    such circuits those are left out that another one beats on all maps.
    """
    places = [(catalogue.REFERENCE, n) for n in sizes(rows)]
    places += [(shape, catalogue.SHAPE_SIZE) for shape in catalogue.SHAPES]
    lines = []
    for target, n in places:
        walks, peers = split(circuits(rows, n, target))
        for peer in undominated([peer for peer in peers if walks and is_ahead(peer, walks)]):
            rivals = {column: rival(peer, walks, column) for column in MAPS.values()}
            cells = [
                f"{peer[c]} / {'none' if ours is None else ours}" for c, ours in rivals.items()
            ]
            lines.append([target, str(n), label(peer), f"{float(peer['tv']):.1e}", *cells])
    if not lines:
        return "None."
    return table(
        ["target", "n", "loader", "its TV", *(f"{name}, its / ours" for name in MAPS)], lines
    )


def rival(peer: dict[str, str], walks: Rows, column: str) -> int | None:
    """Gates of the shortest walk that is as exact as a peer's circuit."""
    found = fewest(within(walks, max(float(peer["tv"]), LEVELS[-1])), column)
    return int(found[column]) if found else None


def is_ahead(peer: dict[str, str], walks: Rows) -> bool:
    """Whether no walk as exact has as few gates, on some map; circuits of low accuracy aside."""
    if float(peer["tv"]) > LEVELS[0]:
        return False
    gates = ((int(peer[column]), rival(peer, walks, column)) for column in MAPS.values())
    return any(ours is None or theirs < ours for theirs, ours in gates)


def undominated(rows: Rows) -> Rows:
    """The circuits that no other one beats, or equals and comes before."""

    def numbers(row: dict[str, str]) -> list[float]:
        return [
            max(float(row["tv"]), LEVELS[-1]),
            *(float(row[column]) for column in MAPS.values()),
        ]

    kept: Rows = []
    for row in sorted(rows, key=numbers):
        if not any(np.all(np.less_equal(numbers(other), numbers(row))) for other in kept):
            kept.append(row)
    return kept


def shapes(rows: Rows) -> str:
    """Other targets at several total variations, all-to-all."""
    lines = []
    for shape in catalogue.SHAPES:
        walks, peers = split(circuits(rows, catalogue.SHAPE_SIZE, shape))
        for level in SHAPE_LEVELS:
            fitted, others = within(walks, level), within(peers, level)
            if walks or peers:
                lines.append([shape, short(level), best(fitted, "cx"), best(others, "cx")])
    if not lines:
        return "None of these rows has been run."
    return table(["target", "TV ≤", "walk", "best peer"], lines)
