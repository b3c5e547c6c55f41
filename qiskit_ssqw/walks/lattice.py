"""The lattice walk: the split-step quantum walk on a cycle of sites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.walks.base import Pullback, Walk
from qiskit_ssqw.walks.coins import as_u, shift_walker, single_coin, step_angles, u_matrices
from qiskit_ssqw.walks.kinds import WalkKind, register_walk_kind
from qiskit_ssqw.walks.momentum import MomentumWalk
from qiskit_ssqw.walks.sweeps import coin_gradients, evolve

_MOST_QUBITS, _MOST_STEPS, _MOST_REPETITIONS = 10_000, 10**6, 10**5

CoinRole = Literal["traced", "absorbed"]
CoinKind = Literal["ry", "u"]


@dataclass(frozen=True, eq=False)
class SplitStepWalk(Walk):
    r"""A split-step quantum walk (SSQW) on a cycle of ``2**num_position_qubits`` sites.

    One split step is ``S- C2 S+ C1``: the coin rotation ``C1``, then ``S+``, which moves the
    walker one site up if the coin is 1, then ``C2``, then ``S-``, which moves it one site down
    if the coin is 0 (Chang et al., arXiv:2302.12500). The walker starts on site ``start`` with
    coin 0. Coins are ``RY(theta)`` or Qiskit's ``U(theta, phi, lam)``.

    After ``L`` split steps only the sites within ``L`` of the start can be occupied; with
    ``2 L + 1 < 2**num_position_qubits`` some sites have probability zero whatever the angles.

    Args:
        num_position_qubits: Number of position qubits ``n``.
        coin_angles: Coin angles in radians of one block of split steps: shape ``(steps, 2)``
            for RY coins, ``(steps, 2, 3)`` for U coins.
        start: Site on which the walker starts, ``0 <= start < 2**n``.
        initial_coin: Coin rotation before the first step: one angle (RY) or three (U).
        final_coin: Coin rotation after the last step: one angle (RY) or three (U).
        repetitions: How often the block is repeated with the same angles. In multi-SSQW
            (arXiv:2308.01844) ``k`` investors and ``T`` time steps are a block of ``k`` steps
            with ``T`` repetitions, ``3 + 6 k`` parameters with U coins.
        coin: ``"traced"``: only the position is read, ``2**n`` sites on ``n + 1`` qubits, the
            coin last and still entangled. ``"absorbed"``: the coin is read as the least
            significant bit, ``2**(n+1)`` sites on ``n + 1`` qubits.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An array has the wrong shape or is not finite, the start lies off the cycle,
            there is no step, or ``coin`` is neither word.

    Examples:
        A fair coin and one step: the walker has not moved, or has moved up then stayed.

        >>> import math
        >>> from qiskit_ssqw import SplitStepWalk
        >>> walk = SplitStepWalk(2, [[math.pi / 2, 0]], start=1)
        >>> walk.probabilities().round(6).tolist()
        [0.5, 0.0, 0.5, 0.0]
    """

    num_position_qubits: int
    coin_angles: Array
    start: int
    initial_coin: Array | None
    final_coin: Array | None
    repetitions: int
    coin: CoinRole

    def __init__(
        self,
        num_position_qubits: int,
        coin_angles: ArrayLike,
        *,
        start: int = 0,
        initial_coin: ArrayLike | None = None,
        final_coin: ArrayLike | None = None,
        repetitions: int = 1,
        coin: CoinRole = "traced",
    ) -> None:
        size = num_position_qubits
        size = check.integer(size, "num_position_qubits", minimum=1, maximum=_MOST_QUBITS)
        start = check.integer(start, "start", minimum=0)
        if start >= 2**size:
            raise ValueError(f"start must be below the {2**size} sites of the cycle, got {start}")
        self._set(
            num_qubits=size + 1,
            num_position_qubits=size,
            coin_angles=step_angles(coin_angles),
            start=start,
            initial_coin=single_coin(initial_coin, "initial_coin"),
            final_coin=single_coin(final_coin, "final_coin"),
            repetitions=check.integer(
                repetitions, "repetitions", minimum=1, maximum=_MOST_REPETITIONS
            ),
            coin=check.one_of(coin, get_args(CoinRole), "coin"),
        )

    @classmethod
    def template(
        cls,
        num_position_qubits: int,
        steps: int,
        *,
        coins: CoinKind = "u",
        coin: CoinRole = "traced",
        repetitions: int = 1,
        start: int = 0,
        initial_coin: bool = True,
        final_coin: bool | None = None,
    ) -> Self:
        """Return a walk of some structure whose angles, all zero, are to be fitted.

        Args:
            num_position_qubits: Number of position qubits.
            steps: Split steps in one block, at least 1.
            coins: ``"ry"`` (one angle each) or ``"u"`` (three).
            coin: ``"traced"`` or ``"absorbed"``.
            repetitions: How often the block is repeated with the same angles.
            start: Site on which the walker starts.
            initial_coin: Whether the coin is rotated before the first step.
            final_coin: Whether it is rotated after the last one; by default if it is absorbed.

        Raises:
            ValueError: ``steps`` is below 1, or ``coins`` or ``coin`` is an unknown word.

        Examples:
            >>> from qiskit_ssqw import SplitStepWalk
            >>> SplitStepWalk.template(3, 2, repetitions=3).num_parameters
            15
        """
        angles = () if check.one_of(coins, get_args(CoinKind), "coins") == "ry" else (3,)
        final = coin == "absorbed" if final_coin is None else final_coin
        return cls(
            num_position_qubits,
            np.zeros((check.integer(steps, "steps", minimum=1, maximum=_MOST_STEPS), 2, *angles)),
            start=start,
            initial_coin=np.zeros(angles) if check.flag(initial_coin, "initial_coin") else None,
            final_coin=np.zeros(angles) if check.flag(final, "final_coin") else None,
            repetitions=repetitions,
            coin=coin,
        )

    @property
    def num_steps(self) -> int:
        """Number of split steps, repetitions included."""
        return len(self.coin_angles) * self.repetitions

    @property
    def num_value_qubits(self) -> int:
        return self.num_qubits if self.coin == "absorbed" else self.num_position_qubits

    @property
    def position_qubits(self) -> list[int]:
        first = int(self.coin == "absorbed")  # the coin is the least significant bit
        return list(range(first, first + self.num_position_qubits))

    @property
    def two_qubit_gates(self) -> int:
        """CX count of the Fourier form, ``2 T (2 n - 1) + n (n - 1)`` for ``T`` split steps."""
        size = self.num_position_qubits
        return 2 * self.num_steps * (2 * size - 1) + size * (size - 1)

    @property
    def parameters(self) -> Array:
        """Angles of the initial coin, of the block's coins in order, and of the final coin."""
        return np.concatenate([part.ravel() for part in self._parts])

    @property
    def has_free_u_coins(self) -> bool:
        """Whether every coin is a U rotation with angles of its own."""
        return self.repetitions == 1 and bool(self._free_angles().all())

    @property
    def coin_sizes(self) -> list[int]:
        """Number of angles of each coin, 1 (RY) or 3 (U), in the order of `parameters`."""
        is_u = self._free_angles()[:, 1]
        return [3 if three else 1 for three in is_u]

    def schedule(self) -> Iterator[tuple[int, int]]:
        """Yield the walk as (index of the coin, shift after it), repetitions written out.

        A shift is +1 for S+, -1 for S-, and 0 for none.
        """
        first = 0 if self.initial_coin is None else 1
        half_steps = 2 * len(self.coin_angles)
        if self.initial_coin is not None:
            yield 0, 0
        for _ in range(self.repetitions):
            for index in range(half_steps):
                yield first + index, -1 if index % 2 else 1
        if self.final_coin is not None:
            yield first + half_steps, 0

    def position_history(self) -> Array:
        """Probability of each site of the cycle at the start and after each half step.

        Shape ``(1 + 2 * num_steps, 2**num_position_qubits)``; the coin is not looked at.
        """
        coins = self._coins(self.parameters)[0]
        state = self._first_state()
        history = [np.abs(state) ** 2]
        for index, shift in self.schedule():
            state = evolve(state, coins, [(index, shift)], shift_walker)
            if shift:
                history.append(np.abs(state) ** 2)
        return np.asarray(np.sum(history, axis=1))

    def with_parameters(self, parameters: ArrayLike) -> Self:
        pieces = iter(self._split(self._check_parameters(parameters)))
        initial = None if self.initial_coin is None else next(pieces)
        return type(self)(
            self.num_position_qubits,
            next(pieces),
            start=self.start,
            initial_coin=initial,
            final_coin=None if self.final_coin is None else next(pieces),
            repetitions=self.repetitions,
            coin=self.coin,
        )

    def vjp(self, parameters: ArrayLike) -> tuple[Complex, Pullback]:
        coins, derivatives = self._coins(self._check_parameters(parameters))
        state = self._evolve(coins)

        def pullback(cotangent: NDArray[Any]) -> Array:
            gradients = coin_gradients(
                coins,
                derivatives,
                self.schedule(),
                shift_walker,
                state,
                self._unflatten(cotangent),
            )
            return gradients[self._free_angles()]

        return self._flatten(state), pullback

    def jacobian(self, parameters: ArrayLike) -> tuple[Complex, Complex]:
        coins, derivatives = self._coins(self._check_parameters(parameters))
        order, shifts = zip(*self.schedule(), strict=True)
        tosses = MomentumWalk(shifts, self.start, 2**self.num_position_qubits)
        by_toss = tosses.derivatives(coins[[*order]], derivatives[[*order]])
        tangents = np.zeros((len(coins), *by_toss.shape[1:]), dtype=complex)
        np.add.at(tangents, list(order), by_toss)
        columns = [self._flatten(tangent) for tangent in tangents[self._free_angles()]]
        state = self._evolve(coins)  # not from momentum space: empty sites stay exactly empty
        return self._flatten(state), np.array(columns).T

    def __repr__(self) -> str:
        kind = "U" if self.coin_angles.ndim == 3 else "RY"
        return (
            f"<SplitStepWalk: {self.num_position_qubits} position qubits, {self.num_steps} split "
            f"steps, {kind} coins, coin {self.coin}>"
        )

    @property
    def _parts(self) -> list[Array]:
        """The arrays that make up the parameter vector, in order."""
        parts = (self.initial_coin, self.coin_angles, self.final_coin)
        return [part for part in parts if part is not None]

    def _split(self, vector: Array) -> list[Array]:
        """Cut a parameter vector into arrays shaped as `_parts`."""
        ends = np.cumsum([part.size for part in self._parts])[:-1]
        pieces = np.split(vector, ends)
        return [piece.reshape(part.shape) for piece, part in zip(pieces, self._parts, strict=True)]

    def _coins(self, vector: Array) -> tuple[Complex, Complex]:
        """Coin matrices, shape ``(coins, 2, 2)``, and their derivatives by each parameter."""
        return u_matrices(np.concatenate([as_u(part) for part in self._split(vector)]))

    def _evolve(self, coins: Complex) -> Complex:
        """The final state as an array (coin, position)."""
        return evolve(self._first_state(), coins, self.schedule(), shift_walker)

    def _first_state(self) -> Complex:
        """The walker on its start site with coin 0, as an array (coin, position)."""
        state = np.zeros((2, 2**self.num_position_qubits), dtype=complex)
        state[0, self.start] = 1.0
        return state

    def _free_angles(self) -> NDArray[np.bool_]:
        """Which of the three U angles of each coin are parameters: all, or theta of an RY."""
        kinds = [(as_u(part), part.shape[-1:] == (3,)) for part in self._parts]
        return np.concatenate([np.tile([True, is_u, is_u], (len(rows), 1)) for rows, is_u in kinds])

    def _flatten(self, state: Complex) -> Complex:
        return (state if self.coin == "traced" else state.T).flatten()

    def _unflatten(self, vector: NDArray[Any]) -> Complex:
        """Return a writable copy of a state vector as an array (coin, position)."""
        shape = (2, -1) if self.coin == "traced" else (-1, 2)
        state = np.array(vector, dtype=complex).reshape(shape)
        return state if self.coin == "traced" else np.ascontiguousarray(state.T)


register_walk_kind(
    WalkKind(
        SplitStepWalk,
        title="lattice walk",
        gate="qiskit_ssqw.circuit.walk_gates:SplitStepWalkGate",
        exact="qiskit_ssqw.fitting.exact:exact_walk",
        guess="qiskit_ssqw.exact.search:chirp_guess",
        angles="qiskit_ssqw.visualization.angles:angles_of_half_steps",
    )
)
