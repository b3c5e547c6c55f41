"""Search for a lattice walk that loads a target to rounding error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.exact.chirp import chirp_coins, chirp_spinors
from qiskit_ssqw.exact.coins import Sites, newton, turned, u_angles
from qiskit_ssqw.exact.spinors import complementary_spinors, strip_layers
from qiskit_ssqw.fitting.record import Candidate, Recorder, Stopped
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import SplitStepWalk
from qiskit_ssqw.walks.momentum import MomentumWalk

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Try = Callable[[], SplitStepWalk]

_EXACT = 1e-11
_BEYOND_REPAIR = 1e-3
_EMPTY = 1e-100
_SMOOTH_FROM = 1e-3
_NEWTON_STEPS = 40
_TILTS = (0.1, 0.3, 0.02)
_LENGTHS = (1.25, 1.5, 2.0, 3.0, 4.0)
_QUICK = 256
_TRIES = 7
_NOISE = 0.1


def shortest_exact_walk(
    probabilities: Array, rng: np.random.Generator, recorder: Recorder
) -> SplitStepWalk:
    """Find an exact walk with traced-out coin, of one half step less than the target has sites.

    Where the probabilities do not vanish this is possible but for small, uneven targets; otherwise
    longer walks, which go around the cycle more than once, are tried. No walk loads a target with
    too few occupied sites, as the spinors' autocorrelations around the cycle vanish for all walks.

    Args:
        probabilities: The target, one number per site.
        rng: For further tries.
        recorder: Told of every evaluation.

    Returns:
        The first walk that is exact to rounding, or else the best one found.
    """
    return _first_exact(_Tries(probabilities, rng, recorder).in_order(), probabilities, recorder)


def exact_angles(
    walk: SplitStepWalk, probabilities: Array, rng: np.random.Generator, recorder: Recorder
) -> SplitStepWalk:
    """Turn the coins of a walk of given structure until it loads the target.

    Args:
        walk: A walk with U coins and without repetitions; its angles do not matter.
        probabilities: The target, one number per site that the walk loads.
        rng: For further tries.
        recorder: Told of every evaluation.

    Returns:
        The first walk that is exact to rounding, or else the best one found.
    """
    coins = _chirp(walk, probabilities)

    def attempt(noise: float) -> SplitStepWalk:
        return _newton(walk, probabilities, _stirred(coins, rng, noise), recorder)

    tries = [partial(attempt, noise) for noise in (0.0, *[_NOISE] * _TRIES)]
    return _first_exact(tries, probabilities, recorder)


def _first_exact(tries: Iterable[Try], probabilities: Array, recorder: Recorder) -> SplitStepWalk:
    """Run tries up to the first one that succeeds, or until time is up; return the best walk."""
    error, found = partial(_error, probabilities), []
    try:
        for attempt in tries:
            found.append(attempt())
            if error(found[-1]) <= _EXACT:
                break
            recorder.watch_the_clock()
    except Stopped:
        found += [candidate.walk() for candidate in recorder.candidates]
    return min(found, key=error)


def _error(probabilities: Array, walk: SplitStepWalk) -> float:
    return total_variation(probabilities, walk.probabilities())


class _Tries:
    """Walks of several lengths, and where on the cycle they begin, for one target."""

    def __init__(self, probabilities: Array, rng: np.random.Generator, recorder: Recorder) -> None:
        self._probabilities, self._rng, self._recorder = probabilities, rng, recorder
        self._first, support = _support(probabilities)
        self._on_support = np.roll(probabilities, -self._first)[:support]

    def in_order(self) -> list[Try]:
        """The tries, the most promising first."""
        lines: list[Try] = []
        if self._on_support.min() > 0:
            lines = [partial(self.on_line, tilt) for tilt in _TILTS]
        smooth = self._probabilities.min() * len(self._probabilities) >= _SMOOTH_FROM
        tries = [*self._cycles(1.0), *lines[:1]] if smooth else [*lines[:1], *self._cycles(1.0)]
        if len(self._probabilities) <= _QUICK:
            tries += [*lines[1:], *self._cycles(1.0, 1.0, noise=_NOISE)]
        return [*tries, *self._cycles(*_LENGTHS), *self._cycles(*_LENGTHS, noise=_NOISE)]

    def _cycles(self, *lengths: float, noise: float = 0.0) -> list[Try]:
        return [
            partial(self.on_cycle, length, noise)
            for length in lengths
            if self._enough_coins(length)
        ]

    def _enough_coins(self, length: float) -> bool:
        """Whether the coins have as many angles as there are conditions on the amplitudes."""
        sites = len(self._probabilities)
        tiny = np.count_nonzero(Sites(np.sqrt(self._probabilities), absorbed=False).tiny)
        return 2 * length * sites > sites + 3 * int(tiny)

    def on_line(self, tilt: float) -> SplitStepWalk:
        """Complementary spinors, layer stripping, and Newton's method against its errors."""
        weights = self._on_support / self._on_support.sum()
        spinors = complementary_spinors(chirp_spinors(weights, tilt))
        coins = strip_layers(spinors)  # the last one only turns the coin that is traced out
        coins = coins[: max(len(coins) - 1, 1)]
        stripped = self._finish(coins, self._first, steps=0)
        if _EXACT < _error(self._probabilities, stripped) <= _BEYOND_REPAIR:
            return self._finish(coins, self._first)
        return stripped

    def on_cycle(self, length: float, noise: float) -> SplitStepWalk:
        """A chirp around the whole cycle, from the most probable site on, and Newton's method."""
        sites = len(self._probabilities)
        first = int(np.argmax(self._probabilities))
        half_steps = max(int(np.ceil(length * sites)) - 1, 1)
        weights = np.resize(np.roll(self._probabilities, -first), half_steps + 1)
        coins = _stirred(chirp_coins(weights / weights.sum())[:-1], self._rng, noise)
        return self._finish(coins, first)

    def _finish(self, coins: Complex, first: int, *, steps: int = _NEWTON_STEPS) -> SplitStepWalk:
        """Newton's method on the coins of half steps that fill the cycle from ``first`` on."""
        still = len(coins) % 2  # the first S+ does nothing to coin 0
        if still:
            coins = np.concatenate([np.eye(2)[None], coins])
        half, sites = len(coins) // 2, len(self._probabilities)
        walk = SplitStepWalk(
            sites.bit_length() - 1, np.zeros((half, 2, 3)), start=(first + half) % sites
        )
        return _newton(walk, self._probabilities, coins, self._recorder, still=still, steps=steps)


