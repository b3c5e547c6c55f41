"""The one entry to all fitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.budget import EXACT, Budget
from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.exact import chirped, exact_angles, shortest_exact_walk
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.growth import Growth
from qiskit_ssqw.fitting.large import descend_by_gradient, jacobians_that_fit
from qiskit_ssqw.fitting.lines import Line, Order, along, candidate_lines, entanglement, levels
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.record import FitStep, Recorder
from qiskit_ssqw.fitting.result import FitResult, assess, check_walk
from qiskit_ssqw.fitting.variational import Variational
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import SplitStepWalk, TreeWalk, Walk

Method = Literal["auto", "exact", "gradient", "variational"]

_RANDOM_STARTS = 7
_HEATS = (Heat(25, 0.0, 2),)
_CHIRP_STEPS = 50
_LAST_STEPS = 2000
_ADVICE_GROWN = "raise the tolerance, allow more two-qubit gates or try another seed"
_ADVICE_FIXED = "raise the tolerance, give the walk more coins and shifts, or try another seed"
_ADVICE_TRAINED = "allow more evaluations (resume=), more shots or another optimizer"
_ADVICE_EXACT = (
    "no lattice walk may load it, for few sites are occupied or their probabilities are uneven; "
    "give the walk more steps, try another seed, or grow a multiscale walk instead"
)


def fit(
    target: TargetDistribution,
    *,
    walk: Walk | None = None,
    tolerance: float = 1e-3,
    method: Method | Variational = "auto",
    max_two_qubit_gates: int | None = None,
    order: Order | Literal["auto"] | Sequence[int] = "auto",
    seed: int | None = None,
    callback: Callable[[FitStep], None] | None = None,
    progress: bool = False,
    resume: FitResult | None = None,
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
        method: How the angles are found.
            ``"gradient"``, which ``"auto"`` chooses: exact gradients from several starts.
            ``"exact"``: a lattice walk that is exact to rounding, with one half step less than the
            target has sites (more where probabilities vanish); or the exact angles of a given
            lattice walk with U coins of its own for each step.
            ``"variational"``, or a `Variational` with options: a given walk trained by an optimiser
            that sees only samples of its circuit.
        max_two_qubit_gates: Largest number of two-qubit gates of a grown walk, at least 0. The
            result is then the best walk found within this budget, whatever the tolerance.
        order: How the registers of a product grid lie on the line of a grown walk:
            ``"concatenated"``, ``"interleaved"``, ``"mirrored"`` (the most significant bits of
            two registers side by side), or all qubits in the order of the line. ``"auto"`` takes
            the one in which the target has the least entanglement.
        seed: Seed of the random starts; by default one is drawn and reported in the result.
        callback: Called with a `FitStep` after each evaluation.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).
        resume: An interrupted variational fit of the same walk and target. With the same options,
            it goes on as if it had not been interrupted; samplers must not depend on earlier calls.

    Returns:
        The result; it says so if the tolerance was missed.

    Raises:
        TypeError: ``target`` or ``walk`` is something else.
        ValueError: The tolerance lies outside (0, 1), the method or order is unknown, the walk
            has another number of sites than the target, the method does not go with the walk, with
            ``max_two_qubit_gates`` or with ``resume``, or ``resume`` is another fit.

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
    if walk is not None:
        check_walk(walk, target)
    solver = _solver(method, walk, max_two_qubit_gates, resume)
    lines = candidate_lines(order, target.register_sizes)
    seed = check.seed(seed)
    if resume is not None:
        seed = _seed_to_resume(resume, walk, target, seed)
    seed = draw_seed(seed)
    probabilities, rng = target.probabilities.ravel(), np.random.default_rng(seed)
    advice = _ADVICE_FIXED
    with Recorder(callback, progress) as recorder:
        found: Walk
        if isinstance(solver, Variational) and walk is not None:
            past = () if resume is None else resume.history
            found, advice = solver.run(walk, target, seed, recorder, past), _ADVICE_TRAINED
        elif solver == "exact" and isinstance(walk, SplitStepWalk):
            found, advice = exact_angles(walk, probabilities, rng, recorder), _ADVICE_EXACT
        elif solver == "exact":
            found, advice = shortest_exact_walk(probabilities, rng, recorder), _ADVICE_EXACT
        elif walk is not None:
            found = _fit_angles(walk, probabilities, tolerance, rng, recorder)
        else:
            found = _grow(target, lines, tolerance, max_two_qubit_gates, seed, recorder)
            advice = _ADVICE_GROWN
    return assess(
        found,
        target,
        tolerance,
        advice=advice,
        fallback=walk is None and isinstance(found, TreeWalk),
        seed=seed,
        history=tuple(recorder.history),
    )


def _solver(
    method: Method | Variational, walk: Walk | None, budget: int | None, resume: FitResult | None
) -> Literal["exact", "gradient"] | Variational:
    """Return what the method stands for, if it goes with the other arguments."""
    if not isinstance(method, Variational):
        check.one_of(method, get_args(Method), "method")
    if budget is not None:
        check.integer(budget, "max_two_qubit_gates", minimum=0)
        if walk is not None:
            raise ValueError("max_two_qubit_gates is for grown walks: leave it out with walk=")
        if method not in ("auto", "gradient"):
            raise ValueError(f"max_two_qubit_gates is for grown walks, not for method={method!r}")
    if method == "variational" or isinstance(method, Variational):
        if walk is None:
            raise ValueError("a variational fit needs walk=, the structure to train")
        return Variational() if isinstance(method, str) else method
    if resume is not None:
        raise ValueError(f"resume is for variational fits, not for method={method!r}")
    if method != "exact":
        return "gradient"
    if walk is not None and not (isinstance(walk, SplitStepWalk) and walk.has_free_u_coins):
        raise ValueError(
            f'method="exact" turns lattice walks with U coins and without repetitions, got {walk!r}'
        )
    return "exact"


def _seed_to_resume(
    resume: FitResult, walk: Walk | None, target: TargetDistribution, seed: int | None
) -> int:
    """Return the seed of the interrupted fit, if it was a fit like this one."""
    if not isinstance(resume, FitResult):
        raise TypeError(f"resume must be a FitResult, got {resume!r}")
    blank = np.zeros(resume.walk.num_parameters)
    same_walk = (
        type(resume.walk) is type(walk)
        and walk is not None
        and walk.num_parameters == len(blank)
        and resume.walk.with_parameters(blank) == walk.with_parameters(blank)
    )
    if not same_walk or resume.target.to_dict() != target.to_dict():
        raise ValueError("resume must be a fit of the same walk and target")
    losses = [step.loss for step in resume.history]
    if not losses or None in losses or resume.seed is None:
        raise ValueError("resume must be a variational fit with its history, got another kind")
    if seed not in (None, resume.seed):
        raise ValueError(f"resume has the seed {resume.seed}, got seed={seed}")
    return resume.seed


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
    model = WalkModel(walk, probabilities)
    if isinstance(walk, SplitStepWalk) and walk.has_free_u_coins:
        chirp = Contest(model, chirped(walk, probabilities).parameters[None], recorder)
        chirp.finish(_CHIRP_STEPS, until=tolerance)
        fitted: Walk
        fitted, deviation = chirp.winner(tolerance)
        if deviation <= tolerance:
            return fitted
        starts[1] = fitted.parameters
    contest = Contest(model, starts, recorder)
    contest.heats(_HEATS, until=tolerance)
    contest.finish(_LAST_STEPS, until=tolerance)
    found: Walk = contest.winner(tolerance)[0]
    return min(found, walk, key=error)


def draw_seed(seed: int | None) -> int:
    """Return the seed, or draw one if there is none."""
    given = check.seed(seed)
    return int(np.random.default_rng().integers(2**32)) if given is None else given
