"""Payoff circuits with arithmetic: running sums, flags and ranks, for models of any size."""

from qiskit_ssqw.finance.arithmetic.best import BestEncoding
from qiskit_ssqw.finance.arithmetic.choice import arithmetic_encoding, encode_forms
from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding
from qiskit_ssqw.finance.arithmetic.form import Form
from qiskit_ssqw.finance.arithmetic.harmonics import MeanHarmonicEncoding
from qiskit_ssqw.finance.arithmetic.ranking import Ranking
from qiskit_ssqw.finance.arithmetic.reading import arithmetic_forms
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.arithmetic.watched import Watch, WatchedSum

__all__ = [
    "BestEncoding",
    "FlagEncoding",
    "Form",
    "MeanHarmonicEncoding",
    "Ranking",
    "RunningSum",
    "Watch",
    "WatchedSum",
    "arithmetic_encoding",
    "arithmetic_forms",
    "encode_forms",
]
