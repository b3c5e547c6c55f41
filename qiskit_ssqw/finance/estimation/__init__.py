"""Amplitude estimators: ours, those of qiskit-algorithms, and how to register another.

A `Method` tells how an estimator is made, what its circuits take, and how its result is read. See
"Write your own amplitude estimator" in the docs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.estimation.method import Method as Method
    from qiskit_ssqw.finance.estimation.powers import power_of as power_of
    from qiskit_ssqw.finance.estimation.registry import register as register
    from qiskit_ssqw.finance.estimation.schedule import Decaying as Decaying
    from qiskit_ssqw.finance.estimation.schedule import Goal as Goal
    from qiskit_ssqw.finance.estimation.schedule import Schedule as Schedule
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
