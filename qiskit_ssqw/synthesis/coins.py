"""Coins and their order in a lattice walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.walks import SplitStepWalk


def append_coin(circuit: QuantumCircuit, angles: Sequence[Any], qubit: int) -> None:
    """Rotate the coin: RY for one angle, U for three."""
    if len(angles) == 1:
        circuit.ry(angles[0], qubit)
    else:
        circuit.u(*angles, qubit)


def coin_schedule(
    walk: SplitStepWalk, parameters: Sequence[Any] | NDArray[Any] | None
) -> Iterator[tuple[Sequence[Any], int]]:
    """Yield each coin's angles and the shift after it: +1, -1, or 0 for none."""
    values = list(walk.parameters if parameters is None else parameters)
    sizes = walk.coin_sizes
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    for index, shift in walk.schedule():
        yield values[ends[index] - sizes[index] : ends[index]], shift
