"""What contracts pay: NumPy functions of the price, of several prices, or of a path."""

from qiskit_ssqw.finance.payoffs.autocallable import Autocallable
from qiskit_ssqw.finance.payoffs.base import FunctionPayoff, Payoff, Portfolio
from qiskit_ssqw.finance.payoffs.breaches import Breaches
from qiskit_ssqw.finance.payoffs.fixed_income import PresentValue
from qiskit_ssqw.finance.payoffs.greeks import gamma, rho, theta, vega
from qiskit_ssqw.finance.payoffs.paths import Asian, Barrier, Last
from qiskit_ssqw.finance.payoffs.sensitivity import delta
from qiskit_ssqw.finance.payoffs.several import (
    Basket,
    BestOf,
    GeometricBasket,
    Spread,
    WorstOf,
)
from qiskit_ssqw.finance.payoffs.vanilla import (
    BearSpread,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    PiecewiseLinear,
    Put,
    Straddle,
)

__all__ = [
    "Asian",
    "Autocallable",
    "Barrier",
    "Basket",
    "BearSpread",
    "BestOf",
    "Breaches",
    "BullSpread",
    "Butterfly",
    "Call",
    "DigitalCall",
    "DigitalPut",
    "FunctionPayoff",
    "GeometricBasket",
    "Last",
    "Payoff",
    "PiecewiseLinear",
    "Portfolio",
    "PresentValue",
    "Put",
    "Spread",
    "Straddle",
    "WorstOf",
    "delta",
    "gamma",
    "rho",
    "theta",
    "vega",
]
