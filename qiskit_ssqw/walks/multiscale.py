"""The multiscale walk: coin and shift on strides of ``2**(n-1), ..., 2, 1`` sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw.walks.base import Pullback, Walk

Flip = tuple[int, int]


@dataclass(frozen=True, eq=False)
class MultiscaleWalk(Walk):
    r"""A walk of conditional flips between neighbouring qubits of a line.

    Every qubit starts as ``RY(initial_angle)|0>``. Each flip is a CX from ``control`` to
    ``target``, two neighbours on the line of qubits, followed by the coin rotations
    ``RY(angles[i, 0])`` on the control and ``RY(angles[i, 1])`` on the target. A flip of
    position bit ``j`` is the conditional shift by ``2**j`` sites on the ring of two half cells,
    so a sweep from the most to the least significant bit is a split-step walk that refines the
    scale as it goes; the coin ends as the least significant bits. There is no ancilla and every
    amplitude is real. With a window of ``m + 1`` qubits the walk generates matrix product states
    of bond dimension ``2**m``.

    Args:
        num_qubits: Number of qubits ``n``; the walk loads ``2**n`` sites.
        flips: Pairs ``(control, target)`` of qubit indices that differ by one, in order.
        angles: Coin angles in radians, shape ``(len(flips), 2)``: control, then target.
        initial_angles: First rotation of each qubit in radians, shape ``(num_qubits,)``;
            zero by default.

    Raises:
        TypeError: An index is not an integer, or an angle not a number.
        ValueError: A flip leaves the register or its qubits are not neighbours, or the angles
            have another shape or are not finite.

    Examples:
        Two qubits, one flip: a Bell state, then no rotation.

        >>> import math
        >>> from qiskit_ssqw import MultiscaleWalk
        >>> walk = MultiscaleWalk(2, [(1, 0)], [[0, 0]], initial_angles=[0, math.pi / 2])
        >>> walk.probabilities().round(6).tolist()
        [0.5, 0.0, 0.0, 0.5]
    """

    num_qubits: int
    flips: tuple[Flip, ...]
    angles: NDArray[np.float64]
    initial_angles: NDArray[np.float64]

    signed: ClassVar[bool] = True

    def __init__(
        self,
        num_qubits: int,
        flips: Sequence[Sequence[int]],
        angles: ArrayLike,
        *,
        initial_angles: ArrayLike | None = None,
    ) -> None:
        num_qubits = check.integer(num_qubits, "num_qubits", minimum=1)
        pairs = tuple(_neighbours(flip, num_qubits) for flip in flips)
        angles = np.reshape(angles, (0, 2)) if np.size(angles) == 0 else angles
        initial = np.zeros(num_qubits) if initial_angles is None else initial_angles
        set_field = object.__setattr__
        set_field(self, "num_qubits", num_qubits)
        set_field(self, "flips", pairs)
        set_field(self, "angles", check.real_array(angles, "angles", shape=(len(pairs), 2)))
        set_field(
            self,
            "initial_angles",
            check.real_array(initial, "initial_angles", shape=(num_qubits,)),
        )

    @classmethod
    def from_windows(
        cls, num_qubits: int, window: Sequence[Flip], *, last: Sequence[Flip] = ()
    ) -> Self:
        """Build the walk whose window slides from the coarse to the fine end of the line.

        Args:
            num_qubits: Number of qubits, at least the width of the window.
            window: Flips of one level as offsets ``(control, target)`` into the window, offset
                0 being its most significant qubit.
            last: Flips appended to the last window.

        Returns:
            The walk with all angles zero.

        Raises:
            ValueError: The window is wider than the register, or a flip is no pair of neighbours.

        Examples:
            >>> from qiskit_ssqw import MultiscaleWalk
            >>> MultiscaleWalk.from_windows(4, [(0, 1)]).flips
            ((3, 2), (2, 1), (1, 0))
        """
        for flip in (*window, *last):
            _require_pair(flip)
        width = 1 + max((max(flip) for flip in (*window, *last)), default=0)
        num_windows = check.integer(num_qubits, "num_qubits", minimum=width) - width + 1
        offsets = [(shift, flip) for shift in range(num_windows) for flip in window]
        offsets += [(num_windows - 1, flip) for flip in last]
        top = num_qubits - 1
        flips = [(top - shift - flip[0], top - shift - flip[1]) for shift, flip in offsets]
        return cls(num_qubits, flips, np.zeros((len(flips), 2)))

    @property
    def two_qubit_gates(self) -> int:
        """One CX per flip, on a line as well as all-to-all."""
        return len(self.flips)

    @property
    def parameters(self) -> NDArray[np.float64]:
        """The initial angles, then control and target angle of each flip."""
        return np.concatenate([self.initial_angles, self.angles.ravel()])

    @property
    def num_parameters(self) -> int:
        """``num_qubits + 2 * len(flips)``."""
        return self.num_qubits + 2 * len(self.flips)

    def with_parameters(self, parameters: ArrayLike) -> Self:
        vector = self._check_parameters(parameters)
        initial, angles = np.split(vector, [self.num_qubits])
        return type(self)(
            self.num_qubits, self.flips, angles.reshape(-1, 2), initial_angles=initial
        )

    def vjp(self, parameters: ArrayLike) -> tuple[NDArray[Any], Pullback]:
        vector = self._check_parameters(parameters)
        blocks = _flip_blocks(vector[self.num_qubits :].reshape(-1, 2), self._control_is_high)
        state = _product_state(vector[: self.num_qubits])
        for (control, target), block in zip(self.flips, blocks, strict=True):
            state = _apply(block, state, min(control, target))
        return state, lambda cotangent: self._pull_back(blocks, state, cotangent)

    def jacobian(self, parameters: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        vector = self._check_parameters(parameters)
        blocks = _flip_blocks(vector[self.num_qubits :].reshape(-1, 2), self._control_is_high)
        rows = np.empty((1 + self.num_parameters, 2**self.num_qubits))
        rows[0] = _product_state(vector[: self.num_qubits])
        for qubit in range(self.num_qubits):
            rows[1 + qubit] = _generator(rows[0], qubit)
        known = 1 + self.num_qubits
        for (control, target), block in zip(self.flips, blocks, strict=True):
            rows[:known] = _apply(block, rows[:known], min(control, target))
            rows[known] = _generator(rows[0], control)
            rows[known + 1] = _generator(rows[0], target)
            known += 2
        return rows[0].copy(), rows[1:].T

    def marginal(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return weights

    def to_dict(self) -> dict[str, Any]:
        return {
            "walk": type(self).__name__,
            "num_qubits": self.num_qubits,
            "flips": [list(flip) for flip in self.flips],
            "angles": self.angles.tolist(),
            "initial_angles": self.initial_angles.tolist(),
        }

    def __repr__(self) -> str:
        return f"<MultiscaleWalk: {self.num_qubits} qubits, {len(self.flips)} flips>"

    @cached_property
    def _control_is_high(self) -> NDArray[np.bool_]:
        return np.array([control > target for control, target in self.flips], dtype=bool)

    def _pull_back(
        self, blocks: NDArray[np.float64], state: NDArray[np.float64], cotangent: NDArray[Any]
    ) -> NDArray[np.float64]:
        pair = np.stack([state, np.real(cotangent)])
        flip_gradient = np.empty((len(self.flips), 2))
        for index in range(len(self.flips) - 1, -1, -1):
            state, cotangent = pair
            flip_gradient[index] = [cotangent @ _generator(state, q) for q in self.flips[index]]
            pair = _apply(blocks[index].T, pair, min(self.flips[index]))
        state, cotangent = pair
        initial = [cotangent @ _generator(state, qubit) for qubit in range(self.num_qubits)]
        return np.concatenate([initial, flip_gradient.ravel()])


def _require_pair(flip: Sequence[int]) -> None:
    if np.shape(flip) != (2,):
        raise ValueError(f"a flip is a pair (control, target), got {flip!r}")


def _neighbours(flip: Sequence[int], num_qubits: int) -> Flip:
    _require_pair(flip)
    control, target = (check.integer(qubit, "a flip's qubit", minimum=0) for qubit in flip)
    if max(control, target) >= num_qubits:
        raise ValueError(f"a flip's qubits must be below num_qubits = {num_qubits}, got {flip}")
    if abs(control - target) != 1:
        raise ValueError(f"a flip's qubits must be neighbours on the line, got {flip}")
    return control, target


def _product_state(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """``RY(angles[n-1])|0> x ... x RY(angles[0])|0>``, the last factor varying fastest."""
    state = np.ones(1)
    for angle in angles:
        state = np.outer([np.cos(angle / 2), np.sin(angle / 2)], state).ravel()
    return state


def _flip_blocks(
    angles: NDArray[np.float64], control_is_high: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The 4x4 matrices ``(RY x RY) CX`` on (higher, lower) qubit, shape ``(flips, 4, 4)``."""
    cos, sin = np.cos(angles / 2), np.sin(angles / 2)
    rotations = np.stack([cos, -sin, sin, cos], axis=-1).reshape(-1, 2, 2, 2)
    high_angle = np.where(control_is_high, 0, 1)
    index = np.arange(len(angles))
    high, low = rotations[index, high_angle], rotations[index, 1 - high_angle]
    blocks = np.einsum("fab,fcd->facbd", high, low).reshape(-1, 4, 4)
    columns = np.where(control_is_high[:, None], [0, 1, 3, 2], [0, 3, 2, 1])
    return np.take_along_axis(blocks, columns[:, None, :], axis=2)


def _apply(
    block: NDArray[np.float64], states: NDArray[np.float64], low: int
) -> NDArray[np.float64]:
    """Apply a 4x4 ``block`` to qubits ``low + 1, low`` of one or several state vectors."""
    inner = 2**low
    if inner <= 4:  # one large matrix product instead of many tiny ones
        wide = (block[:, None, :, None] * np.eye(inner)[:, None, :]).reshape(4 * inner, -1)
        return np.reshape(states.reshape(-1, 4 * inner) @ wide.T, states.shape)
    return np.reshape(block @ states.reshape(-1, 4, inner), states.shape)


def _generator(state: NDArray[np.float64], qubit: int) -> NDArray[np.float64]:
    """``J state / 2`` with ``J = [[0, -1], [1, 0]]`` on ``qubit``, since ``dRY/da = J RY / 2``."""
    partners, halves = _partners(len(state), qubit)
    return state[partners] * halves


@lru_cache(maxsize=256)
def _partners(length: int, qubit: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Each index with its bit ``qubit`` flipped, and the factor 1/2 with the sign of ``J``."""
    index = np.arange(length)
    return index ^ (1 << qubit), np.where(index & (1 << qubit), 0.5, -0.5)
