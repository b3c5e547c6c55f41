"""The fewest split steps with which a lattice walk loads a target."""

from __future__ import annotations

from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.entry import draw_seed, fit
from qiskit_ssqw.fitting.record import Callback, Ending
from qiskit_ssqw.fitting.result import FitResult, assess
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import SplitStepWalk

_ADVICE = "let the search run on, or raise the tolerance"


def fit_fewest_steps(
    target: TargetDistribution,
    *,
    tolerance: float = 1e-3,
    start: int | None = None,
    max_steps: int | None = None,
    seed: int | None = None,
    max_seconds: float | None = None,
    callback: Callback | None = None,
    progress: bool = False,
    **structure: Any,
) -> FitResult:
    """Fit lattice walks of more and more split steps, and return the shortest that will do.

    The number of steps is doubled until a fit meets the tolerance, then halved in. Since a fit may
    miss by bad luck, a shorter walk may exist.

    Args:
        target: The distribution to load.
        tolerance: Total variation distance to reach, strictly between 0 and 1.
        start: Site on which the walker starts. By default a long walk goes all around the cycle
            from the most probable site on, and a short one is centred on most of the probability.
        max_steps: Largest number of split steps in a block; by default the number of sites.
        seed: Seed of all fits; by default one is drawn and reported in the result.
        max_seconds: Time in seconds after which the search ends.
        callback: Called with a `FitStep` after each evaluation, each fit counting anew. By raising
            ``StopIteration`` it ends the search.
        progress: Whether to show a progress bar for each fit (needs tqdm, extra ``plot``).
        **structure: Further options of `SplitStepWalk.template`: ``coins``, ``coin``,
            ``repetitions``, ``initial_coin``, ``final_coin``.

    Returns:
        The fit of the shortest walk within the tolerance, or else the best fit of all. The result
        of a search that was ended early says so.

    Raises:
        TypeError: ``target`` is no target, or an option is unknown.
        ValueError: An option is out of range, or an absorbed coin leaves no position qubit.

    Examples:
        Two split steps with U coins, the coin absorbed as the least significant bit.

        >>> from qiskit_ssqw import TargetDistribution
        >>> from qiskit_ssqw.fitting import fit_fewest_steps
        >>> target = TargetDistribution.from_black_scholes(3, 2.0, 0.4, 0.05, 40 / 365)
        >>> result = fit_fewest_steps(target, tolerance=1e-6, coin="absorbed", seed=1)
        >>> result.walk
        <SplitStepWalk: 2 position qubits, 2 split steps, U coins, coin absorbed>
    """
    check.instance(target, TargetDistribution, "target")
    if max_steps is None:
        max_steps = 2**target.num_qubits
    max_steps = check.integer(max_steps, "max_steps", minimum=1)
    start = None if start is None else check.integer(start, "start", minimum=0)
    seed, end = draw_seed(seed), Ending(callback, max_seconds, "search")

    def attempt(steps: int) -> FitResult:
        walk = _structure(target, steps, start, structure)
        return fit(
            target,
            walk=walk,
            tolerance=tolerance,
            seed=seed,
            callback=end.observe,
            progress=progress,
        )

    tried = {1: attempt(1)}
    while end.reason is None and (steps := _steps_to_try(tried, max_steps)) is not None:
        tried[steps] = attempt(steps)
    best = _best(tried)
    if end.reason is None:
        return best
    return assess(
        best.walk,
        target,
        tolerance,
        advice=_ADVICE,
        stop=end.reason,
        seed=seed,
        history=best.history,
    )


def _steps_to_try(tried: dict[int, FitResult], max_steps: int) -> int | None:
    """Double the steps until a fit succeeds, then halve the interval; None at the end."""
    enough = [steps for steps, result in tried.items() if result.success]
    if not enough:
        longest = max(tried)
        return min(2 * longest, max_steps) if longest < max_steps else None
    fewest = min(enough)
    too_few = max([steps for steps in tried if steps < fewest], default=0)
    return (fewest + too_few) // 2 if fewest - too_few > 1 else None


def _best(tried: dict[int, FitResult]) -> FitResult:
    """The shortest within the tolerance, or else that of least error."""
    enough = [steps for steps, result in tried.items() if result.success]
    if enough:
        return tried[min(enough)]
    return min(tried.values(), key=lambda result: result.total_variation)


def _structure(
    target: TargetDistribution, steps: int, start: int | None, options: dict[str, Any]
) -> SplitStepWalk:
    size = target.num_qubits - (options.get("coin") == "absorbed")
    walk = SplitStepWalk.template(size, steps, start=start or 0, **options)
    if start is not None:
        return walk
    per_site = target.probabilities.reshape(2**size, -1).sum(axis=1)
    site = _best_start(per_site, walk.num_steps)
    return SplitStepWalk.template(size, steps, start=site, **options)


def _best_start(probabilities: Array, steps: int) -> int:
    """The start from which a walk of so many split steps covers most, or goes best around."""
    sites = len(probabilities)
    reach = 2 * steps + 1 if 2 * steps + 1 < sites else 1
    around = np.concatenate([probabilities, probabilities[: reach - 1]])
    covered = np.convolve(around, np.ones(reach), "valid")
    return int((np.argmax(covered) + steps) % sites)
