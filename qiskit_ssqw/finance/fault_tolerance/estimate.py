"""What an estimation takes on a fault-tolerant machine, from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from qiskit_ssqw import _validation as check
from qiskit_ssqw.clifford_t.rotations import RotationWords
from qiskit_ssqw.finance.aim import statistical_error
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule
from qiskit_ssqw.finance.fault_tolerance.circuits import CountedProblem, TracedProblem
from qiskit_ssqw.finance.fault_tolerance.result import Resources
from qiskit_ssqw.finance.fault_tolerance.tracing import Traced
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.finance.running.simulators import DEFAULT_SHOTS

_ROUNDING = 1e-12
"""Of a price, in units of the payoff's range."""


def resources(
    application: OptionPricing,
    epsilon: float | None = None,
    *,
    accuracy: float | None = None,
    alpha: float = 0.01,
    estimator: str = "bayes",
    shots: int | None = None,
    synthesis_share: float = 0.05,
) -> Resources:
    """Count what an estimation takes on a fault-tolerant machine: qubits and T gates.

    Nothing is run, and no circuit longer than one iterate is made: a circuit is a sum of its parts.
    How often the Grover operator is applied is foreseen, as `price` does it.

    Rotations are words of Clifford and T gates (Ross and Selinger, arXiv:1403.2975). A circuit of
    ``2 k + 1`` applications of A and its inverse has at most ``2 k + 1`` times as many rotations
    as A has, ``N``, so words that are off by ``e`` each turn its state by at most
    ``(2 k + 1) N e``: what it measures is the law of an amplitude that is off by at most ``N e``,
    whatever ``k``. Errors of words are taken to add up, which is the worst case. All problems
    together are given a share of the price's error for this, and the estimator the rest.

    Args:
        application: An `OptionPricing`.
        epsilon: Half width of the interval, as a fraction of the payoff's range on the grid, as
            for `price`.
        accuracy: In place of ``epsilon``, the error of the price that is asked for, as a fraction
            of it. The bias that is known is taken off, up to three quarters, as by `price`.
        alpha: Probability that the interval misses the value.
        estimator: The estimator, by its name, as for `price`.
        shots: Shots of each circuit, where the estimator does not say it; by default 1 for
            ``"bayes"`` and 100 for others.
        synthesis_share: Share of the error that words for rotations may make.

    Raises:
        TypeError: The application is something else.
        ValueError: The payoff is constant on the grid, both or neither of ``epsilon`` and
            ``accuracy`` are given, the price is 0 or the error too small for floating-point
            numbers, or an argument is out of range.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, OptionPricing, resources
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, seed=1
        ... )
        >>> needed = resources(OptionPricing(Call(1.896), model), 1e-3)
        >>> needed.num_qubits, needed.iterate.cx < 80, needed.iterate.t_count < 6000
        (7, True, True)
    """
    check.instance(application, OptionPricing, "application")
    method = method_named(estimator)
    check.open_unit_interval(alpha, "alpha")
    check.open_unit_interval(synthesis_share, "synthesis_share")
    if shots is not None:
        shots = check.integer(shots, "shots", minimum=1)
        method.check_shots(shots)
    if not application.parts:
        raise ValueError(
            f"the {application.payoff.name} is constant on the grid and needs no circuit"
        )
    error = _error(application, epsilon, accuracy)
    spared = 1 - synthesis_share
    schedules = _schedules(application, spared * error, alpha, method, shots)
    traced = _traced(application, method, schedules)
    words = RotationWords.for_angles(
        (angle for problem in traced for angle in problem.angles),
        _tolerance(application, traced, synthesis_share * error, method.stretch),
    )
    counted = [problem.counted(words) for problem in traced]
    low, high = application.payoff_range
    return _result(
        counted,
        schedules,
        payoff=application.payoff.name,
        estimator=estimator,
        error=error,
        epsilon=error / (high - low),
        alpha=alpha,
        synthesis_share=synthesis_share,
        word_tolerance=words.tolerance,
        words_are_fitted=words.fitted,
        grid_qubits=application.loader.num_value_qubits,
        classical_samples=_classical_samples(application, error, alpha),
    )