def chirped(walk: SplitStepWalk, probabilities: Array) -> SplitStepWalk:
    """The walk of the same structure whose coins make a chirp, close to the target.

    Args:
        walk: A walk with U coins and without repetitions; its angles do not matter.
        probabilities: The target, one number per site that the walk loads.
    """
    return _with_coins(walk, _chirp(walk, probabilities))


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
    recorder: Recorder,
    *,
    still: int = 0,
    steps: int = _NEWTON_STEPS,
) -> SplitStepWalk:
    """Turn the coins of a walk, but for the first ``still`` of them, by Newton's method."""
    sites = Sites(np.sqrt(probabilities), walk.coin == "absorbed")
    shifts = [shift for _, shift in walk.schedule()]
    momentum = MomentumWalk(shifts, walk.start, 2**walk.num_position_qubits)
    size = walk.num_value_qubits, walk.two_qubit_gates

    def observe(cost: float, turned_coins: Complex) -> None:
        recorder.offer(Candidate(*size, cost, partial(_with_coins, walk, turned_coins)))
        recorder.record(*size, np.array([cost]))

    return _with_coins(walk, newton(momentum, sites, coins, still, observe, steps=steps))


def _with_coins(walk: SplitStepWalk, coins: Complex) -> SplitStepWalk:
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
