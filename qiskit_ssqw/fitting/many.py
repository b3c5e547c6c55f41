"""Fit many targets in parallel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.contest import Contest
from qiskit_ssqw.fitting.entry import draw_seed, fit
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.grown import FREE_SIGNS
from qiskit_ssqw.fitting.growth import independent_bits
from qiskit_ssqw.fitting.lines import along
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.pruning import prune
from qiskit_ssqw.fitting.record import Deadline, Recorder, Stopped, progress_bar
from qiskit_ssqw.fitting.result import FitResult, assess
from qiskit_ssqw.fitting.unfinished import best_unfinished
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk

_RUN_LENGTH = 50
_WARM_STEPS = 60
_ROOM_TO_PRUNE = 0.6
"""A warm start that ends above this part of the tolerance is hardly pruned any further."""
_ADVICE = "raise the tolerance, allow more two-qubit gates or fit this target on its own"


def fit_many(
    targets: Iterable[TargetDistribution],
    *,
    tolerance: float = 1e-3,
    n_jobs: int | None = None,
    warm_start: bool = True,
    seed: int | None = None,
    progress: bool = False,
    **fit_options: Any,
) -> list[FitResult]:
    """Fit a multiscale walk to each of many targets, such as all maturities of an option surface.

    The work is shared out by joblib. Inside ``with joblib.parallel_config(backend="dask")`` or
    ``"ray"`` it runs on that cluster.

    Args:
        targets: The targets. In runs of 50 targets each fit starts from the walk of the most
            similar target before it, so an option surface should be passed row by row.
        tolerance: Total variation distance to reach, strictly between 0 and 1.
        n_jobs: Number of parallel workers, as in joblib: by default 1, or what
            ``joblib.parallel_config`` says; -1 for all cores. It does not change the results.
        warm_start: Whether a fit may start from the walk of another target. Without it, each
            result is that of `fit` alone.
        seed: Seed of all fits; by default one is drawn and reported in the results.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).
        **fit_options: Further options of `fit`, such as ``max_two_qubit_gates``, ``signs``, or
            ``max_seconds`` for each target.

    Returns:
        One result per target, in their order. A fit that fails for whatever reason is a result
        that says so.

    Raises:
        TypeError: An element of ``targets`` is no target, or an option is unknown.
        ValueError: An option has an invalid value.

    Examples:
        >>> from qiskit_ssqw import TargetDistribution, fit_many
        >>> surface = [
        ...     TargetDistribution.from_black_scholes(3, 100.0, volatility, 0.01, 0.5)
        ...     for volatility in (0.2, 0.25, 0.3)
        ... ]
        >>> [result.two_qubit_gates for result in fit_many(surface, tolerance=1e-6, seed=1)]
        [3, 3, 3]
    """
    from joblib import Parallel, delayed

    family = list(targets)
    for target in family:
        if not isinstance(target, TargetDistribution):
            raise TypeError(f"targets must hold TargetDistribution objects, got {target!r}")
    check.open_unit_interval(tolerance, "tolerance")
    options = {**fit_options, "tolerance": tolerance, "seed": draw_seed(seed)}
    for shape in {target.register_sizes for target in family}:
        _try_options(shape, options)
    runs = [family[first : first + _RUN_LENGTH] for first in range(0, len(family), _RUN_LENGTH)]
    workers = Parallel(n_jobs=n_jobs, return_as="generator" if progress else "list")
    finished = workers(delayed(_fit_run)(run, warm_start, options) for run in runs)
    if not progress:
        return [result for run in finished for result in run]
    results: list[FitResult] = []
    with progress_bar("fit_many", "target", total=len(family)) as bar:
        for run in finished:
            results.extend(run)
            bar.update(len(run))
    return results


def _try_options(register_sizes: tuple[int, ...], options: dict[str, Any]) -> None:
    """Let `fit` raise here, not in a worker, if an option is invalid."""
    if options.get("method", "auto") not in ("auto", "gradient"):
        raise ValueError(f"fit_many grows multiscale walks, got method={options['method']!r}")
    for unwanted in ("walk", "callback"):
        if unwanted in options:
            raise TypeError(f"fit_many takes no {unwanted}: it fits one multiscale walk per target")
    shape = tuple(2**size for size in register_sizes)
    one_site = np.zeros(shape)
    one_site.flat[0] = 1
    fit(TargetDistribution(one_site, [(0, 1)] * len(shape) if shape[1:] else (0, 1)), **options)


def _fit_run(
    targets: Sequence[TargetDistribution], warm_start: bool, options: dict[str, Any]
) -> list[FitResult]:
    """Fit targets one after the other."""
    results: list[FitResult] = []
    warm_start = warm_start and options.get("max_two_qubit_gates") is None
    for target in targets:
        start = _most_similar_walk(target, results) if warm_start else None
        try:
            results.append(_fit_one(target, start, options))
        except Exception as error:  # one target must not cost the others
            results.append(_failure(target, options, error))
    return results


def _fit_one(
    target: TargetDistribution, start: MultiscaleWalk | None, options: dict[str, Any]
) -> FitResult:
    """Fit a target from the walk of another one, or else from scratch in the time that is left."""
    if start is None:
        return fit(target, **options)
    deadline = Deadline(options.get("max_seconds"))
    result = _fit_warm(target, start, options, deadline)
    if result is not None:
        return result
    return fit(target, **options | {"max_seconds": deadline.left})


def _most_similar_walk(
    target: TargetDistribution, results: Sequence[FitResult]
) -> MultiscaleWalk | None:
    """The walk of the target closest to this one, of those that were met on the same registers."""
    walks = [
        (total_variation(target.probabilities, result.target.probabilities), result.walk)
        for result in results
        if result.success
        and isinstance(result.walk, MultiscaleWalk)
        and result.target.register_sizes == target.register_sizes
    ]
    return min(walks, key=lambda pair: pair[0])[1] if walks else None


def _fit_warm(
    target: TargetDistribution, walk: MultiscaleWalk, options: dict[str, Any], deadline: Deadline
) -> FitResult | None:
    """Fit the walk of another target to this one, and prune it; None if it misses."""
    seed, tolerance = options["seed"], options["tolerance"]
    goal = along(walk.line, target.probabilities.ravel())
    free_signs = options.get("signs") == "free" and walk.num_qubits <= FREE_SIGNS
    warm: MultiscaleWalk | None
    with Recorder(deadline=deadline) as recorder:
        start = walk.on_line(range(walk.num_qubits - 1, -1, -1))
        try:
            rng = np.random.default_rng(seed)
            warm = _descend_and_prune(start, goal, tolerance, rng, recorder, free_signs)
        except Stopped:
            warm = best_unfinished(
                Grids(goal), recorder, tolerance=tolerance, free_signs=free_signs
            )
    if warm is None:
        return None
    return assess(
        warm.on_line(walk.line),
        target,
        tolerance,
        advice=_ADVICE,
        stop=recorder.stop,
        seed=seed,
        history=tuple(recorder.history),
    )


def _descend_and_prune(
    start: MultiscaleWalk,
    goal: NDArray[np.float64],
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    free_signs: bool,
) -> MultiscaleWalk | None:
    """Fit a walk from its own angles, and prune it; None if it misses."""
    model = FlipModel(start, goal, free_signs=free_signs)
    contest = Contest(model, start.parameters[None], recorder)
    contest.finish(_WARM_STEPS, until=_ROOM_TO_PRUNE * tolerance / 2)
    warm: MultiscaleWalk
    warm, error = contest.winner(tolerance)
    if error > tolerance:
        return None
    if error > _ROOM_TO_PRUNE * tolerance:
        return warm
    return prune(warm, goal, tolerance, rng, recorder, free_signs=free_signs)[-1]


def _failure(target: TargetDistribution, options: dict[str, Any], error: Exception) -> FitResult:
    """A result that reports an exception; its walk gives each bit its marginal distribution."""
    walk = independent_bits(target.probabilities.ravel())
    result = assess(walk, target, options["tolerance"], advice=_ADVICE, seed=options["seed"])
    if result.success:
        return result
    message = f"The fit stopped with {type(error).__name__}: {error}. {_ADVICE.capitalize()}."
    return replace(result, message=message)
