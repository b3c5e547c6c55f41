"""What is asked of a fit, checked, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._threads import one_blas_thread
from qiskit_ssqw.fitting.exact import exact_walk
from qiskit_ssqw.fitting.given import fit_angles
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.grown import FREE_SIGNS, grow
from qiskit_ssqw.fitting.lines import Line
from qiskit_ssqw.fitting.record import FitStep, Recorder
from qiskit_ssqw.fitting.result import FitResult, assess
from qiskit_ssqw.fitting.variational import Variational
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk, Walk
from qiskit_ssqw.walks.kinds import offered

Method = Literal["auto", "exact", "gradient", "variational"]
Signs = Literal["positive", "free"]
Solver = Literal["exact", "gradient"] | Variational

_ADVICE_GROWN = "raise the tolerance, allow more two-qubit gates or try another seed"
_ADVICE_FIXED = "raise the tolerance, give the walk more coins and shifts, or try another seed"
_FREE = ', or allow mixed signs with signs="free"'
_ADVICE_TRAINED = "allow more evaluations (resume=), more shots or another optimizer"
_ADVICE_EXACT = (
    "no lattice walk may load it, for few sites are occupied or their probabilities are uneven; "
    "give the walk more steps, try another seed, or grow a multiscale walk instead"
)


class Request(NamedTuple):
    """What is asked for, as `fit` describes it, checked."""

    target: TargetDistribution | TargetState
    walk: Walk | None
    tolerance: float
    solver: Solver
    budget: int | None
    lines: tuple[Line, ...]
    free_signs: bool
    starts: tuple[MultiscaleWalk, ...]
    past: tuple[FitStep, ...]

    def answer(self, seed: int, recorder: Recorder) -> FitResult:
        """Find a walk, and say how good it is."""
        with one_blas_thread():
            walk, advice = self._find(seed, recorder)
        if recorder.stop is not None and not isinstance(self.solver, Variational):
            advice = f"let the fit run on, {advice}"
        return assess(
            walk,
            self.target,
            self.tolerance,
            advice=advice,
            fallback=self.walk is None and isinstance(walk, TreeWalk),
            stop=recorder.stop,
            seed=seed,
            history=tuple(recorder.history),
        )

    def _find(self, seed: int, recorder: Recorder) -> tuple[Walk, str]:
        """The walk, and advice for the case that it misses the tolerance."""
        target, walk, free_signs = self.target, self.walk, self.free_signs
        probabilities, rng = target.probabilities.ravel(), np.random.default_rng(seed)
        if self.solver == "exact":
            solve = _exact_solver(walk)
            return solve(walk, probabilities, rng, recorder), _ADVICE_EXACT
        if walk is None:
            grown = grow(
                target,
                self.lines,
                self.tolerance,
                self.budget,
                seed,
                recorder,
                free_signs=free_signs,
                starts=self.starts,
            )
            may_free = target.num_qubits <= FREE_SIGNS and not free_signs
            return grown, _ADVICE_GROWN + _FREE * may_free
        if isinstance(self.solver, Variational):
            return self.solver.run(walk, target, seed, recorder, self.past), _ADVICE_TRAINED
        goal = Goal.for_target(target)
        fitted = fit_angles(walk, goal, self.tolerance, rng, recorder, free_signs=free_signs)
        return fitted, _ADVICE_FIXED + _FREE * (walk.signed and not free_signs)


def solver_for(
    method: Method | Variational, walk: Walk | None, budget: int | None, resume: FitResult | None
) -> Solver:
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
    _exact_solver(walk)
    return "exact"


def _exact_solver(walk: Walk | None) -> Callable[..., Walk]:
    """The exact solver of a walk's kind; without a walk, that which finds a lattice walk."""
    if walk is None:
        return exact_walk
    solver: Callable[..., Walk] = offered(walk, "exact", 'method="exact"', error=ValueError)
    return solver


def frees_signs(
    signs: Signs | None,
    target: TargetDistribution | TargetState,
    walk: Walk | None,
    solver: Solver,
) -> bool:
    """Whether amplitudes may have any signs, if that goes with the other arguments."""
    if signs is not None:
        check.one_of(signs, get_args(Signs), "signs")
    if isinstance(target, TargetState):
        if signs is not None:
            raise ValueError(f"a TargetState has signs of its own: leave signs={signs!r} out")
        by_gradient = "a TargetState is fitted by gradients, not by"
        real = "a TargetState needs a walk with real amplitudes, got"
    elif signs is None:
        return False
    else:
        by_gradient = "signs is for gradient fits: leave it out with"
        real = "signs is for walks with real amplitudes: leave it out with"
    if solver != "gradient":
        word = solver if isinstance(solver, str) else "variational"
        raise ValueError(f"{by_gradient} method={word!r}")
    if walk is not None and not walk.signed:
        raise ValueError(f"{real} {walk!r}")
    return signs == "free"


def as_flips(starts: Sequence[Walk]) -> tuple[MultiscaleWalk, ...]:
    """The walks to start from as multiscale walks."""
    return tuple(
        offered(start, "flips", "starts=")(start) for start in check.sequence(starts, "starts")
    )


def check_starts(
    starts: Sequence[Walk], target: TargetDistribution | TargetState
) -> tuple[MultiscaleWalk, ...]:
    """The walks to start from, as flips, if they are of the target's size."""
    walks = as_flips(starts)
    for start in walks:
        if start.num_qubits != target.num_qubits:
            raise ValueError(
                f"starts must have {target.num_qubits} qubits like the target, got {start!r}"
            )
    return walks


def seed_to_resume(
    resume: FitResult, walk: Walk | None, target: TargetDistribution | TargetState, seed: int | None
) -> int:
    """Return the seed of the interrupted fit, if it was a fit like this one."""
    check.instance(resume, FitResult, "resume")
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
