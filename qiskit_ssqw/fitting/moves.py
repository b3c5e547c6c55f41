"""Ways to make a multiscale walk longer that leave its state as it is, to start a fit from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.walks import MultiscaleWalk
from qiskit_ssqw.walks.flips import Flip

Insertion = tuple[int, Flip]
"""Before which flip of the walk, and what."""


def independent_bits(probabilities: Array) -> MultiscaleWalk:
    """The walk without flips that gives each bit its marginal distribution."""
    size = len(probabilities).bit_length() - 1
    marginals = [probabilities.reshape(-1, 2, 2**bit).sum(axis=(0, 2)) for bit in range(size)]
    angles = [2 * np.arctan2(np.sqrt(one), np.sqrt(zero)) for zero, one in marginals]
    return MultiscaleWalk(size, [], [], initial_angles=angles)


def reversed_line(walk: MultiscaleWalk) -> MultiscaleWalk:
    """The walk with the ends of its line exchanged."""
    top = walk.num_qubits - 1
    return MultiscaleWalk(
        walk.num_qubits,
        [(top - control, top - target) for control, target in walk.flips],
        walk.angles,
        initial_angles=walk.initial_angles[::-1],
    )


def folded(probabilities: Array) -> Array:
    """The half of a symmetric distribution that `mirrored` unfolds, on a qubit less.

    Its cells are those from the centre out, in the order of a Gray code: sweeping flips over the
    line turns each bit if the one above it is set.
    """
    halves = np.split(probabilities, 2)
    outwards = np.arange(len(halves[0]))
    half = np.empty(len(outwards))
    half[outwards ^ (outwards >> 1) ^ (len(outwards) >> 1)] = halves[0][::-1] + halves[1]
    return half


def mirrored(walk: MultiscaleWalk) -> MultiscaleWalk:
    """The walk on a qubit more whose distribution is symmetric, and is this one if `folded`.

    The new most significant qubit is in ``|+>``, and a sweep turns those below.
    """
    top = walk.num_qubits
    busy = {qubit for flip in walk.flips for qubit in flip}
    busy |= set(np.flatnonzero(walk.initial_angles != np.pi / 2).tolist())
    sweep = [(qubit, qubit - 1) for qubit in range(top, min(busy, default=top), -1)]
    return MultiscaleWalk(
        top + 1,
        [*walk.flips, *sweep],
        np.concatenate([walk.angles, np.zeros((len(sweep), 2))]),
        initial_angles=np.append(walk.initial_angles, np.pi / 2),
    )


def layered(num_qubits: int, layers: int) -> MultiscaleWalk:
    """The walk of so many sweeps from the coarse to the fine end, with all angles zero."""
    flips = [(qubit, qubit - 1) for qubit in range(num_qubits - 1, 0, -1)] * layers
    return MultiscaleWalk(num_qubits, flips, np.zeros((len(flips), 2)))


def onto_the_last_qubit(walk: MultiscaleWalk, count: int) -> list[Insertion]:
    """Flips of the last qubit, which do nothing as long as it is in ``|+>``.

    One of them comes at the very end, the others behind the last flips of the neighbour.
    """
    busy = [index + 1 for index, flip in enumerate(walk.flips) if 1 in flip]
    places = busy[max(0, len(busy) - count + 1) :] if count > 1 else []
    return [(place, (1, 0)) for place in (*places, *[len(walk.flips)] * (count - len(places)))]


def loop(walk: MultiscaleWalk, qubits: int) -> list[Insertion]:
    """Flips at the end that sweep over the last qubits and back, undoing each other."""
    sweep = [(qubit + 1, qubit) for qubit in range(qubits - 1)]
    return [(len(walk.flips), flip) for flip in (*sweep, *sweep[::-1])]


def inserted(
    walk: MultiscaleWalk, insertions: Sequence[Insertion]
) -> tuple[MultiscaleWalk, NDArray[np.intp]]:
    """Put flips with angles zero into a walk, in ascending order of their places.

    Returns:
        The longer walk, and the indices of the new angles among its parameters.
    """
    places = [place for place, _ in insertions]
    new = np.array(places, dtype=np.intp) + np.arange(len(places))
    flips = list(walk.flips)
    for place, flip in reversed(insertions):
        flips.insert(place, flip)
    longer = MultiscaleWalk(
        walk.num_qubits,
        flips,
        np.insert(walk.angles, places, 0.0, axis=0),
        initial_angles=walk.initial_angles,
    )
    first = walk.num_qubits + 2 * new
    return longer, np.stack([first, first + 1], axis=1).ravel()
