"""Price options and measure risk with quantum walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ssqw._lazy import importer

if TYPE_CHECKING:
    from qiskit_ssqw.finance.applications import OptionPricing
    from qiskit_ssqw.finance.bayesian import (
        BayesianAmplitudeEstimation,
        BayesianAmplitudeEstimationResult,
    )
    from qiskit_ssqw.finance.history import (
        PriceHistory,
        read_history,
        read_prices,
        realised_volatility,
    )
    from qiskit_ssqw.finance.market import Market, Reference, reference_value
    from qiskit_ssqw.finance.path_model import PathModel
    from qiskit_ssqw.finance.payoff_estimation import BiasBound
    from qiskit_ssqw.finance.payoffs import (
        Asian,
        Barrier,
        Basket,
        BearSpread,
        BestOf,
        BullSpread,
        Butterfly,
        Call,
        DigitalCall,
        DigitalPut,
        FunctionPayoff,
        Last,
        Payoff,
        PiecewiseLinear,
        Portfolio,
        PresentValue,
        Put,
        Spread,
        Straddle,
        WorstOf,
        delta,
    )
    from qiskit_ssqw.finance.plausibility import MarketWarning
    from qiskit_ssqw.finance.pricing import PriceAccuracyWarning, price
    from qiskit_ssqw.finance.result import PricingResult
    from qiskit_ssqw.finance.risk import (
        Decision,
        RiskResult,
        RiskWarning,
        expected_shortfall,
        value_at_risk,
    )
    from qiskit_ssqw.finance.uncertainty_model import (
        LoaderAccuracyWarning,
        QuantumWalkUncertaintyModel,
    )

__all__ = [
    "Asian",
    "Barrier",
    "Basket",
    "BayesianAmplitudeEstimation",
    "BayesianAmplitudeEstimationResult",
    "BearSpread",
    "BestOf",
    "BiasBound",
    "BullSpread",
    "Butterfly",
    "Call",
    "Decision",
    "DigitalCall",
    "DigitalPut",
    "FunctionPayoff",
    "Last",
    "LoaderAccuracyWarning",
    "Market",
    "MarketWarning",
    "OptionPricing",
    "PathModel",
    "Payoff",
    "PiecewiseLinear",
    "Portfolio",
    "PresentValue",
    "PriceAccuracyWarning",
    "PriceHistory",
    "PricingResult",
    "Put",
    "QuantumWalkUncertaintyModel",
    "Reference",
    "RiskResult",
    "RiskWarning",
    "Spread",
    "Straddle",
    "WorstOf",
    "delta",
    "expected_shortfall",
    "price",
    "read_history",
    "read_prices",
    "realised_volatility",
    "reference_value",
    "value_at_risk",
]

_HOMES = {
    "Asian": "payoffs",
    "Barrier": "payoffs",
    "Basket": "payoffs",
    "BayesianAmplitudeEstimation": "bayesian",
    "BayesianAmplitudeEstimationResult": "bayesian",
    "BearSpread": "payoffs",
    "BestOf": "payoffs",
    "BiasBound": "payoff_estimation",
    "BullSpread": "payoffs",
    "Butterfly": "payoffs",
    "Call": "payoffs",
    "Decision": "risk",
    "DigitalCall": "payoffs",
    "DigitalPut": "payoffs",
    "FunctionPayoff": "payoffs",
    "Last": "payoffs",
    "LoaderAccuracyWarning": "uncertainty_model",
    "Market": "market",
    "MarketWarning": "plausibility",
    "OptionPricing": "applications",
    "PathModel": "path_model",
    "Payoff": "payoffs",
    "PiecewiseLinear": "payoffs",
    "Portfolio": "payoffs",
    "PresentValue": "payoffs",
    "PriceAccuracyWarning": "pricing",
    "PriceHistory": "history",
    "PricingResult": "result",
    "Put": "payoffs",
    "QuantumWalkUncertaintyModel": "uncertainty_model",
    "Reference": "market",
    "RiskResult": "risk",
    "RiskWarning": "risk",
    "Spread": "payoffs",
    "Straddle": "payoffs",
    "WorstOf": "payoffs",
    "delta": "payoffs",
    "expected_shortfall": "risk",
    "price": "pricing",
    "read_history": "history",
    "read_prices": "history",
    "realised_volatility": "history",
    "reference_value": "market",
    "value_at_risk": "risk",
}

__getattr__ = importer(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
