"""A European call from market data to a price, through qiskit-finance's own application."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.black_scholes import black_scholes_call
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel

_SHOTS = 1000
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class EuropeanCall:
    """A European call and its market.

    Raises:
        TypeError: A value is not a number.
        ValueError: ``spot``, ``strike``, ``volatility`` or ``maturity`` is not positive.
    """

    spot: float
    """Price of the underlying today."""
    strike: float
    """Strike price."""
    volatility: float
    """Annual volatility (standard deviation of the logarithm over a year)."""
    rate: float
    """Annual risk-free rate, continuously compounded."""
    maturity: float
    """Time to maturity in years."""

    def __post_init__(self) -> None:
        for name in ("spot", "strike", "volatility", "maturity"):
            object.__setattr__(self, name, check.positive(getattr(self, name), name))
        object.__setattr__(self, "rate", check.number(self.rate, "rate"))

    @property
    def market(self) -> dict[str, float]:
        """Spot, volatility, rate and maturity: what the distribution depends on."""
        return {name: value for name, value in asdict(self).items() if name != "strike"}


@dataclass(frozen=True)
class EuropeanCallReport:
    """What the price of a call is, by each method. Prices are undiscounted expected payoffs."""

    call: EuropeanCall
    model: QuantumWalkUncertaintyModel
    """The loader that was used."""
    black_scholes: float
    """The exact expected payoff under Black-Scholes."""
    grid_sum: float
    """Sum over the grid of the target: what a perfect quantum computer could return."""
    loaded_sum: float
    """The same sum with the probabilities that the walk loads."""
    linearised: float
    """What qiskit-finance's linearised payoff makes of the loaded distribution."""
    estimate: float
    """Amplitude estimation's estimate of the linearised value."""
    confidence_interval: tuple[float, float]
    """Its 95% confidence interval."""
    oracle_queries: int
    """Applications of the Grover operator, summed over all shots."""

    @property
    def discount(self) -> float:
        """What multiplies an expected payoff to give the price today."""
        return float(np.exp(-self.call.rate * self.call.maturity))

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as a dictionary that JSON can hold."""
        result = self.model.fit_result
        return {
            "call": asdict(self.call),
            "num_qubits": self.model.num_qubits,
            "black_scholes": self.black_scholes,
            "grid_sum": self.grid_sum,
            "loaded_sum": self.loaded_sum,
            "linearised": self.linearised,
            "estimate": self.estimate,
            "confidence_interval": list(self.confidence_interval),
            "confidence_level": _CONFIDENCE,
            "discount": self.discount,
            "oracle_queries": self.oracle_queries,
            "loader": {
                "total_variation": result.total_variation,
                "tolerance": result.tolerance,
                "success": result.success,
                "two_qubit_gates": result.two_qubit_gates,
                "seed": result.seed,
            },
        }


def price_european_call(
    call: EuropeanCall,
    model: QuantumWalkUncertaintyModel,
    *,
    epsilon: float = 0.01,
    rescaling_factor: float = 0.25,
    seed: int | None = None,
) -> EuropeanCallReport:
    """Price a call with qiskit-finance's application and iterative amplitude estimation.

    Args:
        call: The contract and its market.
        model: A one-dimensional loader of the price at maturity. That it belongs to the call's
            market is up to the caller: ``from_black_scholes(num_qubits, **call.market)``.
        epsilon: Accuracy of the estimated amplitude, between 0 and 0.5. The price's is this times
            ``2 / (pi * rescaling_factor)`` times the largest payoff on the grid, or better.
        rescaling_factor: qiskit-finance's factor of the linearised payoff, between 0 and 1: a
            small one lowers the bias of the linearisation and raises the statistical error.
        seed: Seed of the simulated measurements.

    Raises:
        ValueError: The strike lies outside the grid, or a number outside its interval.
    """
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_aer import AerSimulator
    from qiskit_aer.primitives import SamplerV2
    from qiskit_algorithms import IterativeAmplitudeEstimation
    from qiskit_finance.applications.estimation import EuropeanCallPricing

    bounds = _checked_bounds(model, call.strike)
    if not 0 < check.positive(epsilon, "epsilon") < 0.5:
        raise ValueError(f"epsilon must lie strictly between 0 and 0.5, got {epsilon}")
    if not 0 < check.positive(rescaling_factor, "rescaling_factor") <= 1:
        raise ValueError(f"rescaling_factor must be at most 1, got {rescaling_factor}")
    application = EuropeanCallPricing(
        num_state_qubits=model.num_qubits,
        strike_price=call.strike,
        rescaling_factor=rescaling_factor,
        bounds=bounds,
        uncertainty_model=model,
    )
    problem = application.to_estimation_problem()
    estimator = IterativeAmplitudeEstimation(
        epsilon,
        1 - _CONFIDENCE,
        sampler=SamplerV2(default_shots=_SHOTS, seed=seed),
        transpiler=generate_preset_pass_manager(1, AerSimulator()),
    )
    result = estimator.estimate(problem)
    low, high = result.confidence_interval_processed
    payoffs = np.maximum(model.values - call.strike, 0.0)
    return EuropeanCallReport(
        call=call,
        model=model,
        black_scholes=black_scholes_call(strike=call.strike, discounted=False, **call.market),
        grid_sum=float(payoffs @ model.probabilities),
        loaded_sum=float(payoffs @ model.loaded_probabilities),
        linearised=float(
            problem.post_processing(_good_probability(payoffs, rescaling_factor, model))
        ),
        estimate=float(application.interpret(result)),
        confidence_interval=(float(low), float(high)),
        oracle_queries=int(result.num_oracle_queries),
    )


def _checked_bounds(model: QuantumWalkUncertaintyModel, strike: float) -> tuple[float, float]:
    """Return the bounds of a one-dimensional grid that has the strike strictly inside."""
    if model.values.ndim != 1:
        raise ValueError(f"the model must be one-dimensional, got bounds {model.bounds}")
    low, high = float(model.values[0]), float(model.values[-1])
    if not low < strike < high:
        raise ValueError(
            f"strike must lie inside the grid ({low:.6g}, {high:.6g}), got {strike}; "
            "widen the grid with num_std or bounds"
        )
    return low, high


def _good_probability(
    payoffs: np.ndarray, rescaling_factor: float, model: QuantumWalkUncertaintyModel
) -> float:
    """Probability of objective 1 for the payoff ``sin(c pi / 2 (f - 1/2) + pi / 4)**2``.

    This is the linearised amplitude of Stamatopoulos et al. (arXiv:1905.02666), section 3.3, with
    ``f`` the payoff divided by its largest value on the grid.
    """
    angles = rescaling_factor * np.pi / 2 * (payoffs / payoffs[-1] - 0.5) + np.pi / 4
    return float(np.sin(angles) ** 2 @ model.loaded_probabilities)
