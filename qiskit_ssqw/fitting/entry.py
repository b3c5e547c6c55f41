"""The one entry to all fitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.budget import EXACT, Budget
from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.growth import Growth
from qiskit_ssqw.fitting.large import descend_by_gradient, jacobians_that_fit
from qiskit_ssqw.fitting.lines import Line, Order, along, candidate_lines, entanglement, levels
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.record import FitStep, Recorder
from qiskit_ssqw.fitting.result import FitResult, assess, check_walk
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import TreeWalk, Walk

Method = Literal["auto", "gradient"]

_RANDOM_STARTS = 7
_HEATS = (Heat(25, 0.0, 2),)
_LAST_STEPS = 2000
_ADVICE_GROWN = "raise the tolerance, allow more two-qubit gates or try another seed"
_ADVICE_FIXED = "raise the tolerance, give the walk more coins and shifts, or try another seed"


def fit(
    target: TargetDistribution,
    *,
    walk: Walk | None = None,
    tolerance: float = 1e-3,
    method: Method = "auto",
    max_two_qubit_gates: int | None = None,
    order: Order | Literal["auto"] | Sequence[int] = "auto",
    seed: int | None = None,
    callback: Callable[[FitStep], None] | None = None,
    progress: bool = False,
) -> FitResult:
    """Find a walk whose probabilities match a target.

    Only probabilities are matched. The amplitudes of the walk are their roots up to signs (or
    phases, for lattice walks), which no expectation of a function of the value can tell.

    Args:
        target: The distribution to load.
        walk: A walk of either kind whose structure is kept and whose angles are fitted, its own
            angles being the first start; if it meets the tolerance, it is returned as it is. By
            default a multiscale walk is grown that meets the tolerance with few two-qubit gates,
            or, where that fails, a tree walk loads the target exactly.
        tolerance: Total variation distance to reach, strictly between 0 and 1.
        method: ``"gradient"``: exact gradients from several random starts. ``"auto"`` chooses it.
        max_two_qubit_gates: Largest number of two-qubit gates of a grown walk, at least 0. The
            result is then the best walk found within this budget, whatever the tolerance. Not to
            be combined with ``walk``.
        order: How the registers of a product grid lie on the line of a grown walk:
            ``"concatenated"``, ``"interleaved"``, ``"mirrored"`` (the most significant bits of
            two registers side by side), or all qubits in the order of the line. ``"auto"`` takes
            the one in which the target has the least entanglement.
        seed: Seed of the random starts; by default one is drawn and reported in the result.
        callback: Called with a `FitStep` after each evaluation.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).

    Returns:
        The result; it says so if the tolerance was missed.

    Raises:
        TypeError: ``target`` or ``walk`` is something else.
        ValueError: The tolerance lies outside (0, 1), the method or order is unknown, the walk
            has another number of sites than the target, or a walk is given together with
            ``max_two_qubit_gates``.

    Examples:
        >>> from qiskit_ssqw import TargetDistribution, fit
        >>> market = dict(spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365)
        >>> result = fit(TargetDistribution.from_black_scholes(3, **market), seed=1)
        >>> result.success, result.two_qubit_gates
        (True, 3)
    """
    if not isinstance(target, TargetDistribution):
        raise TypeError(f"target must be a TargetDistribution, got {target!r}")
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    check.one_of(method, get_args(Method), "method")
    if max_two_qubit_gates is not None:
        check.integer(max_two_qubit_gates, "max_two_qubit_gates", minimum=0)
    if walk is not None:
        check_walk(walk, target)
        if max_two_qubit_gates is not None:
            raise ValueError("max_two_qubit_gates is for grown walks: leave it out with walk=")
    lines = candidate_lines(order, target.register_sizes)
    seed = draw_seed(seed)
    with Recorder(callback, progress) as recorder:
        found: Walk
        if walk is not None:
            rng = np.random.default_rng(seed)
            found = _fit_angles(walk, target.probabilities.ravel(), tolerance, rng, recorder)
        else:
            found = _grow(target, lines, tolerance, max_two_qubit_gates, seed, recorder)
    return assess(
        found,
        target,
        tolerance,
        advice=_ADVICE_GROWN if walk is None else _ADVICE_FIXED,
        fallback=walk is None and isinstance(found, TreeWalk),
        seed=seed,
        history=tuple(recorder.history),
    )


def _grow(
    target: TargetDistribution,
    lines: Sequence[Line],
    tolerance: float,
    budget: int | None,
    seed: int,
    recorder: Recorder,
) -> Walk:
    """Grow a multiscale walk, or fall back to a tree walk where only that will do."""
    probabilities = target.probabilities.ravel()
    tree = TreeWalk.from_probabilities(probabilities)
    line = lines[0]
    if len(lines) > 1:
        line = min(lines, key=lambda line: entanglement(line, probabilities))
    grids = Grids(along(line, probabilities), levels(line, target.register_sizes))
    if budget is not None:
        best = Budget(grids, budget, seed, recorder).run()
        error = total_variation(grids.probabilities, best.probabilities())
        exact_is_affordable = tree.two_qubit_gates <= budget and error > EXACT
        return tree if exact_is_affordable else best.on_line(line)
    walk = Growth(grids, tolerance, np.random.default_rng(seed), recorder).run()
    if walk is None or walk.two_qubit_gates > tree.two_qubit_gates:
        return tree
    return walk.on_line(line)


def _fit_angles(
    walk: Walk,
    probabilities: NDArray[np.float64],
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
) -> Walk:
    """Fit the angles of one walk; the result is never further from the target than the walk."""

    def error(candidate: Walk) -> float:
        return total_variation(probabilities, candidate.probabilities())

    if error(walk) <= tolerance:
        return walk
    starts = rng.normal(size=(1 + _RANDOM_STARTS, walk.num_parameters))
    if jacobians_that_fit(walk) < len(starts):
        rivals = [walk, *(walk.with_parameters(start) for start in starts[1:])]
        rivals = [descend_by_gradient(w, probabilities, _LAST_STEPS, recorder) for w in rivals]
        return min([walk, *rivals], key=error)
    starts[0] = walk.parameters
    contest = Contest(WalkModel(walk, probabilities), starts, recorder)
    contest.heats(_HEATS, until=tolerance)
    contest.finish(_LAST_STEPS, until=tolerance)
    found: Walk = contest.winner(tolerance)[0]
    return min(found, walk, key=error)


def draw_seed(seed: int | None) -> int:
    """Return the seed, or draw one if there is none."""
    if seed is None:
        return int(np.random.default_rng().integers(2**32))
    return check.integer(seed, "seed", minimum=0)
