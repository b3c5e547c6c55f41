"""Price options with quantum walks."""

from qiskit_ssqw.finance.black_scholes import black_scholes_call
from qiskit_ssqw.finance.european_call import (
    EuropeanCall,
    EuropeanCallReport,
    price_european_call,
)
from qiskit_ssqw.finance.history import read_prices, realised_volatility
from qiskit_ssqw.finance.uncertainty_model import LoaderAccuracyWarning, QuantumWalkUncertaintyModel

__all__ = [
    "EuropeanCall",
    "EuropeanCallReport",
    "LoaderAccuracyWarning",
    "QuantumWalkUncertaintyModel",
    "black_scholes_call",
    "price_european_call",
    "read_prices",
    "realised_volatility",
]
