"""What an estimation takes on a fault-tolerant machine: Clifford gates and T gates."""

from qiskit_ssqw.finance.fault_tolerance.estimate import resources
from qiskit_ssqw.finance.fault_tolerance.physical import PhysicalResources
from qiskit_ssqw.finance.fault_tolerance.result import Resources

__all__ = ["PhysicalResources", "Resources", "resources"]
