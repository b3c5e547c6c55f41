"""Models as registers, and what prices and payoffs are on them without a list of all points."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.registers.law import Law as Law
    from qiskit_ssqw.finance.registers.register import Register as Register
    from qiskit_ssqw.finance.registers.sums import OuterSum as OuterSum
    from qiskit_ssqw.finance.registers.sums import Price as Price
    from qiskit_ssqw.finance.registers.sums import TableSum as TableSum
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
