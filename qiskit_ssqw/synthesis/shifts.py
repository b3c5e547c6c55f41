"""The lattice walk with multi-controlled shifts, as the papers draw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.synthesis.fourier import synth_start
from qiskit_ssqw.walks import SplitStepWalk

_MOST_QUBITS = 1000
"""The circuit has as many multi-controlled gates, each with up to as many controls."""


def synth_conditional_shift(num_position_qubits: int, shift: int) -> QuantumCircuit:
    """Return S+ (``shift = 1``) or S- (``shift = -1``) on the position qubits and the coin.

    S+ moves the walker one site up if the coin is 1; S- moves it one site down if the coin is 0.

    Raises:
        TypeError: An argument is not an integer.
        ValueError: ``shift`` is neither 1 nor -1, or there is no position qubit.
    """
    size = num_position_qubits
    coin = check.integer(size, "num_position_qubits", minimum=1, maximum=_MOST_QUBITS)
    if not isinstance(shift, (int, np.integer)) or shift not in (1, -1):
        raise ValueError(f"shift must be 1 or -1, got {shift!r}")
    increment = QuantumCircuit(coin + 1, name="shift")
    for target in reversed(range(coin)):
        increment.mcx([coin, *range(target)], target)
    if shift == 1:
        return increment
    decrement = QuantumCircuit(coin + 1, name="shift")
    decrement.x(coin)
    decrement.compose(increment.inverse(), inplace=True)
    decrement.x(coin)
    return decrement


def synth_lattice_shifts(
    walk: SplitStepWalk,
    parameters: Sequence[Any] | NDArray[Any] | None = None,
    *,
    prepare: bool = True,
) -> QuantumCircuit:
    """Return the same operator as `synth_lattice_fourier`, with multi-controlled X gates.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        prepare: Whether the walker is put on its start site first; otherwise only the steps.
    """
    size = check.instance(walk, SplitStepWalk, "walk").num_position_qubits
    shifts = {shift: synth_conditional_shift(size, shift) for shift in (1, -1)}
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    if prepare:
        circuit.compose(synth_start(walk), range(size), inplace=True)
    for angles, shift in coin_schedule(walk, parameters):
        append_coin(circuit, angles, size)
        if shift:
            circuit.compose(shifts[shift], inplace=True)
    return circuit
