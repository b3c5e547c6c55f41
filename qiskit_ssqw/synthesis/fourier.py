r"""The lattice walk in momentum space.

A conditional shift by one site is diagonal in momentum ``k``: each half step is the coin followed
by ``exp(-i k Z / 2)`` with ``k = 2 pi / N * sum_j 2**j b_j``, where the phases that do not depend
on the coin cancel between the two half steps of a split step. On the bits of ``k`` this is one RZ
on the coin and one RZZ between the coin and each bit. The walk starts from a basis state, whose
transform is a product state; only the last inverse transform costs two-qubit gates of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.synthesis.qft import synth_qft_full

from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.walks import SplitStepWalk


def synth_lattice_fourier(
    walk: SplitStepWalk, parameters: Sequence[Any] | NDArray[Any] | None = None
) -> QuantumCircuit:
    """Return the walk's circuit on the position qubits and the coin, which comes last.

    Costs ``2 T (2 n - 1) + n (n - 1)`` CX for ``T`` split steps on ``n`` position qubits.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
    """
    size = walk.num_position_qubits
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    _append_momentum_of_start(circuit, walk)
    for angles, shift in coin_schedule(walk, parameters):
        append_coin(circuit, angles, size)
        if shift:
            circuit.rz(pi * (1 - 2.0**-size), size)
            for qubit in range(size):
                circuit.rzz(-pi / 2 ** (qubit + 1), size, qubit)
    return circuit.compose(_inverse_transform(size), range(size))


def synth_start(walk: SplitStepWalk) -> QuantumCircuit:
    """Return the circuit on the position qubits that puts the walker on its start site.

    All syntheses of a lattice walk share this operator, so that they agree on every input and
    not only on the zero state: a Grover iterate may then mix them.
    """
    size = walk.num_position_qubits
    circuit = QuantumCircuit(size, name="start")
    _append_momentum_of_start(circuit, walk)
    return circuit.compose(_inverse_transform(size))


def _append_momentum_of_start(circuit: QuantumCircuit, walk: SplitStepWalk) -> None:
    """Prepare the transform of the start site; bit ``j`` of ``k`` sits on qubit ``n - 1 - j``."""
    for qubit in range(walk.num_position_qubits):
        circuit.h(qubit)
        if walk.start % 2 ** (qubit + 1):
            circuit.p(2 * pi * walk.start / 2 ** (qubit + 1), qubit)


def _inverse_transform(size: int) -> QuantumCircuit:
    return synth_qft_full(size, do_swaps=False, inverse=True)
