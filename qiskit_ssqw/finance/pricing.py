"""One call from a payoff and a model to a price."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit_algorithms import AmplitudeEstimator, AmplitudeEstimatorResult

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import renamed
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.finance.advice import accuracy_note, grid_notes
from qiskit_ssqw.finance.bayesian import BayesianAmplitudeEstimationResult
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimators import MAX_SECONDS, EstimatorRun
from qiskit_ssqw.finance.loader import Loader, as_loader
from qiskit_ssqw.finance.payoff_estimation import BiasBound, PayoffEstimation
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference, reference_value
from qiskit_ssqw.finance.result import STANDARD_ERRORS, PricingResult
from qiskit_ssqw.finance.robust_result import RobustAmplitudeEstimationResult
from qiskit_ssqw.finance.schedules import EstimatorName
from qiskit_ssqw.finance.views import View, view_of

_LEAST_SHARE = 0.25
"""Share of the error asked for that is left to statistics, however large the bias."""

_NOISE_SHARE = 0.1
"""Share of the error asked for that may be noise of a simulated reference."""

_SMALL_PRICE = 1e-6
"""Error that is always allowed by default, in units of the underlying or the largest payoff."""

_ROUNDING = 1e-12
"""The same where the payoff vanishes on the grid."""


class PriceAccuracyWarning(UserWarning):
    """The price may be further off than was asked for."""


@renamed("tolerance", "payoff_tolerance")
def price(
    payoff: Payoff,
    model: QuantumCircuit,
    *,
    accuracy: float = 0.01,
    absolute_accuracy: float | None = None,
    epsilon: float | None = None,
    alpha: float = 0.01,
    values: ArrayLike | None = None,
    reference: bool = True,
    encoding: Encoding = "auto",
    payoff_tolerance: float | None = None,
    estimator: EstimatorName | AmplitudeEstimator = "bayes",
    sampler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
    pass_manager: Any = None,
    max_seconds: float | None = MAX_SECONDS,
    progress: bool = False,
) -> PricingResult:
    """Price an option by amplitude estimation, and classically for comparison.

    Args:
        payoff: What the option pays.
        model: A circuit that loads the distribution, as for `OptionPricing`.
        accuracy: Error of the price that is asked for, bias included, as a fraction of it.
        absolute_accuracy: The same in units of the payoff, for prices near 0: the larger of the
            two counts. By default a millionth of the mean of the underlying or, if that is less,
            of the largest payoff on the grid.
        epsilon: Half width of the statistical interval, as a fraction of the payoff's range on the
            grid, as amplitude estimators count; by default it is what ``accuracy`` leaves when
            the bias is taken off, but at least a quarter of it.
        alpha: Probability that the interval misses the value. One in a hundred rather than the
            usual one in twenty, because ``success`` is wrong where the interval misses.
        values: Grid points of a model that does not know them.
        reference: Whether to compute the value without a grid, for models that know their market:
            in closed form or by simulation. It is part of what is known about the bias.
        encoding: The payoff circuit, as for `OptionPricing`.
        payoff_tolerance: Mean error that the payoff circuit may make, as for `OptionPricing`; by
            default 0 for ``encoding="exact"``, the error asked for where it cancels in the mean, as
            that of series in a sum over registers, and else a tenth of it.
        estimator: ``"bayes"`` (`BayesianAmplitudeEstimation`), ``"rae"``
            (`RobustAmplitudeEstimation`, for noisy devices), ``"iae"`` (iterative), ``"mlae"``
            (maximum likelihood), ``"fae"`` (faster) or ``"ae"`` (canonical), or an estimator
            object, which is used as it is (``epsilon`` and ``alpha`` are not passed on to it).
        sampler: A ``SamplerV2`` that runs the circuits, or a function of seed that makes one, such
            as its class, and each circuit is run with a new seed; Aer's by default. For an
            estimator object it replaces its own.
        shots: Shots of each circuit, where the estimator does not say it (``"rae"`` and ``"fae"``
            do). By default 1 for ``"bayes"``, which takes fewest calls; a device runs fewer
            circuits with more. Others take as many as is the sampler's default, and 100 of the
            default sampler.
        seed: Seed of samplers that are made, of the layout on a backend and of a Monte Carlo
            reference. A sampler that is given has its own.
        pass_manager: Its method ``run`` prepares the circuits. By default those that the sampler's
            backend does not take are laid out for it, or unrolled to CX and single-qubit gates.
        max_seconds: Longest time that the estimation may take on a simulator, by an estimate from
            the gates of its circuits, or ``None`` for any.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).

    Raises:
        AlgorithmError: The sampler or the estimator fails.
        RuntimeError: The estimator makes no progress, which more shots may mend.
        TypeError: As `OptionPricing`, or the estimator or sampler is something else.
        ValueError: As `OptionPricing`, or ``accuracy``, ``absolute_accuracy``, ``epsilon``,
            ``alpha``, ``shots`` or ``seed`` is out of range, or the estimation would take longer
            than ``max_seconds``.

    Warns:
        PriceAccuracyWarning: The interval, bias included, is wider than was asked for, or nobody
            knows the bias of a grid that decides about the payoff.
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, price
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, seed=1
        ... )
        >>> result = price(Call(1.896), model, seed=1)
        >>> low, high = result.interval
        >>> low < result.reference.value < high, result.success
        (True, True)
    """
    if check.positive(accuracy, "accuracy") >= 1:
        raise ValueError(
            f"accuracy must be below 1, a fraction of the price (0.01 is 1 %), got {accuracy:g}"
        )
    check.open_unit_interval(alpha, "alpha")
    if epsilon is not None and check.positive(epsilon, "epsilon") >= 0.5:
        raise ValueError(f"epsilon must be below 0.5, got {epsilon}")
    seed = check.seed(seed)
    run = EstimatorRun(
        estimator,
        sampler,
        shots=shots,
        seed=seed,
        pass_manager=pass_manager,
        max_seconds=max_seconds,
        progress=progress,
    )
    if not isinstance(payoff, Payoff):
        raise TypeError(
            "payoff must be a payoff of qiskit_ssqw.finance, such as Call(strike) or "
            f"FunctionPayoff(function), got {payoff!r}"
        )
    loader = as_loader(model, values)
    view = view_of(payoff, loader, encoding)
    allowed, known, notes = _aim(payoff, loader, view, accuracy, absolute_accuracy, reference, seed)
    application = application_within(payoff, view, encoding, payoff_tolerance, allowed)
    bias = _with_reference(application, known)
    error = statistical_error(application, bias, known, allowed, epsilon)
    problems = application.to_estimation_problems()
    iterate_cx = application.iterate_two_qubit_gates
    results = run.estimate(
        problems,
        application.amplitude_errors(error),
        alpha,
        iterate_cx,
        application.loaded_amplitudes,
    )
    result = PricingResult(
        payoff=payoff,
        estimate=application.interpret(results),
        confidence_interval=application.confidence_interval(results, alpha),
        alpha=application.misses(results, alpha),
        exact_value=application.exact_value,
        loaded_value=application.loaded_value,
        payoff_range=application.payoff_range,
        reference=known,
        bias_bound=bias,
        allowed_error=allowed,
        discount=None if loader.market is None else loader.market.discount,
        encoding=application.encoded.kind,
        estimator=run.name,
        num_problems=len(problems),
        num_qubits=max((p.grover_operator.num_qubits for p in problems), default=0),
        oracle_calls=sum(int(result.num_oracle_queries) for result in results),
        iterate_two_qubit_gates=iterate_cx,
        two_qubit_gates=run.two_qubit_gates,
        seed=seed,
    )
    notes = [*_unfinished(results), *notes]
    if not result.success:
        own = isinstance(estimator, AmplitudeEstimator)
        notes = [accuracy_note(result, model, own_estimator=own), *notes]
    return _with_notes(result, loader, notes)


def _unfinished(results: Sequence[AmplitudeEstimatorResult]) -> list[str]:
    """Why estimations ended before they were done, or what they found out about themselves."""
    notes = []
    for one in results:
        if isinstance(one, BayesianAmplitudeEstimationResult) and not one.success:
            notes.append(f"Amplitude estimation ended early: {one.message}.")
        if isinstance(one, RobustAmplitudeEstimationResult) and not one.success:
            notes.append(f"In amplitude estimation {one.message}.")
    return notes


def _aim(
    payoff: Payoff,
    loader: Loader,
    view: View,
    accuracy: float,
    absolute_accuracy: float | None,
    reference: bool,
    seed: int | None,
) -> tuple[float, Reference | None, list[str]]:
    """The error that is allowed, the value without a grid, and what to say about it."""
    floor = _floor(view, absolute_accuracy)
    on_grid = view.target_value
    noise = _NOISE_SHARE * max(accuracy * abs(on_grid), floor) / STANDARD_ERRORS
    known, notes = _reference(payoff, loader, noise, reference, seed)
    value = on_grid if known is None else known.value
    if absolute_accuracy is None and on_grid and accuracy * abs(value) < floor:
        notes.append(
            f"An error of {floor:.2g} is allowed by default, however small the price or accuracy: "
            "absolute_accuracy asks for less."
        )
    return max(accuracy * abs(value), floor), known, notes


def _floor(view: View, absolute_accuracy: float | None) -> float:
    """Error that is allowed however small the price is."""
    if absolute_accuracy is not None:
        return check.positive(absolute_accuracy, "absolute_accuracy")
    return max(_SMALL_PRICE * min(view.underlying, view.largest), _ROUNDING * view.underlying)


def _reference(
    payoff: Payoff, loader: Loader, noise: float, wanted: bool, seed: int | None
) -> tuple[Reference | None, list[str]]:
    """The value without a grid, if the model knows its market, or why there is none."""
    if loader.market is None or not wanted:
        return None, []
    try:
        found = reference_value(
            payoff, loader.market, num_steps=loader.num_steps, standard_error=noise, seed=seed
        )
    except Exception as error:  # the payoff is somebody's code, and may know the grid only
        return None, [f"There is no reference off the grid: {type(error).__name__}: {error}."]
    return found, []


def application_within(
    payoff: Payoff,
    view: View,
    encoding: Encoding,
    tolerance: float | None,
    allowed: float,
) -> PayoffEstimation:
    """The estimation problems, whose payoff circuit uses up a small share of the error."""
    if tolerance is None:
        low, high = view.payoff_range
        share = 0.0 if encoding == "exact" or low == high else allowed / (high - low)
        tolerance = min(view.circuit_share * share, 0.5)
    return PayoffEstimation(payoff, view, encoding=encoding, payoff_tolerance=tolerance)


def _with_reference(application: PayoffEstimation, reference: Reference | None) -> BiasBound:
    """The bias, that of the grid against the reference."""
    bound = application.bias_bound
    grid = None if reference is None else abs(application.exact_value - reference.value)
    return replace(bound, grid=grid)


def statistical_error(
    application: PayoffEstimation,
    bias: BiasBound,
    reference: Reference | None,
    allowed: float,
    epsilon: float | None,
) -> float:
    """Half width of the statistical interval, in units of the payoff."""
    if epsilon is not None:
        low, high = application.payoff_range
        return epsilon * (high - low)
    noise = 0.0 if reference is None else STANDARD_ERRORS * reference.standard_error
    return max(allowed - bias.total - noise, _LEAST_SHARE * allowed)


def _with_notes(result: PricingResult, loader: Loader, notes: list[str]) -> PricingResult:
    """Say what is worth knowing, and warn where the price may be too far off."""
    known = result.bias_bound.grid is not None
    of_grid = grid_notes(result.payoff, loader, grid_is_known=known)
    result = replace(result, notes=(*notes, *of_grid))
    if not result.success or (of_grid and not known):
        warnings.warn(result.message, PriceAccuracyWarning, stacklevel=level_outside())
    return result
