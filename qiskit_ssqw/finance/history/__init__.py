"""Price histories as people have them, and their volatility."""

from qiskit_ssqw.finance.history.reading import read_history, read_prices
from qiskit_ssqw.finance.history.series import PriceHistory
from qiskit_ssqw.finance.history.volatility import realised_volatility

__all__ = ["PriceHistory", "read_history", "read_prices", "realised_volatility"]
