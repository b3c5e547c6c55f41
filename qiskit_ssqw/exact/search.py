"""Lattice walks that may load a target to rounding error, the most promising first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.exact.chirp import chirp_coins, chirp_spinors
from qiskit_ssqw.exact.coins import Sites, newton, turned, u_angles
from qiskit_ssqw.exact.spinors import complementary_spinors, strip_layers
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import SplitStepWalk
from qiskit_ssqw.walks.momentum import MomentumWalk

Observe = Callable[[SplitStepWalk, float, Complex], None]
"""Told of the structure, the squared residual and the coins of every evaluation."""

EXACT = 1e-11
"""Total variation distance of an exact walk."""

_BEYOND_REPAIR = 1e-3
_EMPTY = 1e-100
_SMOOTH_FROM = 1e-3
_NEWTON_STEPS = 40
_TILTS = (0.1, 0.3, 0.02)
_LENGTHS = (1.25, 1.5, 2.0, 3.0, 4.0)
_QUICK = 256
_NOISE = 0.1


def shortest_exact_walks(
    probabilities: Array, rng: np.random.Generator, observe: Observe
) -> Iterator[SplitStepWalk]:
    """Walks with traced-out coin, at first of one half step less than the target has sites.

    Where the probabilities do not vanish this is enough but for small, uneven targets; otherwise
    longer walks, which go around the cycle more than once, follow. No walk loads a target with too
    few occupied sites, as the spinors' autocorrelations around the cycle vanish for all walks.

    Args:
        probabilities: The target, one number per site.
        rng: For tries with turned coins.
        observe: Told of every evaluation.
    """
    return _Tries(probabilities, rng, observe).in_order()


def exact_walks_like(
    walk: SplitStepWalk, probabilities: Array, rng: np.random.Generator, observe: Observe
) -> Iterator[SplitStepWalk]:
    """Walks of given structure whose coins were turned until they load the target.

    Args:
        walk: A walk with U coins and without repetitions; its angles do not matter.
        probabilities: The target, one number per site that the walk loads.
        rng: For tries with turned coins.
        observe: Told of every evaluation.

    Yields:
        Where each of endlessly many tries ended.
    """
    coins, noise = _chirp(walk, probabilities), 0.0
    while True:
        yield _newton(walk, probabilities, _stirred(coins, rng, noise), observe)
        noise = _NOISE


class _Tries:
    """Walks of several lengths, and where on the cycle they begin, for one target."""

    def __init__(self, probabilities: Array, rng: np.random.Generator, observe: Observe) -> None:
        self._probabilities, self._rng, self._observe = probabilities, rng, observe
        self._first, support = _support(probabilities)
        self._on_support = np.roll(probabilities, -self._first)[:support]

    def in_order(self) -> Iterator[SplitStepWalk]:
        """Where the tries end, the most promising first."""
        once, lines = self._on_cycles(1.0), self._on_lines()
        smooth = self._probabilities.min() * len(self._probabilities) >= _SMOOTH_FROM
        yield from chain(once, islice(lines, 1)) if smooth else chain(islice(lines, 1), once)
        if len(self._probabilities) <= _QUICK:
            yield from lines
            yield from self._on_cycles(1.0, 1.0, noise=_NOISE)
        yield from self._on_cycles(*_LENGTHS)
        yield from self._on_cycles(*_LENGTHS, noise=_NOISE)

    def _on_lines(self) -> Iterator[SplitStepWalk]:
        """Complementary spinors, layer stripping, and Newton's method against its errors."""
        weights = self._on_support / self._on_support.sum()
        for tilt in _TILTS if weights.min() > 0 else ():
            spinors = complementary_spinors(chirp_spinors(weights, tilt))
            coins = strip_layers(spinors)  # the last one only turns the coin that is traced out
            coins = coins[: max(len(coins) - 1, 1)]
            stripped = self._finish(coins, self._first, steps=0)
            error = total_variation(self._probabilities, stripped.probabilities())
            repairable = EXACT < error <= _BEYOND_REPAIR
            yield self._finish(coins, self._first) if repairable else stripped

    def _on_cycles(self, *lengths: float, noise: float = 0.0) -> Iterator[SplitStepWalk]:
        """A chirp around the whole cycle, from the most probable site on, and Newton's method.

        Args:
            *lengths: Half steps per site.
            noise: How far each coin is turned at first, at random.
        """
        sites = len(self._probabilities)
        first = int(np.argmax(self._probabilities))
        for length in filter(self._enough_coins, lengths):
            half_steps = max(int(np.ceil(length * sites)) - 1, 1)
            weights = np.resize(np.roll(self._probabilities, -first), half_steps + 1)
            coins = _stirred(chirp_coins(weights / weights.sum())[:-1], self._rng, noise)
            yield self._finish(coins, first)

    def _enough_coins(self, length: float) -> bool:
        """Whether the coins have as many angles as there are conditions on the amplitudes."""
        sites = len(self._probabilities)
        tiny = np.count_nonzero(Sites(np.sqrt(self._probabilities), absorbed=False).tiny)
        return 2 * length * sites > sites + 3 * int(tiny)

    def _finish(self, coins: Complex, first: int, *, steps: int = _NEWTON_STEPS) -> SplitStepWalk:
        """Newton's method on the coins of half steps that fill the cycle from ``first`` on."""
        still = len(coins) % 2  # the first S+ does nothing to coin 0
        if still:
            coins = np.concatenate([np.eye(2)[None], coins])
        half, sites = len(coins) // 2, len(self._probabilities)
        walk = SplitStepWalk(
            sites.bit_length() - 1, np.zeros((half, 2, 3)), start=(first + half) % sites
        )
        return _newton(walk, self._probabilities, coins, self._observe, still=still, steps=steps)


