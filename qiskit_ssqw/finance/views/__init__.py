"""How a payoff looks on what a model loads: on all points, or on those of a sum."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.views.base import View as View
    from qiskit_ssqw.finance.views.choice import view_of as view_of
    from qiskit_ssqw.finance.views.choice import view_of_samples as view_of_samples
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
