"""The torus walk: two walkers on two cycles, whose coins the coin operator entangles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.walks.base import Pullback, Walk
from qiskit_ssqw.walks.coins import shift_walker, u_matrices
from qiskit_ssqw.walks.kinds import WalkKind, register_walk_kind
from qiskit_ssqw.walks.momentum import momentum_of_start, shift_phases
from qiskit_ssqw.walks.rotations import PAULI
from qiskit_ssqw.walks.sweeps import coin_gradients, evolve, sensitivities

_MOST_QUBITS = 10_000
_PAULI_PAIRS = np.array([np.kron(pauli, pauli) for pauli in PAULI])


@dataclass(frozen=True, eq=False)
class TorusWalk(Walk):
    """Two split-step walkers with entangled coins: a walk for images and other product grids.

    Each walker has a cycle and a coin qubit of its own. One split step is a coin pair operator,
    ``S+`` of both walkers, another coin pair operator, ``S-`` of both walkers, with the shifts of
    `SplitStepWalk`. A coin pair operator rotates the first coin by ``U(a0, a1, a2)`` and the
    second by ``U(a3, a4, a5)``, then both by ``RXX(a6)``, ``RYY(a7)`` and ``RZZ(a8)``, all in
    Qiskit's conventions. Both coins start in state 0 and are traced out. The walk is in the spirit
    of the entangled extension of Chang et al., arXiv:2504.13532, of which we know the abstract;
    the parametrisation is our own.

    The positions come first among the qubits, then the coins. Dimension 0 lies on the most
    significant position qubits and its coin is the last qubit, so that the probabilities are
    those of a grid of shape ``(2**n1, 2**n2)``, raveled in C order. As for `SplitStepWalk`,
    after ``L`` split steps a walker is within ``L`` sites of its start.

    Args:
        num_position_qubits: Number of position qubits of each cycle, ``(n1, n2)``.
        coin_angles: Angles in radians, shape ``(steps, 2, 9)``.
        start: Site of each cycle on which its walker starts.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An array has the wrong shape or is not finite, a cycle has no qubit, the start
            lies off the torus, or there is no step.

    Examples:
        Half an RXX turn: the walkers move both up or both down.

        >>> import math
        >>> import numpy as np
        >>> from qiskit_ssqw.walks import TorusWalk
        >>> angles = np.zeros((1, 2, 9))
        >>> angles[0, 0, 6] = math.pi / 2
        >>> loaded = TorusWalk((2, 2), angles, start=(1, 1)).probabilities().reshape(4, 4)
        >>> round(float(loaded[0, 0]), 6), round(float(loaded[2, 2]), 6)
        (0.5, 0.5)
    """

    num_position_qubits: tuple[int, int]
    coin_angles: Array
    start: tuple[int, int]

    def __init__(
        self,
        num_position_qubits: Sequence[int],
        coin_angles: ArrayLike,
        *,
        start: Sequence[int] = (0, 0),
    ) -> None:
        sizes = _two_integers(
            num_position_qubits, "num_position_qubits", minimum=1, most=_MOST_QUBITS
        )
        site = _two_integers(start, "start", minimum=0)
        rows, columns = (2**size for size in sizes)
        if site[0] >= rows or site[1] >= columns:
            raise ValueError(f"start must lie on the torus of {rows} x {columns} sites, got {site}")
        angles = check.real_array(coin_angles, "coin_angles", shape=(None, 2, 9))
        if len(angles) == 0:
            raise ValueError("coin_angles must hold at least one split step, got none")
        self._set(num_qubits=sum(sizes) + 2, num_position_qubits=sizes)
        self._set(coin_angles=angles, start=site)

    @classmethod
    def template(
        cls,
        num_position_qubits: Sequence[int],
        steps: int,
        *,
        start: Sequence[int] | None = None,
    ) -> Self:
        """Return a walk of some size whose angles, all zero, are to be fitted.

        Args:
            num_position_qubits: Number of position qubits of each cycle.
            steps: Split steps, at least 1.
            start: Site of each cycle; by default the middle, from which all sites are near.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: ``steps`` or a number of qubits is below 1, or the start is off the torus.

        Examples:
            >>> from qiskit_ssqw.walks import TorusWalk
            >>> walk = TorusWalk.template((3, 2), 4)
            >>> walk.start, walk.num_parameters
            ((4, 2), 72)
        """
        sizes = _two_integers(
            num_position_qubits, "num_position_qubits", minimum=1, most=_MOST_QUBITS
        )
        angles = np.zeros((check.integer(steps, "steps", minimum=1, maximum=10**6), 2, 9))
        middle = [2 ** (size - 1) for size in sizes]
        return cls(sizes, angles, start=middle if start is None else start)

    @property
    def num_steps(self) -> int:
        """Number of split steps."""
        return len(self.coin_angles)

    @property
    def num_value_qubits(self) -> int:
        return sum(self.num_position_qubits)

    @property
    def two_qubit_gates(self) -> int:
        """CX count of the Fourier form, ``2 T (1 + 2 n1 + 2 n2) + sum n_i (n_i - 1)``.

        Each of the ``2 T`` half steps takes 3 CX for the coin pair and ``2 n_i - 1`` per walker,
        and each inverse Fourier transform takes ``n_i (n_i - 1)``.
        """
        half_step = 3 + sum(2 * size - 1 for size in self.num_position_qubits)
        transforms = sum(size * (size - 1) for size in self.num_position_qubits)
        return 2 * self.num_steps * half_step + transforms

    @property
    def parameters(self) -> Array:
        """The nine angles of each coin pair operator, in order."""
        return self.coin_angles.ravel()

    def with_parameters(self, parameters: ArrayLike) -> Self:
        angles = self._check_parameters(parameters).reshape(-1, 2, 9)
        return type(self)(self.num_position_qubits, angles, start=self.start)

    def vjp(self, parameters: ArrayLike) -> tuple[Complex, Pullback]:
        coins, derivatives = _coin_pairs(self._check_parameters(parameters).reshape(-1, 9))
        state = self._evolve(coins)

        def pullback(cotangent: NDArray[Any]) -> Array:
            cotangent = np.array(cotangent, dtype=complex).reshape(4, -1)
            schedule = self._schedule(coins)
            return coin_gradients(
                coins, derivatives, schedule, self._shift_both, state, cotangent
            ).ravel()

        return state.flatten(), pullback

    def jacobian(self, parameters: ArrayLike) -> tuple[Complex, Complex]:
        coins, derivatives = _coin_pairs(self._check_parameters(parameters).reshape(-1, 9))
        tangents = self._tangents(coins, derivatives)
        return self._evolve(coins).ravel(), tangents.reshape(self.num_parameters, -1).T

    def __repr__(self) -> str:
        first, second = self.num_position_qubits
        return f"<TorusWalk: {first} + {second} position qubits, {self.num_steps} split steps>"

    @property
    def _sites(self) -> tuple[int, int]:
        first, second = self.num_position_qubits
        return 2**first, 2**second

    def _schedule(self, coins: Complex) -> Iterator[tuple[int, int]]:
        """Yield each half step as (index of the coin pair, shift after it)."""
        for index in range(len(coins)):
            yield index, -1 if index % 2 else 1

    def _evolve(self, coins: Complex) -> Complex:
        """The final state as an array (coin pair, site)."""
        state = np.zeros((4, np.prod(self._sites)), dtype=complex)
        state[0, np.ravel_multi_index(self.start, self._sites)] = 1.0
        return evolve(state, coins, self._schedule(coins), self._shift_both)

    def _shift_both(self, state: Complex, shift: int, *, undo: bool = False) -> None:
        """Shift both walkers in place."""
        axes = state.reshape(2, 2, *self._sites)
        for dimension in (0, 1):
            walker = np.moveaxis(axes, (dimension, 2 + dimension), (-2, -1))
            shift_walker(walker, shift, undo=undo)

    def _tangents(self, coins: Complex, derivatives: Complex) -> Complex:
        """Derivatives of the final state, shape ``(coin pairs, 9, 4, sites)``."""
        first, second = map(shift_phases, self._sites)
        factors = [_by_pair(first[shift], second[shift]) for _, shift in self._schedule(coins)]
        start = _by_pair(*map(momentum_of_start, self.start, self._sites))
        columns = sensitivities(coins, derivatives, factors, start)
        grids = columns.reshape(*columns.shape[:-1], *self._sites)
        return np.fft.ifft2(grids).reshape(columns.shape)


def _two_integers(
    values: Sequence[int], name: str, *, minimum: int, most: int | None = None
) -> tuple[int, int]:
    given = check.sequence(values, name)
    numbers = [
        check.integer(value, f"each of {name}", minimum=minimum, maximum=most) for value in given
    ]
    if len(numbers) != 2:
        raise ValueError(f"{name} must be two integers, got {values!r}")
    return numbers[0], numbers[1]


def _coin_pairs(angles: Array) -> tuple[Complex, Complex]:
    """The coin pair operator of each row of nine angles, and its derivative by each of them.

    Returns:
        Shapes ``(rows, 4, 4)`` and ``(rows, 9, 4, 4)``, the first coin being more significant.
    """
    coins, by_angle = u_matrices(angles[:, :6].reshape(-1, 3))
    first, second = coins[0::2], coins[1::2]
    by_first = _kron(by_angle[0::2], second[:, None])
    by_second = _kron(first[:, None], by_angle[1::2])
    half = angles[:, 6:, None, None] / 2
    turns = np.cos(half) * np.eye(4) - 1j * np.sin(half) * _PAULI_PAIRS
    entanglers = turns[:, 0] @ turns[:, 1] @ turns[:, 2]
    pairs = entanglers @ _kron(first, second)
    by_local = entanglers[:, None] @ np.concatenate([by_first, by_second], axis=1)
    by_entangling = -0.5j * _PAULI_PAIRS @ pairs[:, None]
    return pairs, np.concatenate([by_local, by_entangling], axis=1)


def _kron(first: Complex, second: Complex) -> Complex:
    """Kronecker products of 2x2 matrices, over all leading axes."""
    product: Complex = np.einsum("...ab,...cd->...acbd", first, second)
    return product.reshape(*product.shape[:-4], 4, 4)


def _by_pair(first: Complex, second: Complex) -> Complex:
    """Products of two arrays (coin, momentum) as one array (coin pair, momentum)."""
    product: Complex = np.einsum("ax,by->abxy", first, second)
    return product.reshape(4, -1)


register_walk_kind(
    WalkKind(
        TorusWalk,
        title="torus walk",
        gate="qiskit_ssqw.circuit.walk_gates:TorusWalkGate",
    )
)
