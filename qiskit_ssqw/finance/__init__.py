"""Price options and measure risk with quantum walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ssqw._lazy import importer

if TYPE_CHECKING:
    from qiskit_ssqw.finance.applications import OptionPricing
    from qiskit_ssqw.finance.bias import BiasBound
    from qiskit_ssqw.finance.credit_model import CreditModel
    from qiskit_ssqw.finance.estimation.bayesian import (
        BayesianAmplitudeEstimation,
        BayesianAmplitudeEstimationResult,
    )
    from qiskit_ssqw.finance.estimation.robust import RobustAmplitudeEstimation
    from qiskit_ssqw.finance.estimation.robust_result import RobustAmplitudeEstimationResult
    from qiskit_ssqw.finance.factor_model import FactorModel
    from qiskit_ssqw.finance.fault_tolerance import PhysicalResources, Resources, resources
    from qiskit_ssqw.finance.history import (
        PriceHistory,
        read_history,
        read_prices,
        realised_volatility,
    )
    from qiskit_ssqw.finance.loss_distribution import LossDistribution
    from qiskit_ssqw.finance.obligors import Obligors
    from qiskit_ssqw.finance.path_model import PathModel
    from qiskit_ssqw.finance.payoffs import (
        Asian,
        Autocallable,
        Barrier,
        Basket,
        BearSpread,
        BestOf,
        Breaches,
        BullSpread,
        Butterfly,
        Call,
        DigitalCall,
        DigitalPut,
        FunctionPayoff,
        GeometricBasket,
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
        gamma,
        rho,
        theta,
        vega,
    )
    from qiskit_ssqw.finance.pricing import PriceAccuracyWarning, price
    from qiskit_ssqw.finance.product_model import ProductModel
    from qiskit_ssqw.finance.reference import Reference, reference_value
    from qiskit_ssqw.finance.register_model import RegisterModel
    from qiskit_ssqw.finance.result import PricingResult
    from qiskit_ssqw.finance.risk import (
        Decision,
        RiskResult,
        RiskWarning,
        expected_shortfall,
        value_at_risk,
    )
    from qiskit_ssqw.finance.running.simulators import matrix_product_sampler
    from qiskit_ssqw.finance.uncertainty_model import (
        LoaderAccuracyWarning,
        QuantumWalkUncertaintyModel,
    )
    from qiskit_ssqw.markets.bachelier import Bachelier
    from qiskit_ssqw.markets.base import PriceDistribution
    from qiskit_ssqw.markets.bates import Bates
    from qiskit_ssqw.markets.black_scholes import Market
    from qiskit_ssqw.markets.cir import CIR
    from qiskit_ssqw.markets.greeks import Greeks
    from qiskit_ssqw.markets.heston import Heston
    from qiskit_ssqw.markets.merton import Merton
    from qiskit_ssqw.markets.model import PriceModel
    from qiskit_ssqw.markets.plausibility import MarketWarning
    from qiskit_ssqw.markets.quoted_prices import QuotedPrices
    from qiskit_ssqw.markets.quotes import from_option_quotes
    from qiskit_ssqw.markets.variance_gamma import VarianceGamma

__all__ = [  # noqa: RUF022, which puts capitals first
    "Asian",
    "Autocallable",
    "Bachelier",
    "Barrier",
    "Basket",
    "Bates",
    "BayesianAmplitudeEstimation",
    "BayesianAmplitudeEstimationResult",
    "BearSpread",
    "BestOf",
    "BiasBound",
    "Breaches",
    "BullSpread",
    "Butterfly",
    "CIR",
    "Call",
    "CreditModel",
    "Decision",
    "DigitalCall",
    "DigitalPut",
    "FactorModel",
    "FunctionPayoff",
    "GeometricBasket",
    "Greeks",
    "Heston",
    "Last",
    "LoaderAccuracyWarning",
    "LossDistribution",
    "Market",
    "MarketWarning",
    "Merton",
    "Obligors",
    "OptionPricing",
    "PathModel",
    "Payoff",
    "PhysicalResources",
    "PiecewiseLinear",
    "Portfolio",
    "PresentValue",
    "PriceAccuracyWarning",
    "PriceDistribution",
    "PriceHistory",
    "PriceModel",
    "PricingResult",
    "ProductModel",
    "Put",
    "QuantumWalkUncertaintyModel",
    "QuotedPrices",
    "Reference",
    "RegisterModel",
    "Resources",
    "RiskResult",
    "RiskWarning",
    "RobustAmplitudeEstimation",
    "RobustAmplitudeEstimationResult",
    "Spread",
    "Straddle",
    "VarianceGamma",
    "WorstOf",
    "delta",
    "expected_shortfall",
    "from_option_quotes",
    "gamma",
    "matrix_product_sampler",
    "price",
    "read_history",
    "read_prices",
    "realised_volatility",
    "reference_value",
    "resources",
    "rho",
    "theta",
    "value_at_risk",
    "vega",
]

_HOMES = {
    "Asian": "payoffs",
    "Autocallable": "payoffs",
    "Bachelier": "qiskit_ssqw.markets.bachelier",
    "Barrier": "payoffs",
    "Basket": "payoffs",
    "Bates": "qiskit_ssqw.markets.bates",
    "BayesianAmplitudeEstimation": "estimation.bayesian",
    "BayesianAmplitudeEstimationResult": "estimation.bayesian",
    "BearSpread": "payoffs",
    "BestOf": "payoffs",
    "BiasBound": "bias",
    "Breaches": "payoffs",
    "BullSpread": "payoffs",
    "Butterfly": "payoffs",
    "CIR": "qiskit_ssqw.markets.cir",
    "Call": "payoffs",
    "CreditModel": "credit_model",
    "Decision": "risk",
    "DigitalCall": "payoffs",
    "DigitalPut": "payoffs",
    "FactorModel": "factor_model",
    "FunctionPayoff": "payoffs",
    "GeometricBasket": "payoffs",
    "Greeks": "qiskit_ssqw.markets.greeks",
    "Heston": "qiskit_ssqw.markets.heston",
    "Last": "payoffs",
    "LoaderAccuracyWarning": "uncertainty_model",
    "LossDistribution": "loss_distribution",
    "Market": "qiskit_ssqw.markets.black_scholes",
    "MarketWarning": "qiskit_ssqw.markets.plausibility",
    "Merton": "qiskit_ssqw.markets.merton",
    "Obligors": "obligors",
    "OptionPricing": "applications",
    "PathModel": "path_model",
    "Payoff": "payoffs",
    "PhysicalResources": "fault_tolerance",
    "PiecewiseLinear": "payoffs",
    "Portfolio": "payoffs",
    "PresentValue": "payoffs",
    "PriceAccuracyWarning": "pricing",
    "PriceDistribution": "qiskit_ssqw.markets.base",
    "PriceHistory": "history",
    "PriceModel": "qiskit_ssqw.markets.model",
    "PricingResult": "result",
    "ProductModel": "product_model",
    "Put": "payoffs",
    "QuantumWalkUncertaintyModel": "uncertainty_model",
    "QuotedPrices": "qiskit_ssqw.markets.quoted_prices",
    "Reference": "reference",
    "RegisterModel": "register_model",
    "Resources": "fault_tolerance",
    "RiskResult": "risk",
    "RiskWarning": "risk",
    "RobustAmplitudeEstimation": "estimation.robust",
    "RobustAmplitudeEstimationResult": "estimation.robust_result",
    "Spread": "payoffs",
    "Straddle": "payoffs",
    "VarianceGamma": "qiskit_ssqw.markets.variance_gamma",
    "WorstOf": "payoffs",
    "delta": "payoffs",
    "expected_shortfall": "risk",
    "from_option_quotes": "qiskit_ssqw.markets.quotes",
    "gamma": "payoffs",
    "matrix_product_sampler": "running.simulators",
    "price": "pricing",
    "read_history": "history",
    "read_prices": "history",
    "realised_volatility": "history",
    "reference_value": "reference",
    "resources": "fault_tolerance",
    "rho": "payoffs",
    "theta": "payoffs",
    "value_at_risk": "risk",
    "vega": "payoffs",
}

__getattr__ = importer(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
