"""The one entry to all fitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.exact import exact_angles, shortest_exact_walk
from qiskit_ssqw.fitting.given import fit_angles
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.grown import FREE_SIGNS, grow
from qiskit_ssqw.fitting.lines import Line, Order, candidate_lines
from qiskit_ssqw.fitting.memory import MEMORY
from qiskit_ssqw.fitting.record import Deadline, FitStep, Recorder
from qiskit_ssqw.fitting.result import FitResult, assess, check_target, check_walk
from qiskit_ssqw.fitting.variational import Variational
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, TreeWalk, Walk

Method = Literal["auto", "exact", "gradient", "variational"]
Signs = Literal["positive", "free"]

_ADVICE_GROWN = "raise the tolerance, allow more two-qubit gates or try another seed"
_ADVICE_FIXED = "raise the tolerance, give the walk more coins and shifts, or try another seed"
_FREE = ', or allow mixed signs with signs="free"'
_ADVICE_TRAINED = "allow more evaluations (resume=), more shots or another optimizer"
_ADVICE_EXACT = (
    "no lattice walk may load it, for few sites are occupied or their probabilities are uneven; "
    "give the walk more steps, try another seed, or grow a multiscale walk instead"
)


def fit(
    target: TargetDistribution | TargetState,
    *,
    walk: Walk | None = None,
    tolerance: float = 1e-3,
    method: Method | Variational = "auto",
    max_two_qubit_gates: int | None = None,
    order: Order | Literal["auto"] | Sequence[int] = "auto",
    signs: Signs | None = None,
    starts: Sequence[MultiscaleWalk] = (),
    seed: int | None = None,
    max_seconds: float | None = None,
    callback: Callable[[FitStep], None] | None = None,
    progress: bool = False,
    resume: FitResult | None = None,
) -> FitResult:
    """Find a walk that loads a target, ``sum_x sqrt(p_x) |x>``.

    The amplitudes of a grown walk have one sign: within the tolerance ``t``, the fidelity with
    that state is at least ``1 - 2 t``. Lattice walks have phases, and a coin that is traced out is
    entangled; only their probabilities are matched, as by variational fits, which see nothing
    else. The difference plays no role for expectations of functions of the value.

    Args:
        target: The distribution to load, or a state of real amplitudes. For a state, read trace
            distance for total variation.
        walk: A walk of any kind whose structure is kept and whose angles are fitted, its own
            angles being the first start; if it meets the tolerance, its signs included, it is
            returned as it is. By default a multiscale walk is grown that meets the tolerance with
            few two-qubit gates, or, where that fails, a tree walk loads the target exactly.
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
        signs: ``"positive"``, the default: all amplitudes have one sign, up to the tolerance.
            ``"free"``: any signs, which may save a two-qubit gate or two; patterns of signs
            compete where a walk on up to 4 qubits is grown, and where a walk is given. Only for
            multiscale and tree walks, whose amplitudes are real, and not for variational fits.
        starts: Multiscale walks of like targets, from which a growth may start, as it does from
            those that ship with the package.
        seed: Seed of the random starts; by default one is drawn and reported in the result.
        max_seconds: Time in seconds after which the fit ends with the best walk so far, once the
            evaluation in progress is done, which takes seconds on many qubits.
        callback: Called with a `FitStep` after each evaluation. By raising ``StopIteration`` it
            ends the fit with the best walk so far.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).
        resume: An interrupted variational fit of the same walk and target. With the same options,
            it goes on as if it had not been interrupted; samplers must not depend on earlier calls.

    Returns:
        The result; it says so if the tolerance was missed, or if the fit was ended early. A growth
        that has not reached the full grid then returns its best walk on a coarse grid, extended by
        bits that depend on no other.

    Raises:
        TypeError: ``target``, ``walk`` or an element of ``starts`` is something else.
        ValueError: The tolerance lies outside (0, 1), ``max_seconds`` is not positive, a word is
            unknown, the walk or a start has another size than the target, the method does not go
            with the walk, with ``max_two_qubit_gates``, ``signs`` or ``resume``, or ``resume`` is
            another fit.

    Examples:
        >>> from qiskit_ssqw import TargetDistribution, fit
        >>> market = dict(spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365)
        >>> result = fit(TargetDistribution.from_black_scholes(3, **market), seed=1)
        >>> result.success, result.two_qubit_gates
        (True, 3)
    """
    check_target(target)
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    if walk is not None:
        check_walk(walk, target)
    solver = _solver(method, walk, max_two_qubit_gates, resume)
    free_signs = _free_signs(signs, walk, solver)
    if isinstance(target, TargetState):
        _check_for_state(walk, signs, solver)
    lines = candidate_lines(order, target.register_sizes)
    seed = check.seed(seed)
    if resume is not None:
        seed = _seed_to_resume(resume, walk, target, seed)
    request = _Request(
        target,
        walk,
        tolerance,
        solver,
        max_two_qubit_gates,
        tuple(lines),
        free_signs,
        _like(starts, target),
        () if resume is None else resume.history,
    )
    deadline = Deadline(max_seconds)

    def answer() -> FitResult:
        with Recorder(callback, progress, deadline) as recorder:
            return request.answer(draw_seed(seed), recorder)

    if callback or progress or max_seconds is not None or isinstance(solver, Variational):
        return answer()
    return MEMORY.recall((request, seed), answer)


class _Request(NamedTuple):
    """What is asked for, checked."""

    target: TargetDistribution | TargetState
    walk: Walk | None
    tolerance: float
    solver: Literal["exact", "gradient"] | Variational
    budget: int | None
    lines: tuple[Line, ...]
    free_signs: bool
    starts: tuple[MultiscaleWalk, ...]
    past: tuple[FitStep, ...]

    def answer(self, seed: int, recorder: Recorder) -> FitResult:
        """Find a walk, and say how good it is."""
        found, advice = self._find(seed, recorder)
        if recorder.stop is not None and not isinstance(self.solver, Variational):
            advice = f"let the fit run on, {advice}"
        return assess(
            found,
            self.target,
            self.tolerance,
            advice=advice,
            fallback=self.walk is None and isinstance(found, TreeWalk),
            stop=recorder.stop,
            seed=seed,
            history=tuple(recorder.history),
        )

    def _find(self, seed: int, recorder: Recorder) -> tuple[Walk, str]:
        """The walk, and advice for the case that it misses the tolerance."""
        walk = self.walk
        probabilities, source = self.target.probabilities.ravel(), np.random.default_rng(seed)
        solver, target = self.solver, self.target
        if isinstance(solver, Variational) and isinstance(target, TargetDistribution) and walk:
            found: Walk = solver.run(walk, target, seed, recorder, self.past)
            return found, _ADVICE_TRAINED
        if self.solver == "exact":
            if isinstance(walk, SplitStepWalk):
                return exact_angles(walk, probabilities, source, recorder), _ADVICE_EXACT
            return shortest_exact_walk(probabilities, source, recorder), _ADVICE_EXACT
        if walk is not None:
            goal = Goal.for_target(self.target)
            found = fit_angles(
                walk, goal, self.tolerance, source, recorder, free_signs=self.free_signs
            )
            return found, _ADVICE_FIXED + _FREE * (walk.signed and not self.free_signs)
        found = grow(
            self.target,
            self.lines,
            self.tolerance,
            self.budget,
            seed,
            recorder,
            free_signs=self.free_signs,
            starts=self.starts,
        )
        few = self.target.num_qubits <= FREE_SIGNS and not self.free_signs
        return found, _ADVICE_GROWN + _FREE * few


def _check_for_state(
    walk: Walk | None,
    signs: Signs | None,
    solver: Literal["exact", "gradient"] | Variational,
) -> None:
    """Raise unless the arguments go with a state, whose signs matter."""
    if signs is not None:
        raise ValueError(f"a TargetState has signs of its own: leave signs={signs!r} out")
    if solver != "gradient":
        kind = solver if isinstance(solver, str) else "variational"
        raise ValueError(f"a TargetState is fitted by gradients, not by method={kind!r}")
    if walk is not None and not walk.signed:
        raise ValueError(f"a TargetState needs a walk with real amplitudes, got {walk!r}")


def _like(
    starts: Sequence[MultiscaleWalk], target: TargetDistribution | TargetState
) -> tuple[MultiscaleWalk, ...]:
    """The walks to start from, if they are of the target's size."""
    for start in starts:
        if not isinstance(start, MultiscaleWalk):
            raise TypeError(f"starts must hold MultiscaleWalk objects, got {start!r}")
        if start.num_qubits != target.num_qubits:
            raise ValueError(
                f"starts must have {target.num_qubits} qubits like the target, got {start!r}"
            )
    return tuple(starts)


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
    resume: FitResult, walk: Walk | None, target: TargetDistribution | TargetState, seed: int | None
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


def _free_signs(
    signs: Signs | None, walk: Walk | None, solver: Literal["exact", "gradient"] | Variational
) -> bool:
    """Whether amplitudes may have any signs, if that goes with the other arguments."""
    if signs is None:
        return False
    check.one_of(signs, get_args(Signs), "signs")
    if solver != "gradient":
        kind = solver if isinstance(solver, str) else "variational"
        raise ValueError(f"signs is for gradient fits: leave it out with method={kind!r}")
    if walk is not None and not walk.signed:
        raise ValueError(f"signs is for walks with real amplitudes: leave it out with {walk!r}")
    return signs == "free"


def draw_seed(seed: int | None) -> int:
    """Return the seed, or draw one if there is none."""
    given = check.seed(seed)
    return int(np.random.default_rng().integers(2**32)) if given is None else given
