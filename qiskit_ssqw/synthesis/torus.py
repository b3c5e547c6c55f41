"""The torus walk in momentum space, where the shifts of both walkers are diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.synthesis.coins import angles_of, append_coin
from qiskit_ssqw.synthesis.fourier import (
    append_inverse_transform,
    append_momentum_of_start,
    append_momentum_shift,
)
from qiskit_ssqw.walks import TorusWalk


def synth_torus_fourier(
    walk: TorusWalk, parameters: Sequence[Any] | NDArray[Any] | None = None
) -> QuantumCircuit:
    """Return the walk's circuit: the position qubits, then the second and the first coin.

    Costs ``2 T (1 + 2 n1 + 2 n2) + n1 (n1 - 1) + n2 (n2 - 1)`` CX for ``T`` split steps, once the
    three rotations of a coin pair are merged. Each walker is the circuit of
    `synth_lattice_fourier`, its start included; only the coin pair operators couple them.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
    """
    values = np.reshape(angles_of(walk, TorusWalk, parameters), (-1, 9))
    first, second = walk.num_position_qubits
    coins = (first + second + 1, first + second)
    cycles = (range(second, first + second), range(second))
    circuit = QuantumCircuit(walk.num_qubits, name="torus_walk")
    for cycle, start in zip(cycles, walk.start, strict=True):
        append_momentum_of_start(circuit, start, cycle)
    for angles in values.tolist():
        _append_coin_pair(circuit, angles, *coins)
        for cycle, coin in zip(cycles, coins, strict=True):
            append_momentum_shift(circuit, cycle, coin)
    for cycle in cycles:
        append_inverse_transform(circuit, cycle)
    return circuit


def _append_coin_pair(
    circuit: QuantumCircuit, angles: Sequence[Any], first: int, second: int
) -> None:
    append_coin(circuit, angles[:3], first)
    append_coin(circuit, angles[3:6], second)
    circuit.rxx(angles[6], first, second)
    circuit.ryy(angles[7], first, second)
    circuit.rzz(angles[8], first, second)
