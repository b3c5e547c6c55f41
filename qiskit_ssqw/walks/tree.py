"""The tree walk: at each scale every site has a coin of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.walks.base import Pullback, Walk
from qiskit_ssqw.walks.kinds import WalkKind, register_walk_kind
from qiskit_ssqw.walks.rotations import qubit


def _angles(amplitudes: Array) -> Array:
    """The angles of all levels; signs are those of the last level."""
    levels = []
    while len(amplitudes) > 1:
        halves = amplitudes.reshape(-1, 2)
        levels.append(2 * np.arctan2(halves[:, 1], halves[:, 0]))
        amplitudes = np.hypot(halves[:, 0], halves[:, 1])
    return np.concatenate(levels[::-1])


_MOST_QUBITS = 30
"""So many angles take 8 GiB."""


@dataclass(frozen=True, eq=False)
class TreeWalk(Walk):
    """A walk whose coins depend on the position: an exact but costly form for every target.

    Level ``k`` splits each of the ``2**k`` cells of its scale into two halves with an angle of
    its own, so the walk is a binary tree of RY rotations, each multiplexed by all more
    significant bits (Grover and Rudolph, quant-ph/0208112; Möttönen et al., quant-ph/0407010).
    It loads any distribution exactly, at ``2**n - 2`` CX.

    Args:
        num_qubits: Number of qubits ``n``.
        angles: Angles in radians, shape ``(2**n - 1,)``, level by level, each level ordered by
            position.

    Raises:
        ValueError: There are more or fewer angles, one is not finite, or there are more than 30
            qubits.

    Examples:
        >>> from qiskit_ssqw.walks import TreeWalk
        >>> walk = TreeWalk.from_probabilities([0.1, 0.2, 0.3, 0.4])
        >>> walk.probabilities().round(12).tolist(), walk.two_qubit_gates
        ([0.1, 0.2, 0.3, 0.4], 2)
    """

    num_qubits: int
    angles: Array

    signed: ClassVar[bool] = True

    def __init__(self, num_qubits: int, angles: ArrayLike) -> None:
        size = check.integer(num_qubits, "num_qubits", minimum=1, maximum=_MOST_QUBITS)
        array = check.real_array(angles, "angles", shape=(2**size - 1,))
        self._set(num_qubits=size, angles=array)

    @classmethod
    def from_probabilities(cls, probabilities: ArrayLike) -> Self:
        """Return the walk that loads a distribution exactly.

        Args:
            probabilities: Shape ``(2**n,)``, non-negative; the sum does not matter.

        Raises:
            ValueError: The length is no power of two of at least 2, or a value is negative, or
                all of them vanish.
        """
        cells = check.not_negative(probabilities, "probabilities", shape=(None,))
        num_qubits = max(len(cells), 1).bit_length() - 1
        if len(cells) != 2**num_qubits or num_qubits == 0:
            raise ValueError(f"the number of sites must be a power of two, got {len(cells)}")
        if not np.any(cells > 0):
            raise ValueError("probabilities must not all be zero")
        return cls(num_qubits, _angles(np.sqrt(cells / cells.max())))

    @classmethod
    def from_amplitudes(cls, amplitudes: ArrayLike) -> Self:
        """Return the walk that loads real amplitudes exactly, signs included.

        Args:
            amplitudes: Shape ``(2**n,)``; the norm does not matter.

        Raises:
            ValueError: The length is no power of two of at least 2, or all of them vanish.
        """
        values = check.real_array(amplitudes, "amplitudes", shape=(None,))
        walk = cls.from_probabilities(values**2)
        return cls(walk.num_qubits, _angles(values / np.abs(values).max()))

    @property
    def two_qubit_gates(self) -> int:
        """``2**n - 2``: the rotations of level ``k`` take ``2**k`` CX for ``k >= 1``."""
        return (1 << self.num_qubits) - 2

    @property
    def parameters(self) -> Array:
        return self.angles

    def with_parameters(self, parameters: ArrayLike) -> Self:
        return type(self)(self.num_qubits, self._check_parameters(parameters))

    def vjp(self, parameters: ArrayLike) -> tuple[NDArray[Any], Pullback]:
        levels = self._levels(self._check_parameters(parameters))
        states = [np.ones(1)]
        for angles in levels:
            states.append((states[-1][:, None] * qubit(angles)).ravel())

        def pullback(cotangent: NDArray[Any]) -> Array:
            later = np.real(cotangent)
            gradients = []
            for angles, state in zip(levels[::-1], states[-2::-1], strict=True):
                halves, branches = later.reshape(-1, 2), qubit(angles)
                turned = halves[:, 1] * branches[:, 0] - halves[:, 0] * branches[:, 1]
                gradients.append(state * turned / 2)
                later = np.sum(halves * branches, axis=1)
            return np.concatenate(gradients[::-1])

        return states[-1], pullback

    def jacobian(self, parameters: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        amplitudes, pullback = self.vjp(parameters)
        return amplitudes, np.array([pullback(row) for row in np.eye(len(amplitudes))])

    def __repr__(self) -> str:
        return f"<TreeWalk: {self.num_qubits} qubits, {self.two_qubit_gates} CX>"

    def _levels(self, vector: Array) -> list[Array]:
        return np.split(vector, [2**level - 1 for level in range(1, self.num_qubits)])


register_walk_kind(
    WalkKind(
        TreeWalk,
        title="tree walk",
        gate="qiskit_ssqw.circuit.walk_gates:TreeWalkGate",
    )
)
