"""Payoff circuits: exact, by comparators, or as a Fourier series."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.encodings.base import AngleEncoding as AngleEncoding
    from qiskit_ssqw.finance.encodings.base import PayoffEncoding as PayoffEncoding
    from qiskit_ssqw.finance.encodings.choice import EncodedPayoff as EncodedPayoff
    from qiskit_ssqw.finance.encodings.choice import encode as encode
    from qiskit_ssqw.finance.encodings.comparator import ComparatorEncoding as ComparatorEncoding
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
