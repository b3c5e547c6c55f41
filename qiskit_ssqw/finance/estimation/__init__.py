"""Amplitude estimators: ours, those of qiskit-algorithms, and how to register another.

A `Method` tells how an estimator is made, what its circuits take, and how its result is read. See
"Write your own amplitude estimator" in the docs.
"""

from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.powers import power_of
from qiskit_ssqw.finance.estimation.registry import register
from qiskit_ssqw.finance.estimation.schedule import Decaying, Goal, Schedule

__all__ = ["Decaying", "Goal", "Method", "Schedule", "power_of", "register"]
