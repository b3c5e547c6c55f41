"""The estimations that make up a risk measure, and what they are put together to."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.loss_distribution import LossGrid
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.finance.reference import Reference
from qiskit_ssqw.finance.risk.advice import notes_on
from qiskit_ssqw.finance.risk.losses import AtMost, Excess, as_loss
from qiskit_ssqw.finance.risk.reference import references
from qiskit_ssqw.finance.risk.result import Decision, Measure, RiskResult
from qiskit_ssqw.finance.risk.search import QuantileSearch

_EPSILON, _LARGEST_EPSILON = 1e-3, 0.5
"""Default of epsilon, as a fraction of the probability of the tail, and its bound."""

_ROUNDING = 1e-9
"""Error that is always allowed, in units of the largest loss or value on the grid."""

_ACCURACY = 0.01
"""Of the shortfall by default."""


class RiskEstimation:
    """Estimates risk measures of one loss under one loader.

    Args:
        loss: A payoff, or a function of the grid points.
        loader: Loads the distribution.
        level: Of the measures.
        epsilon: Half width of a probability next to the level, or None for a thousandth of the
            tail's.
        run: Estimates amplitudes, and counts what that takes.

    Raises:
        TypeError: The loss is something else, or a number is none.
        ValueError: The loss does not suit the loader, or a number is out of range.
    """

    def __init__(
        self, loss: Any, loader: Loader, level: float, epsilon: float | None, run: EstimatorRun
    ) -> None:
        self._level = check.open_unit_interval(level, "level")
        self._epsilon = _EPSILON * (1 - self._level)
        if epsilon is not None:
            self._epsilon = check.positive(epsilon, "epsilon")
        if self._epsilon >= _LARGEST_EPSILON:
            raise ValueError(f"epsilon must be below {_LARGEST_EPSILON}, got {epsilon}")
        self._loss, self._loader, self._run = as_loss(loss, loader), loader, run
        self._amounts = self._loss(loader.values)
        self._grid = LossGrid.of(self._amounts)
        self._target = self._grid.distribution(loader.target)
        self._loaded = self._grid.distribution(loader.loaded)
        largest = max(np.max(np.abs(self._amounts)), np.max(np.abs(loader.values)))
        self._rounding = _ROUNDING * float(largest)
        self._decisions: list[Decision] = []
        self._alpha_spent = 0.0
        self._noise = 0.0  # how much wider it makes an interval, in units of its error
        self._num_estimations = self._num_qubits = self._calls = self._iterate_cx = 0

    def value_at_risk(self, accuracy: float | None, alpha: float) -> RiskResult:
        """Search the value at risk.

        Args:
            accuracy: Error asked for as a fraction of it, or None for a cell of the grid.
            alpha: Probability that the result misses.
        """
        if accuracy is not None:
            check.positive(accuracy, "accuracy")
        search = self._search(check.open_unit_interval(alpha, "alpha"))
        result = self._result(
            "value at risk",
            search,
            alpha,
            estimate=float(self._grid.losses[search.place]),
            confidence_interval=self._interval(search),
            exact_value=self._target.value_at_risk(self._level),
            loaded_value=self._loaded.value_at_risk(self._level),
        )
        if accuracy is None:
            return self._finished(result, result.resolution)
        return self._finished(result, accuracy * abs(result.exact_value))

    def expected_shortfall(self, accuracy: float | None, alpha: float) -> RiskResult:
        """Search the value at risk, and estimate by how much it is exceeded.

        Args:
            accuracy: Error asked for as a fraction of the shortfall; 1 % by default.
            alpha: Probability that the result misses.
        """
        share = _ACCURACY if accuracy is None else check.positive(accuracy, "accuracy")
        search = self._search(check.open_unit_interval(alpha, "alpha") / 2)
        tail, losses = 1 - self._level, self._grid.losses
        floor, most = float(losses[search.place]), float(losses[-1])
        exact = self._target.expected_shortfall(self._level)
        scale = max(abs(exact), exact - self._target.expected_loss, self._rounding)
        application = OptionPricing(Excess(self._loss, floor), self._loader)
        found, (low, high) = self._estimate(application, self._epsilon * scale, alpha / 2)
        result = self._result(
            "expected shortfall",
            search,
            alpha,
            estimate=min(floor + found / tail, most),
            confidence_interval=(
                min(floor + low / tail, most) - self._overshoot(search),
                min(floor + high / tail, most),
            ),
            exact_value=exact,
            loaded_value=self._loaded.expected_shortfall(self._level),
        )
        return self._finished(result, share * scale)

    @cached_property
    def _references(self) -> tuple[Reference, Reference] | None:
        """Both measures without a grid, where the model knows its market."""
        if self._loader.market is None or self._loader.num_steps:
            return None
        try:
            return references(self._loss, self._loader.market, self._level)
        except Exception:  # the loss is somebody's code, and may know the grid only
            return None

    def _search(self, alpha: float) -> QuantileSearch:
        """Decide probabilities until the value at risk is known as well as it can be."""
        losses = self._grid.losses
        guess = np.minimum(np.cumsum(self._target.probabilities), 1.0)
        search = QuantileSearch(guess, self._level)
        while (place := search.next_place) is not None:
            number = len(self._decisions) + 1
            mark = float(losses[place] + losses[place + 1]) / 2
            application = OptionPricing(AtMost(self._loss, mark), self._loader)
            calls = self._calls
            found, interval = self._estimate(
                application, self._epsilon, alpha / (number * (number + 1)), decide=True
            )
            search.learn(place, found, interval)
            self._decisions.append(
                Decision(
                    loss=float(losses[place]),
                    probability=found,
                    interval=interval,
                    verdict=search.verdict(place),
                    oracle_calls=self._calls - calls,
                )
            )
        return search

    def _estimate(
        self, application: OptionPricing, error: float, alpha: float, *, decide: bool = False
    ) -> tuple[float, Interval]:
        """The expectation of a payoff and its interval, in which a device's noise counts."""
        problems = application.to_estimation_problems()
        iterate_cx = application.count_iterate_two_qubit_gates()
        errors = application.amplitude_errors(error)
        shifts = self._run.bias_by_noise(problems, errors, alpha, application.loaded_amplitudes)
        results = self._run.estimate(
            problems,
            errors,
            alpha,
            iterate_cx,
            application.loaded_amplitudes,
            threshold=self._level if decide else None,
        )
        self._num_estimations += len(problems)
        self._alpha_spent += application.misses(results, alpha)
        self._calls += sum(int(result.num_oracle_queries) for result in results)
        self._iterate_cx = max(self._iterate_cx, iterate_cx)
        qubits = (problem.grover_operator.num_qubits for problem in problems)
        self._num_qubits = max([self._num_qubits, *qubits])
        low, high = application.confidence_interval(results, alpha)
        moved = 0.0 if shifts is None else application.moved(shifts)
        low, high = low - moved, high + moved
        if shifts is not None:
            is_told = decide and not low <= self._level <= high  # it ends early, and wide
            added = moved if is_told else max(moved, (high - low) / 2 - error)
            self._noise = max(self._noise, added / error)
        least, most = application.payoff_range
        return application.interpret(results), (max(low, least), min(high, most))

    def _interval(self, search: QuantileSearch) -> Interval:
        """Interval of the value at risk."""
        losses = self._grid.losses
        return float(losses[search.below + 1]), float(losses[search.reached])

    def _overshoot(self, search: QuantileSearch) -> float:
        """By how much the formula of the shortfall may exceed it at the value at risk found.

        Its slope in ``v`` is ``(P(loss <= v) - level) / (1 - level)``, which vanishes where it is
        least.
        """
        low, high = self._interval(search)
        found = float(self._grid.losses[search.place])
        missing = max(self._level - search.bounds(search.place)[0], 0.0)
        beyond = max(search.bounds(search.place - 1)[1] - self._level, 0.0)
        return max((high - found) * missing, (found - low) * beyond) / (1 - self._level)

    def _result(
        self, measure: Measure, search: QuantileSearch, alpha: float, **values: Any
    ) -> RiskResult:
        """Everything that both measures report alike."""
        reference = (
            None if self._references is None else self._references[measure != "value at risk"]
        )
        exact, loaded = values["exact_value"], values["loaded_value"]
        return RiskResult(
            measure=measure,
            loss=self._loss,
            level=self._level,
            alpha=min(max(alpha, self._alpha_spent), 1.0),
            reference=reference,
            bias_bound=BiasBound(
                loader=abs(loaded - exact),
                payoff=0.0,
                grid=None if reference is None else abs(exact - reference.value),
            ),
            resolution=self._grid.cell(self._target.value_at_risk(self._level)),
            allowed_error=np.inf,
            value_at_risk=float(self._grid.losses[search.place]),
            value_at_risk_interval=self._interval(search),
            decisions=tuple(self._decisions),
            estimator=self._run.name,
            num_estimations=self._num_estimations,
            num_qubits=self._num_qubits,
            oracle_calls=self._calls,
            iterate_two_qubit_gates=self._iterate_cx,
            two_qubit_gates=self._run.two_qubit_gates,
            seed=None,
            **values,
        )

    def _finished(self, result: RiskResult, allowed: float) -> RiskResult:
        """The result with the error that is allowed, and what to say about it."""
        result = replace(result, allowed_error=max(allowed, self._rounding))
        largest = float(self._target.probabilities[-1])
        notes = notes_on(result, self._epsilon, largest, self._noise, copes=self._run.copes)
        return replace(result, notes=tuple(notes))
