"""Coins and their order in a lattice walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qiskit_ssqw import _validation as check
from qiskit_ssqw.walks import SplitStepWalk, Walk


def angles_of(
    walk: Walk, kind: type[Walk], parameters: Sequence[Any] | NDArray[Any] | None
) -> list[Any]:
    """The angles of a walk's circuit: those given, numbers or free parameters, or the walk's own.

    Raises:
        TypeError: ``walk`` is no walk of the kind, or a parameter is no number.
        ValueError: A parameter is missing, left over or not finite.
    """
    check.instance(walk, kind, "walk")
    if parameters is None:
        return list(walk.parameters.tolist())
    angles = checked_angles(parameters, "parameters")
    if len(angles) != walk.num_parameters:
        raise ValueError(f"parameters must have length {walk.num_parameters}, got {len(angles)}")
    return angles


def checked_angles(angles: Sequence[Any] | NDArray[Any], name: str) -> list[Any]:
    """Angles as a list, each a finite number or a free parameter, or raise as `angles_of` does."""
    return [
        angle if isinstance(angle, ParameterExpression) else check.number(angle, f"each of {name}")
        for angle in check.sequence(angles, name)
    ]


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
    values = angles_of(walk, SplitStepWalk, parameters)
    sizes = walk.coin_sizes
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    for index, shift in walk.schedule():
        yield values[ends[index] - sizes[index] : ends[index]], shift
