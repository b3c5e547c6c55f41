"""Risk measures of a loss: value at risk and expected shortfall by amplitude estimation."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.risk.measures import RiskWarning as RiskWarning
    from qiskit_ssqw.finance.risk.measures import expected_shortfall as expected_shortfall
    from qiskit_ssqw.finance.risk.measures import value_at_risk as value_at_risk
    from qiskit_ssqw.finance.risk.result import Decision as Decision
    from qiskit_ssqw.finance.risk.result import RiskResult as RiskResult
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
