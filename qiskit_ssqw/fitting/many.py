"""Fit many targets in parallel."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._progress import progress_bar
from qiskit_ssqw.fitting.checkpoint import Checkpoint, read_fit, warn_of_unsaved
from qiskit_ssqw.fitting.entry import draw_seed, fit
from qiskit_ssqw.fitting.moves import independent_bits
from qiskit_ssqw.fitting.request import as_flips
from qiskit_ssqw.fitting.result import FitResult, assess
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk

_RUN_LENGTH = 50
_MOST_JOBS = 4096
_ADVICE = "raise the tolerance, allow more two-qubit gates or fit this target on its own"


def fit_many(
    targets: Iterable[TargetDistribution],
    *,
    tolerance: float = 1e-3,
    n_jobs: int | None = None,
    warm_start: bool = True,
    seed: int | None = None,
    progress: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
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
        checkpoint: A folder, made if there is none, for a file of each finished fit. The same call
            goes on with it where an earlier one was interrupted; what changes the request changes
            the names of its files. It needs a seed, and is shared by all workers.
        **fit_options: Further options of `fit`, such as ``max_two_qubit_gates``, ``signs``, or
            ``max_seconds`` for each target.

    Returns:
        One result per target, in their order. A fit that fails for whatever reason is a result
        that says so.

    Raises:
        OSError: The folder of the checkpoint cannot be made.
        RuntimeError: A worker process was killed; the message says how many fits are saved.
        TypeError: An element of ``targets`` is no target, or an option is unknown.
        ValueError: An option has an invalid value, or a checkpoint has no seed.

    Warns:
        CheckpointWarning: A file of the checkpoint is damaged, or cannot be written.

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

    family = check.sequence(targets, "targets")
    for target in family:
        if not isinstance(target, TargetDistribution):
            raise TypeError(f"targets must hold TargetDistribution objects, got {target!r}")
    check.open_unit_interval(tolerance, "tolerance")
    options = {**fit_options, "tolerance": tolerance, "seed": seed}
    if "starts" in options:  # each fit reads them, perhaps where nobody registered their kind
        options["starts"] = as_flips(options["starts"])
    for shape in {target.register_sizes for target in family}:
        _try_options(shape, options)
    check.flag(warm_start, "warm_start")
    if (
        n_jobs is not None
        and check.integer(n_jobs, "n_jobs", minimum=-_MOST_JOBS, maximum=_MOST_JOBS) == 0
    ):
        raise ValueError("n_jobs must be a number of workers, or negative, got 0")
    runs = [family[first : first + _RUN_LENGTH] for first in range(0, len(family), _RUN_LENGTH)]
    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, {**options, "warm_start": bool(warm_start)})
    options["seed"] = draw_seed(seed)
    workers = Parallel(n_jobs=n_jobs, return_as="generator" if progress else "list")
    tasks = [(run, warm_start, options, *_known(saved, run)) for run in runs]
    results: list[FitResult] = []
    complaints: list[str] = []
    bar: Any = progress_bar("fit_many", "target", total=len(family)) if progress else nullcontext()
    try:
        with bar:
            for fitted, troubles in workers(delayed(_fit_run)(*task) for task in tasks):
                results.extend(fitted)
                complaints.extend(troubles)
                if progress:
                    bar.update(len(fitted))
    except BrokenProcessPool as error:
        raise RuntimeError(_of_lost(saved, runs)) from error
    warn_of_unsaved(complaints)
    return results


def _known(
    saved: Checkpoint | None, run: Sequence[TargetDistribution]
) -> tuple[list[Path | None], list[FitResult | None]]:
    """The files of a run's fits and what they hold, with None for what there is not."""
    if saved is None:
        return [None] * len(run), [None] * len(run)
    paths = saved.paths(run)
    return [*paths], [read_fit(*pair) for pair in zip(paths, run, strict=True)]


def _of_lost(saved: Checkpoint | None, runs: Sequence[Sequence[TargetDistribution]]) -> str:
    text = "a worker process was killed, for want of memory perhaps: "
    if saved is None:
        return f"{text}the fits of this call are lost; give a folder, checkpoint=, to keep them"
    count, total = sum(map(saved.num_saved, runs)), sum(map(len, runs))
    return f"{text}{count} of {total} fits are in {saved.folder}, the same call goes on from there"


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
    targets: Sequence[TargetDistribution],
    warm_start: bool,
    options: dict[str, Any],
    paths: Sequence[Path | None],
    known: Sequence[FitResult | None],
) -> tuple[list[FitResult], list[str]]:
    """Fit targets one after the other, and tell why results could not be saved."""
    results: list[FitResult] = []
    complaints = []
    keeps = True
    for target, path, result in zip(targets, paths, known, strict=True):
        if result is None:
            similar = _similar_walks(target, results) if warm_start else []
            starts = [*options.get("starts", ()), *similar]
            try:
                result = fit(target, **{**options, "starts": starts})
            except Exception as error:  # one target must not cost the others
                result, path = _failure(target, options, error), None
                keeps = not warm_start  # what starts without this walk is another fit next time
            complaints += _save(result, path) if keeps and path is not None else []
        results.append(result)
    return results, complaints


def _save(result: FitResult, path: Path) -> list[str]:
    try:
        result.save(path)
    except OSError as error:  # such as a full disk: the result itself is there
        return [str(error)]
    return []


def _similar_walks(
    target: TargetDistribution, results: Sequence[FitResult]
) -> list[MultiscaleWalk]:
    """The walk of the target closest to this one, of those that were met on the same registers."""
    walks = [
        (total_variation(target.probabilities, result.target.probabilities), result.walk)
        for result in results
        if result.success
        and isinstance(result.walk, MultiscaleWalk)
        and result.target.register_sizes == target.register_sizes
    ]
    return [min(walks, key=lambda pair: pair[0])[1]] if walks else []


def _failure(target: TargetDistribution, options: dict[str, Any], error: Exception) -> FitResult:
    """A result that reports an exception; its walk gives each bit its marginal distribution."""
    walk = independent_bits(target.probabilities.ravel())
    result = assess(walk, target, options["tolerance"], advice=_ADVICE, seed=options["seed"])
    if result.success:
        return result
    message = f"The fit stopped with {type(error).__name__}: {error}. {_ADVICE.capitalize()}."
    return replace(result, message=message)
