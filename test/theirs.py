"""Other packages: their versions, and classes of qiskit-finance, which some do without."""

from functools import partial
from importlib.metadata import version

import pytest

_LIBRARY = "qiskit_finance.circuit.library"
_APPLICATIONS = "qiskit_finance.applications.estimation"


def release(package):
    """The version of a package that is installed, to be compared, such as ``(2, 6)``."""
    return tuple(map(int, version(package).split(".")[:2]))


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
