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

from qiskit_ssqw import _validation as check
from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.walks import SplitStepWalk


def synth_lattice_fourier(
    walk: SplitStepWalk,
    parameters: Sequence[Any] | NDArray[Any] | None = None,
    *,
    prepare: bool = True,
) -> QuantumCircuit:
    """Return the walk's circuit on the position qubits and the coin, which comes last.

    Costs ``2 T (2 n - 1) + n (n - 1)`` CX for ``T`` split steps on ``n`` position qubits.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        prepare: Whether the walker is put on its start site first; otherwise only the steps.
    """
    size = check.instance(walk, SplitStepWalk, "walk").num_position_qubits
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    if prepare:
        append_momentum_of_start(circuit, walk.start, range(size))
    else:
        append_transform(circuit, range(size))
    for angles, shift in coin_schedule(walk, parameters):
        append_coin(circuit, angles, size)
        if shift:
            append_momentum_shift(circuit, range(size), size)
    append_inverse_transform(circuit, range(size))
    return circuit


def synth_start(walk: SplitStepWalk) -> QuantumCircuit:
    """Return the circuit on the position qubits that puts the walker on its start site.

    All syntheses of a lattice walk share this operator, so that they agree on every input and
    not only on the zero state: a Grover iterate may then mix them.
    """
    size = check.instance(walk, SplitStepWalk, "walk").num_position_qubits
    circuit = QuantumCircuit(size, name="start")
    append_momentum_of_start(circuit, walk.start, range(size))
    append_inverse_transform(circuit, range(size))
    return circuit


def append_momentum_of_start(circuit: QuantumCircuit, start: int, positions: range) -> None:
    """Prepare the transform of a site; bit ``j`` of ``k`` sits on position qubit ``n - 1 - j``.

    Args:
        circuit: Changed in place.
        start: The site.
        positions: The position qubits of the cycle, least significant first.
    """
    for place, qubit in enumerate(positions):
        circuit.h(qubit)
        if start % 2 ** (place + 1):
            circuit.p(2 * pi * start / 2 ** (place + 1), qubit)


def append_momentum_shift(circuit: QuantumCircuit, positions: range, coin: int) -> None:
    """Append ``exp(-i k Z / 2)``: S+ or S- but for a phase that the other one cancels."""
    circuit.rz(pi * (1 - 2.0 ** -len(positions)), coin)
    for place, qubit in enumerate(positions):
        circuit.rzz(-pi / 2 ** (place + 1), coin, qubit)


def append_transform(circuit: QuantumCircuit, positions: range, *, inverse: bool = False) -> None:
    """Go from position to momentum, or return."""
    transform = synth_qft_full(len(positions), do_swaps=False, inverse=inverse)
    circuit.compose(transform, positions, inplace=True)


def append_inverse_transform(circuit: QuantumCircuit, positions: range) -> None:
    """Return from momentum to position."""
    append_transform(circuit, positions, inverse=True)
