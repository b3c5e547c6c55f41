r"""The lattice walk as one multiplexed coin rotation in momentum space.

Momentum is conserved, so for each ``k`` the whole walk is one matrix on the coin, the product of
its coins and of ``exp(-i k Z / 2)`` per half step. But for a phase common to all ``k`` it lies in
SU(2), hence ``RZ(a_k) RY(b_k) RZ(c_k)``: three rotations of the coin multiplexed by the position
qubits, however many steps the walk takes. X on the coin reverses RZ and RY alike, so the parity of
the controls by which CX have flipped the coin may carry over from one multiplexer to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.synthesis.coins import angles_of, coin_schedule
from qiskit_ssqw.synthesis.fourier import append_inverse_transform, append_momentum_of_start
from qiskit_ssqw.synthesis.multiplexer import walsh_transform
from qiskit_ssqw.walks import SplitStepWalk
from qiskit_ssqw.walks.coins import u_matrices

Floats = Array


def synth_lattice_multiplexed(
    walk: SplitStepWalk,
    parameters: Sequence[Any] | NDArray[Any] | None = None,
    *,
    prepare: bool = True,
) -> QuantumCircuit:
    """Return the same operator as `synth_lattice_fourier`, at a cost that no step adds to.

    Costs ``3 * 2**n - 2 + n (n - 1)`` CX on ``n`` position qubits, ``n (n - 1)`` more without the
    start. The multiplexers are those of Möttönen et al. (quant-ph/0404089, figure 2), each but the
    first beginning at the parity where the one before ended.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers in the order of ``walk.parameters``.
        prepare: Whether the walker is put on its start site first; otherwise only the steps.

    Raises:
        TypeError: A parameter is not a number, as a free ``Parameter`` object.
        ValueError: A parameter is NaN or infinite.
    """
    numbers = [
        check.number(value, "a parameter of the multiplexed form")
        for value in angles_of(walk, SplitStepWalk, parameters)
    ]
    size = walk.num_position_qubits
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    transform = QuantumCircuit(size)
    append_inverse_transform(transform, range(size))
    if prepare:
        append_momentum_of_start(circuit, walk.start, range(size))
    else:
        circuit.compose(transform.inverse(), range(size), inplace=True)
    matrices, circuit.global_phase = _special_matrices(walk, numbers)
    _append_multiplexed_turns(circuit, *_euler_angles(matrices))
    return circuit.compose(transform, range(size))


def _special_matrices(walk: SplitStepWalk, numbers: Sequence[float]) -> tuple[Complex, float]:
    """What the steps do to the coin, in SU(2), by the integer on the position qubits; the phase."""
    momentum = np.zeros(1)
    for place in range(walk.num_position_qubits):
        momentum = np.concatenate([momentum, momentum + np.pi / 2**place])
    shift = np.exp(np.multiply.outer(momentum, [-0.5j, 0.5j]))[:, :, None]
    product = np.broadcast_to(np.eye(2, dtype=complex), (len(momentum), 2, 2))
    phase = 0.0
    for angles, moves in coin_schedule(walk, numbers):
        theta, phi, lam = angles if len(angles) == 3 else (*angles, 0.0, 0.0)
        product = u_matrices(np.array([[theta, phi, lam]]))[0] @ product
        phase += (phi + lam) / 2
        if moves:
            product = shift * product
    return product * np.exp(-1j * phase), phase


def _euler_angles(matrices: Complex) -> tuple[Floats, Floats, Floats]:
    """Angles of RZ, then RY, then RZ whose product is each SU(2) matrix, its sign included."""
    kept, flipped = matrices[:, 0, 0], matrices[:, 1, 0]
    first = -np.angle(kept) - np.angle(flipped)
    middle = 2 * np.arctan2(np.abs(flipped), np.abs(kept))
    last = np.angle(flipped) - np.angle(kept)
    return first, middle, last


def _append_multiplexed_turns(
    circuit: QuantumCircuit, first: Floats, middle: Floats, last: Floats
) -> None:
    """Append RZ, RY and RZ on the last qubit, by angles for each integer on the others.

    A Gray code there, back, and there again: a closed tour that visits each parity three times has
    an even length, so ``3 * 2**n - 2`` CX are the fewest.
    """
    coin = circuit.num_qubits - 1
    there = [rank ^ rank >> 1 for rank in range(len(first))]
    turns = (circuit.rz, first, there), (circuit.ry, middle, there[::-1]), (circuit.rz, last, there)
    parity = 0
    for rotate, angles, masks in turns:
        coefficients = walsh_transform(angles).tolist()
        for mask in masks:
            if mask != parity:
                circuit.cx((mask ^ parity).bit_length() - 1, coin)
            rotate(coefficients[mask], coin)
            parity = mask
    circuit.cx(parity.bit_length() - 1, coin)