def chirp_guess(walk: SplitStepWalk, probabilities: Array) -> SplitStepWalk | None:
    """The walk of the same structure whose coins make a chirp, close to the target.

    Args:
        walk: The structure; its angles do not matter.
        probabilities: The target, one number per site that the walk loads.

    Returns:
        The walk; None if it has RY coins, or repetitions.
    """
    return with_coins(walk, _chirp(walk, probabilities)) if walk.has_free_u_coins else None


def _chirp(walk: SplitStepWalk, probabilities: Array) -> Complex:
    per_site = probabilities.reshape(2**walk.num_position_qubits, -1).sum(axis=1)
    weights = np.resize(np.roll(per_site, walk.num_steps - walk.start), 2 * walk.num_steps + 1)
    if not weights.any():  # the target lies out of reach
        weights = np.ones_like(weights)
    coins = chirp_coins(weights / weights.sum())
    if walk.initial_coin is not None:
        coins = np.concatenate([np.eye(2)[None], coins])
    return coins if walk.final_coin is not None else coins[:-1]


def _newton(
    walk: SplitStepWalk,
    probabilities: Array,
    coins: Complex,
    observe: Observe,
    *,
    still: int = 0,
    steps: int = _NEWTON_STEPS,
) -> SplitStepWalk:
    """Turn the coins of a walk, but for the first ``still`` of them, by Newton's method."""
    sites = Sites(np.sqrt(probabilities), walk.coin == "absorbed")
    shifts = [shift for _, shift in walk.schedule()]
    momentum = MomentumWalk(shifts, walk.start, 2**walk.num_position_qubits)
    turned_coins = newton(momentum, sites, coins, still, partial(observe, walk), steps=steps)
    return with_coins(walk, turned_coins)


def with_coins(walk: SplitStepWalk, coins: Complex) -> SplitStepWalk:
    """The walk of the same structure with these coins, up to their phases."""
    return walk.with_parameters(u_angles(coins).ravel())


def _stirred(coins: Complex, rng: np.random.Generator, noise: float) -> Complex:
    """Turn each coin a little, at random."""
    return turned(coins, noise * rng.normal(size=(len(coins), 3)))


def _support(probabilities: Array) -> tuple[int, int]:
    """First site and length of the shortest arc of the cycle that holds all but empty sites."""
    sites = len(probabilities)
    there = np.flatnonzero(probabilities > _EMPTY)
    if len(there) == sites:
        return int(np.argmin(probabilities + np.roll(probabilities, 1))), sites
    gaps = np.diff(np.append(there, there[0] + sites))
    widest = int(np.argmax(gaps))
    first = int(there[(widest + 1) % len(there)])
    return first, sites - int(gaps[widest]) + 1
