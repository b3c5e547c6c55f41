"""Price options with quantum walks."""

from qiskit_ssqw.finance.applications import BiasBound, OptionPricing
from qiskit_ssqw.finance.history import read_prices, realised_volatility
from qiskit_ssqw.finance.market import Market, Reference, reference_value
from qiskit_ssqw.finance.path_model import PathModel
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
from qiskit_ssqw.finance.pricing import PriceBiasWarning, PricingResult, price
from qiskit_ssqw.finance.uncertainty_model import LoaderAccuracyWarning, QuantumWalkUncertaintyModel

__all__ = [
    "Asian",
    "Barrier",
    "Basket",
    "BearSpread",
    "BestOf",
    "BiasBound",
    "BullSpread",
    "Butterfly",
    "Call",
    "DigitalCall",
    "DigitalPut",
    "FunctionPayoff",
    "LoaderAccuracyWarning",
    "Market",
    "OptionPricing",
    "PathModel",
    "Payoff",
    "PiecewiseLinear",
    "Portfolio",
    "PresentValue",
    "PriceBiasWarning",
    "PricingResult",
    "Put",
    "QuantumWalkUncertaintyModel",
    "Reference",
    "Spread",
    "Straddle",
    "WorstOf",
    "delta",
    "price",
    "read_prices",
    "realised_volatility",
    "reference_value",
]
