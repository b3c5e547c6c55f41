"""What an estimation takes on a fault-tolerant machine: Clifford gates and T gates."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.fault_tolerance.estimate import resources as resources
    from qiskit_ssqw.finance.fault_tolerance.physical import PhysicalResources as PhysicalResources
    from qiskit_ssqw.finance.fault_tolerance.result import Resources as Resources
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
