"""Classes of qiskit-finance: whoever makes one without it is skipped."""

from functools import partial

import pytest

_LIBRARY = "qiskit_finance.circuit.library"
_APPLICATIONS = "qiskit_finance.applications.estimation"


def _make(module, name, *arguments, **options):
    return getattr(pytest.importorskip(module), name)(*arguments, **options)


LogNormalDistribution = partial(_make, _LIBRARY, "LogNormalDistribution")
NormalDistribution = partial(_make, _LIBRARY, "NormalDistribution")
GaussianConditionalIndependenceModel = partial(
    _make, _LIBRARY, "GaussianConditionalIndependenceModel"
)
EuropeanCallPricingObjective = partial(_make, _LIBRARY, "EuropeanCallPricingObjective")
EuropeanCallPricing = partial(_make, _APPLICATIONS, "EuropeanCallPricing")
EuropeanCallDelta = partial(_make, _APPLICATIONS, "EuropeanCallDelta")
FixedIncomePricing = partial(_make, _APPLICATIONS, "FixedIncomePricing")
