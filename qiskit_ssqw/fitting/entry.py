"""The one entry to all fitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting.lines import Order, candidate_lines
from qiskit_ssqw.fitting.record import Callback, Ending, Recorder
from qiskit_ssqw.fitting.request import (
    Method,
    Request,
    Signs,
    check_starts,
    frees_signs,
    seed_to_resume,
    solver_for,
)
from qiskit_ssqw.fitting.result import FitResult, check_walk
from qiskit_ssqw.fitting.variational import Variational
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, Walk


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
    callback: Callback | None = None,
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
    check.instance(target, (TargetDistribution, TargetState), "target")
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    if walk is not None:
        check_walk(walk, target)
    solver = solver_for(method, walk, max_two_qubit_gates, resume)
    free_signs = frees_signs(signs, target, walk, solver)
    lines = candidate_lines(order, target.register_sizes)
    seed = check.seed(seed)
    if resume is not None:
        seed = seed_to_resume(resume, walk, target, seed)
    request = Request(
        target,
        walk,
        tolerance,
        solver,
        max_two_qubit_gates,
        free_signs=free_signs,
        lines=tuple(lines),
        starts=check_starts(starts, target),
        past=() if resume is None else resume.history,
    )
    if callback or progress or max_seconds is not None or isinstance(solver, Variational):
        with Recorder(Ending(callback, max_seconds), progress) as recorder:
            return request.answer(draw_seed(seed), recorder)
    found = remembered(request, seed)
    # An equal target may come from another market, which no fit depends on.
    return found if found.target is target else replace(found, target=target)


@lru_cache(maxsize=128)
def remembered(request: Request, seed: int | None) -> FitResult:
    """The answer, which this process may have found already."""
    return request.answer(draw_seed(seed), Recorder())


def draw_seed(seed: int | None) -> int:
    """Return the seed, or draw one if there is none."""
    given = check.seed(seed)
    return int(np.random.default_rng().integers(2**32)) if given is None else given
