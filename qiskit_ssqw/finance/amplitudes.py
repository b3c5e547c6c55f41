"""A price by amplitude estimation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qiskit_ssqw.finance.aim import Aim
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimation.registry import method_of
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.finance.outcome import SHALLOWER, Outcome, Way
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.views import View, view_of


@dataclass(frozen=True)
class ByAmplitudes(Way):
    """Prices by estimating amplitudes."""

    run: EstimatorRun
    """Estimates them, and counts what that takes."""
    encoding: Encoding
    """The payoff circuit."""
    payoff_tolerance: float | None
    """Mean error that it may make."""

    def view(self, payoff: Payoff, loader: Loader) -> View:
        return view_of(payoff, loader, self.encoding)

    def price(
        self, payoff: Payoff, view: View, aim: Aim, alpha: float, epsilon: float | None
    ) -> Outcome:
        application = application_within(
            payoff, view, self.encoding, self.payoff_tolerance, aim.allowed
        )
        bias = aim.with_grid(application.bias_bound, application.exact_value)
        error = aim.statistical_error(bias, application.payoff_range, epsilon)
        problems = application.to_estimation_problems()
        shifts = self.run.bias_by_noise(
            problems, application.amplitude_errors(error), alpha, application.loaded_amplitudes
        )
        if shifts is not None:
            bias = replace(bias, noise=application.moved(shifts))
            error = aim.worthwhile_error(bias, application.payoff_range, epsilon)
        iterate_cx = application.count_iterate_two_qubit_gates()
        results = self.run.estimate(
            problems,
            application.amplitude_errors(error),
            alpha,
            iterate_cx,
            application.loaded_amplitudes,
        )
        among = len(results)
        alarms = (method_of(result).is_alarmed(result, among) for result in results)
        if any(alarms) and not self.run.runner.is_noiseless:
            low, high = application.payoff_range
            bias = replace(bias, noise=high - low)  # nobody knows what is wrong
        advice = "take a smaller epsilon" if self.run.takes_epsilon else "ask more of the estimator"
        if shifts is not None:
            advice = SHALLOWER
        return Outcome(
            estimate=application.interpret(results),
            confidence_interval=application.confidence_interval(results, alpha),
            alpha=application.misses(results, alpha),
            exact_value=application.exact_value,
            loaded_value=application.loaded_value,
            payoff_range=application.payoff_range,
            bias_bound=bias,
            encoding=application.encoded.kind,
            estimator=self.run.name,
            num_problems=len(problems),
            num_qubits=max((p.grover_operator.num_qubits for p in problems), default=0),
            oracle_calls=sum(int(result.num_oracle_queries) for result in results),
            iterate_two_qubit_gates=iterate_cx,
            two_qubit_gates=self.run.two_qubit_gates,
            notes=tuple(filter(None, (method_of(result).note(result) for result in results))),
            statistics_advice=advice,
            noise_advice=SHALLOWER
            if self.run.copes
            else f"this estimator knows of none; {SHALLOWER}",
            is_blind=self.run.runner.is_blind,
        )


def application_within(
    payoff: Payoff,
    view: View,
    encoding: Encoding,
    tolerance: float | None,
    allowed: float,
) -> OptionPricing:
    """The estimation problems, whose payoff circuit uses up a small share of the error."""
    if tolerance is None:
        low, high = view.payoff_range
        share = 0.0 if encoding == "exact" or low == high else allowed / (high - low)
        tolerance = min(view.circuit_share * share, 0.5)
    return OptionPricing(payoff, view, encoding=encoding, payoff_tolerance=tolerance)
