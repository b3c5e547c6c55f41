"""The lattice walk with multi-controlled shifts, as the papers draw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.synthesis.fourier import synth_start
from qiskit_ssqw.walks import SplitStepWalk


def synth_conditional_shift(num_position_qubits: int, shift: int) -> QuantumCircuit:
    """Return S+ (``shift = 1``) or S- (``shift = -1``) on the position qubits and the coin.

    S+ moves the walker one site up if the coin is 1; S- moves it one site down if the coin is 0.
    """
    coin = num_position_qubits
    increment = QuantumCircuit(num_position_qubits + 1, name="shift")
    for target in reversed(range(num_position_qubits)):
        increment.mcx([coin, *range(target)], target)
    if shift == 1:
        return increment
    decrement = QuantumCircuit(num_position_qubits + 1, name="shift")
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
    size = walk.num_position_qubits
    shifts = {shift: synth_conditional_shift(size, shift) for shift in (1, -1)}
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    if prepare:
        circuit.compose(synth_start(walk), range(size), inplace=True)
    for angles, shift in coin_schedule(walk, parameters):
        append_coin(circuit, angles, size)
        if shift:
            circuit.compose(shifts[shift], inplace=True)
    return circuit
