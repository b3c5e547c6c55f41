"""Walks that long searches have found, which ship with the package, as starts of a search.

They load the standard normal distribution on the default grid, which is that of every
Black-Scholes market, and a few log-normal ones, at tolerances from 2e-2 to 1e-5. A target is
recognised by its probabilities alone; other targets of like shape start from there.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from qiskit_ssqw.walks import MultiscaleWalk


class Known(NamedTuple):
    """What a walk loads, and the largest tolerance for which no shorter one was found."""

    target: str
    tolerance: float
    walk: MultiscaleWalk


@cache
def known_walks(num_qubits: int) -> tuple[Known, ...]:
    """The walks on a grid of so many qubits, fewest flips first.

    Beyond the finest grid that was searched they are those of that grid, in equal halves.
    """
    catalogue = _catalogue()
    finest = max(catalogue)
    some = catalogue.get(min(num_qubits, finest), [])
    return tuple(known._replace(walk=known.walk.refined(num_qubits)) for known in some)


@cache
def _catalogue() -> dict[int, list[Known]]:
    file = files("qiskit_ssqw.fitting") / "data" / "known_walks.json"
    text = file.read_text("utf-8")
    walks: dict[int, list[Known]] = {}
    for entry in json.loads(text)["walks"]:
        walk = from_entry(entry)
        walks.setdefault(walk.num_qubits, []).append(
            Known(entry["target"], entry["shortest_up_to"], walk)
        )
    return {
        size: sorted(some, key=lambda known: len(known.walk.flips)) for size, some in walks.items()
    }


def from_entry(entry: dict[str, Any]) -> MultiscaleWalk:
    """The walk of an entry of the file: its size, the edge of each flip, and all angles."""
    size, top = entry["num_qubits"], entry["num_qubits"] - 1
    flips = [(top - edge, top - edge - 1) for edge in entry["edges"]]
    blank = MultiscaleWalk(size, flips, np.zeros((len(flips), 2)))
    return blank.with_parameters(entry["angles"])
