"""Payoff circuits: exact, by comparators, as a Fourier series, or linearised."""

from qiskit_ssqw.finance.encodings.base import AngleEncoding, PayoffEncoding
from qiskit_ssqw.finance.encodings.choice import EncodedPayoff, encode
from qiskit_ssqw.finance.encodings.comparator import ComparatorEncoding
from qiskit_ssqw.finance.encodings.linear import LinearEncoding

__all__ = [
    "AngleEncoding",
    "ComparatorEncoding",
    "EncodedPayoff",
    "LinearEncoding",
    "PayoffEncoding",
    "encode",
]
