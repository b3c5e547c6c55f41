"""Payoff circuits with arithmetic: running sums, flags and ranks, for models of any size."""

from qiskit_ssqw.finance.arithmetic.best import BestEncoding
from qiskit_ssqw.finance.arithmetic.choice import arithmetic_encoding
from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding, Watch
from qiskit_ssqw.finance.arithmetic.harmonics import MeanHarmonicEncoding
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum

__all__ = [
    "BestEncoding",
    "FlagEncoding",
    "MeanHarmonicEncoding",
    "RunningSum",
    "Watch",
    "arithmetic_encoding",
]
