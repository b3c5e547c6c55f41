"""Where on a device a walk is read best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.native import NativeGates
from qiskit_ssqw.devices.response import Response, predicted_total_variation

_WIDTHS = (300, 3000)
"""Partial lines that are kept; more if all of them end where nothing is left to join."""


class Placement(NamedTuple):
    """The device's qubit of each of a walk's qubits, and what the score says of it."""

    predicted: float
    places: tuple[int, ...]


def placements(
    response: Response, probabilities: Array, gates: NativeGates, *, mended: bool = False
) -> list[Placement]:
    """Places for the line of a walk, best first.

    A beam search grows lines from every qubit of the device in both directions, by the sum of what
    each gate and each measurement moves alone, which bounds what they move together. Those that
    remain are sorted by `predicted_total_variation`.

    Args:
        response: Of the walk.
        probabilities: The target's, shape ``(2**n,)``.
        gates: The device's gates.
        mended: Whether angles will make up for errors.

    Returns:
        None, if the device has no such line.
    """
    for width in _WIDTHS:
        lines = _lines(response, gates, width)
        if lines:
            break
    return sorted(
        Placement(
            predicted_total_variation(response, probabilities, places, gates, mended=mended), places
        )
        for places in lines
    )


def _lines(response: Response, gates: NativeGates, width: int) -> list[tuple[int, ...]]:
    """The places that a beam ends with, by the walk's qubits."""
    line = response.walk.line
    own = _costs_of_qubits(response, gates)
    moved = dict(zip(response.edges, 0.5 * np.abs(response.by_edge).sum(axis=1), strict=True))
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for place, qubit in enumerate(line):
        before = line[place - 1] if place else qubit
        weight = moved.get((min(before, qubit), max(before, qubit)))
        grown = []
        for cost, taken in beam:
            near = gates.qubits if weight is None else gates.neighbours[taken[-1]]
            for other in near:
                if other not in taken:
                    edge = 0.0 if weight is None else weight * gates.pair_error(taken[-1], other)
                    grown.append((cost + own[qubit, other] + edge, (*taken, other)))
        beam = sorted(grown)[:width]
    order = np.argsort(line)
    return [tuple(taken[place] for place in order) for _, taken in beam]


def _costs_of_qubits(response: Response, gates: NativeGates) -> Array:
    """What rotations and measurement move, by the walk's qubit and the device's."""
    turned = 0.5 * np.abs(response.by_qubit).sum(axis=1)
    costs = np.outer(turned, [gates.rotation_error(qubit) for qubit in gates.qubits])
    flips = np.array([gates.flips(qubit) for qubit in gates.qubits])
    for qubit in range(len(turned)):
        costs[qubit] += _moved_by_flips(response.loaded, qubit, flips)
    return costs


def _moved_by_flips(loaded: Array, bit: int, flips: Array) -> Array:
    """Total variation by which a distribution moves if one bit is misread, for each qubit.

    Args:
        loaded: The distribution, shape ``(2**n,)``.
        bit: Which one.
        flips: Chances to misread 0 and 1, shape ``(qubits, 2)``.
    """
    zero, one = loaded.reshape(-1, 2, 2**bit).transpose(1, 0, 2).reshape(2, -1)
    return np.array([np.abs(up * zero - down * one).sum() for up, down in flips])
