"""Value at risk and expected shortfall, each in one call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit_algorithms import AmplitudeEstimator

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.risk.estimation import RiskEstimation
from qiskit_ssqw.finance.risk.result import RiskResult
from qiskit_ssqw.finance.running.runner import MAX_SECONDS

Loss = Payoff | Callable[[Array], Any]


class RiskWarning(UserWarning):
    """A risk measure may be further off than was asked for."""


def value_at_risk(
    loss: Loss,
    model: QuantumCircuit,
    *,
    level: float = 0.95,
    accuracy: float | None = None,
    epsilon: float | None = None,
    alpha: float = 0.01,
    values: ArrayLike | None = None,
    estimator: str | AmplitudeEstimator = "auto",
    sampler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
    pass_manager: Any = None,
    max_seconds: float | None = MAX_SECONDS,
    progress: bool = False,
    noise: Any = "auto",
) -> RiskResult:
    """Find the smallest loss on the grid that is not exceeded with a probability of ``level``.

    Each estimation tells whether ``P(loss <= l)`` reaches the level. The target's own quantile is
    known classically, so the search begins there: two estimations confirm it, one at that loss and
    one at the next smaller, and a few more follow where the circuit loads something else.

    Args:
        loss: What is lost at each grid point, gains being negative: a payoff that is owed, such as
            ``Call(2.0)``, or a function that takes all points at once, shape ``(N,)`` or
            ``(N, d)``, and returns shape ``(N,)``, such as ``lambda prices: spot - prices``.
        model: A circuit that loads the distribution, as for `price`, traced-out coins included.
        level: Probability with which the loss is not exceeded.
        accuracy: Error that is asked for, bias included, as a fraction of the value at risk; by
            default a cell of the grid there, `RiskResult.resolution`, since the grid knows no
            losses in between.
        epsilon: Half width of a probability that lies next to the level; by default a thousandth
            of ``1 - level``. What is closer is not told from the level: the result is an interval.
        alpha: Probability that the result misses, of all estimations together: the k-th has
            ``alpha / (k (k + 1))`` of it.
        values: Grid points of a model that does not know them.
        estimator: As for `price`, but ``"auto"`` is ``"rae"`` where noise is known and no ``shots``
            are asked for, and there is no ``"sampling"``. ``"bayes"`` stops as soon as a
            probability is told from the level, others go on to ``epsilon`` every time.
        sampler: As for `price`.
        shots: As for `price`.
        seed: As for `price`.
        pass_manager: As for `price`.
        max_seconds: Longest time of each estimation on a simulator, as for `price`.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).
        noise: What is known of the device's errors, as for `price`: intervals count what they make.

    Raises:
        AlgorithmError: The sampler or the estimator fails.
        RuntimeError: The estimator makes no progress, which more shots may mend.
        TypeError: The loss is neither a payoff nor a function, or the model, estimator or sampler
            is something else.
        ValueError: A number is out of range, the loss is not one finite number per point, it does
            not suit the model, or an estimation would take longer than ``max_seconds``.

    Warns:
        RiskWarning: The interval, bias included, is wider than was asked for.
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import value_at_risk
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, seed=1
        ... )
        >>> result = value_at_risk(lambda prices: 2.0 - prices, model, level=0.95, seed=1)
        >>> result.estimate == result.exact_value, result.num_estimations
        (True, 2)
    """
    run = EstimatorRun(
        estimator,
        sampler,
        shots=shots,
        seed=seed,
        pass_manager=pass_manager,
        max_seconds=max_seconds,
        progress=progress,
        noise=noise,
    )
    estimation = RiskEstimation(loss, as_loader(model, values), level, epsilon, run)
    return _judged(estimation.value_at_risk(accuracy, alpha), seed)


def expected_shortfall(
    loss: Loss,
    model: QuantumCircuit,
    *,
    level: float = 0.95,
    accuracy: float | None = None,
    epsilon: float | None = None,
    alpha: float = 0.01,
    values: ArrayLike | None = None,
    estimator: str | AmplitudeEstimator = "auto",
    sampler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
    pass_manager: Any = None,
    max_seconds: float | None = MAX_SECONDS,
    progress: bool = False,
    noise: Any = "auto",
) -> RiskResult:
    """Estimate the mean of the worst ``1 - level`` of the losses.

    Where the value at risk has a probability of its own, only so much of it counts as makes up
    ``1 - level``: the shortfall of Acerbi and Tasche, which is coherent on any grid. With the value
    at risk ``v``, found first with half of ``alpha``, it is ``v + E[max(loss - v, 0)] / (1 -
    level)`` (Rockafellar and Uryasev). For any other ``v`` that is too large, by the second order
    of the distance: the interval counts it.

    Args:
        loss: As for `value_at_risk`, as all arguments.
        model: Loads the distribution.
        level: Probability of what does not count.
        accuracy: Error that is asked for, bias included, as a fraction of the shortfall, or of its
            distance from the mean loss if that is larger; 1 % by default.
        epsilon: Half width of a probability, and of the shortfall in units of ``1 - level``: by
            default a thousandth of ``1 - level``, and of the shortfall or of its distance from the
            mean loss.
        alpha: Probability that the result misses.
        values: Grid points of a model that does not know them.
        estimator: Estimates amplitudes.
        sampler: Runs the circuits.
        shots: Of each circuit.
        seed: Of samplers that are made, and of the layout on a backend.
        pass_manager: Prepares the circuits.
        max_seconds: Longest time of each estimation on a simulator.
        progress: Whether to show a progress bar.
        noise: What is known of the device's errors.

    Raises:
        AlgorithmError: As `value_at_risk`, as all errors.
        RuntimeError: The estimator makes no progress.
        TypeError: An argument is something else.
        ValueError: An argument is out of range.

    Warns:
        RiskWarning: The interval, bias included, is wider than was asked for.
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Put, expected_shortfall
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, tolerance=1e-4, seed=1
        ... )
        >>> result = expected_shortfall(Put(2.0), model, level=0.95, accuracy=0.05, seed=1)
        >>> low, high = result.interval
        >>> low < result.reference.value < high, result.success
        (True, True)
    """
    run = EstimatorRun(
        estimator,
        sampler,
        shots=shots,
        seed=seed,
        pass_manager=pass_manager,
        max_seconds=max_seconds,
        progress=progress,
        noise=noise,
    )
    estimation = RiskEstimation(loss, as_loader(model, values), level, epsilon, run)
    return _judged(estimation.expected_shortfall(accuracy, alpha), seed)


def _judged(result: RiskResult, seed: int | None) -> RiskResult:
    """Warn where a measure may be too far off."""
    result = replace(result, seed=seed)
    if not result.success:
        warnings.warn(result.message, RiskWarning, stacklevel=level_outside())
    return result
