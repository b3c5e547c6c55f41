"""Models as registers, and what prices and payoffs are on them without a list of all points."""

from qiskit_ssqw.finance.registers.law import Law
from qiskit_ssqw.finance.registers.register import Register
from qiskit_ssqw.finance.registers.sums import OuterSum, Price, TableSum

__all__ = ["Law", "OuterSum", "Price", "Register", "TableSum"]
