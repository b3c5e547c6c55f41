"""How a payoff looks on what a model loads: on all points, or on those of a sum."""

from qiskit_ssqw.finance.views.base import View
from qiskit_ssqw.finance.views.choice import view_of, view_of_samples

__all__ = ["View", "view_of", "view_of_samples"]
