"""Payoff circuits with arithmetic: running sums, flags and ranks, for models of any size."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.arithmetic.best import BestEncoding as BestEncoding
    from qiskit_ssqw.finance.arithmetic.choice import arithmetic_encoding as arithmetic_encoding
    from qiskit_ssqw.finance.arithmetic.choice import encode_forms as encode_forms
    from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding as FlagEncoding
    from qiskit_ssqw.finance.arithmetic.form import Form as Form
    from qiskit_ssqw.finance.arithmetic.harmonics import (
        MeanHarmonicEncoding as MeanHarmonicEncoding,
    )
    from qiskit_ssqw.finance.arithmetic.ranking import Ranking as Ranking
    from qiskit_ssqw.finance.arithmetic.reading import arithmetic_forms as arithmetic_forms
    from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum as RunningSum
    from qiskit_ssqw.finance.arithmetic.watched import Watch as Watch
    from qiskit_ssqw.finance.arithmetic.watched import WatchedSum as WatchedSum
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
