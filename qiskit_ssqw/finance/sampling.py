"""A price by sampling: the loaded prices are measured, and the payoff is averaged classically.

The circuit is the loader alone, so a device's errors do least to it, and any payoff will do. The
error falls with one over the root of the number of shots, as in classical Monte Carlo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qiskit_ssqw.devices.noise import DRIFT
from qiskit_ssqw.finance.aim import Aim
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.means import Mean, shots_needed
from qiskit_ssqw.finance.measuring import PayoffOfWords, SampledRun, with_measurements
from qiskit_ssqw.finance.outcome import Outcome, Way
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.result import MEASURED
from qiskit_ssqw.finance.views import View, view_of_samples

_UNMITIGATED = "take mitigation=Mitigation(), or a walk that is made for the device (fit_for)"
_MITIGATED = "take a walk of fewer gates (fit_for with refit=False), or a better device"

_VARIANCE_MARGIN = 1.1
"""What is loaded, and what is drawn of it, may vary so much more than the target."""


@dataclass(frozen=True)
class BySampling(Way):
    """Prices by measuring what a model loads."""

    run: SampledRun
    """Measures it, and counts what that takes."""

    def view(self, payoff: Payoff, loader: Loader) -> View:
        return view_of_samples(payoff, loader)

    def price(
        self, payoff: Payoff, view: View, aim: Aim, alpha: float, epsilon: float | None
    ) -> Outcome:
        loader, (low, high) = view.loader, view.payoff_range
        moved = abs(view.loaded_value - view.target_value) + view.numerical_error
        bias = aim.with_grid(BiasBound(loader=moved, payoff=0.0, grid=None), view.target_value)
        mean, notes = Mean(low, 0.0, 0, (low, high)), list[str]()
        if low < high:
            paid = _paid(payoff, loader)
            measured = with_measurements(loader.circuit, range(loader.num_value_qubits))
            expected = self.run.expected(measured, paid, view.loaded_value)
            variance = view.target_variance
            if expected is not None:
                by_noise = abs(expected.mean - view.loaded_value)
                moved = abs(expected.mean - view.target_value) + expected.uncertainty
                bias = _with_noise(bias, moved + view.numerical_error, by_noise)
                variance = max(variance, expected.variance)
            error = aim.worthwhile_error(bias, (low, high), epsilon)
            variance *= _VARIANCE_MARGIN
            needed = shots_needed(error, alpha, view.target_value, variance, (low, high))
            shots, notes = self.run.shots_within(needed, loader.circuit)
            mean = self.run.mean(measured, paid, shots)
        bounds = min(low, mean.seen[0]), max(high, mean.seen[1])
        return Outcome(
            estimate=float(np.clip(mean.value, *bounds)),
            confidence_interval=mean.interval(alpha, bounds),
            alpha=alpha,
            exact_value=view.target_value,
            loaded_value=view.loaded_value,
            payoff_range=bounds,
            bias_bound=bias,
            encoding=MEASURED,
            estimator=self.run.name,
            num_problems=int(low < high),
            num_qubits=int(loader.circuit.num_qubits) if low < high else 0,
            oracle_calls=mean.shots,
            iterate_two_qubit_gates=0,
            two_qubit_gates=self.run.two_qubit_gates,
            notes=(*notes, *mean.notes),
            statistics_advice="take more shots",
            noise_advice=_MITIGATED if self.run.is_mitigated else _UNMITIGATED,
            is_blind=self.run.runner.is_blind,
        )


def _with_noise(bias: BiasBound, moved: float, by_noise: float) -> BiasBound:
    """The bias of what is read on a device.

    Walks that are fitted for a device load what its errors turn into the target, so that both may
    cancel; but a device is never quite what is said of it.

    Args:
        bias: Without noise.
        moved: How far what is read lies from the target.
        by_noise: How far from what is loaded.
    """
    loader = min(bias.loader, moved)
    return replace(bias, loader=loader, noise=max(moved - loader, DRIFT * by_noise))


def _paid(payoff: Payoff, loader: Loader) -> PayoffOfWords:
    """What is paid at the points that are read."""
    return lambda words: payoff(loader.prices_of(words))
