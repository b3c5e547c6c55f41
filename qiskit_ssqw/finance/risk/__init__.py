"""Risk measures of a loss: value at risk and expected shortfall by amplitude estimation."""

from qiskit_ssqw.finance.risk.measures import RiskWarning, expected_shortfall, value_at_risk
from qiskit_ssqw.finance.risk.result import Decision, RiskResult

__all__ = ["Decision", "RiskResult", "RiskWarning", "expected_shortfall", "value_at_risk"]