def _error(application: OptionPricing, epsilon: float | None, accuracy: float | None) -> float:
    """Half width of the price's interval, in units of the payoff."""
    if (epsilon is None) == (accuracy is None):
        raise ValueError(
            f"give one of epsilon and accuracy, got epsilon={epsilon} and accuracy={accuracy}"
        )
    bias = application.bias_bound
    if epsilon is not None:
        if check.positive(epsilon, "epsilon") >= 0.5:
            raise ValueError(f"epsilon must be below 0.5, got {epsilon}")
        return statistical_error(application.payoff_range, bias.total, 0.0, epsilon)
    price = abs(application.exact_value)
    allowed = check.open_unit_interval(accuracy, "accuracy") * price
    if price <= _ROUNDING * np.ptp(application.payoff_range):
        raise ValueError("accuracy is a fraction of the price, which is 0: give epsilon")
    return statistical_error(application.payoff_range, bias.total, allowed, None)


def _schedules(
    application: OptionPricing,
    error: float,
    alpha: float,
    method: Method,
    shots: int | None,
) -> list[Schedule]:
    """What the estimator runs for each problem."""
    errors, amplitudes = application.amplitude_errors(error), application.loaded_amplitudes
    level = alpha / len(errors)
    each = shots or method.default_shots or DEFAULT_SHOTS
    return [
        method.schedule(Goal(aim, level, each, amplitude))
        for aim, amplitude in zip(errors, amplitudes, strict=True)
    ]


def _traced(
    application: OptionPricing, method: Method, schedules: Sequence[Schedule]
) -> list[TracedProblem]:
    """The parts of all problems, which have one loader."""
    loader = Traced.of(application.loader.circuit)
    return [
        TracedProblem.of(parts, loader, method, schedule)
        for parts, schedule in zip(application.parts, schedules, strict=True)
    ]


def _tolerance(
    application: OptionPricing, traced: Sequence[TracedProblem], error: float, stretch: float
) -> float:
    """How far each rotation may be off, so that the price is off by no more than an error."""
    per_word = sum(
        stretch * abs(part.high - part.low) * problem.num_rotations
        for part, problem in zip(application.encoded.parts, traced, strict=True)
    )
    return min(error / per_word, 0.1) if per_word else 0.1


def _classical_samples(application: OptionPricing, error: float, alpha: float) -> float:
    """Samples that classical Monte Carlo needs for the same interval."""
    variance = application.view.target_variance
    return float(np.ceil(variance * (ndtri(1 - alpha / 2) / error) ** 2))


class _Run(NamedTuple):
    """A problem and what is run for it."""

    counted: CountedProblem
    schedule: Schedule


def _result(
    counted: Sequence[CountedProblem], schedules: Sequence[Schedule], **told: object
) -> Resources:
    runs = [_Run(*pair) for pair in zip(counted, schedules, strict=True)]
    deepest = max(runs, key=lambda run: run.counted.circuit(run.schedule.deepest).t_count)
    loader, payoff, reflection = deepest.counted.iterate_parts
    totals = (run.counted.circuits(run.schedule.measured, run.schedule.iterates) for run in runs)
    return Resources(
        num_problems=len(runs),
        num_qubits=max(run.counted.num_qubits for run in runs),
        prepare=deepest.counted.prepare,
        iterate=deepest.counted.iterate,
        loader=loader,
        payoff_rotation=payoff,
        reflection=reflection,
        max_power=int(np.ceil(deepest.schedule.deepest)),
        deepest=deepest.counted.circuit(deepest.schedule.deepest),
        oracle_calls=round(sum(run.schedule.iterates for run in runs)),
        shots=round(sum(run.schedule.measured for run in runs)),
        total=reduce(add, totals),
        **told,  # type: ignore[arg-type]
    )
