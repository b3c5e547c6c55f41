import os
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from reference import data

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.fitting import entry

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=20)
settings.register_profile(
    "deep",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", 10_000)),
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def forgetful(request, monkeypatch):
    """Each fit is a fit, whatever was fitted before, but in tests of the memory itself."""
    entry.remembered.cache_clear()
    if "remembering" not in request.fixturenames:
        monkeypatch.setattr(entry, "remembered", entry.remembered.__wrapped__)


@pytest.fixture
def remembering():
    """Fits may be answered from memory."""


@pytest.fixture
def rng(request):
    """A generator seeded by the name of the test, whatever runs before it."""
    seed = zlib.crc32(request.node.nodeid.encode())
    print(f"rng seed of {request.node.nodeid}: {seed}")
    return np.random.default_rng(seed)


@pytest.fixture
def reference_market():
    return dict(data.MARKET)


@pytest.fixture
def lognormal(reference_market):
    """The reference target on a number of qubits."""

    def make(num_qubits):
        return TargetDistribution.from_black_scholes(
            num_qubits, **reference_market, num_std=3, rule="pdf"
        )

    return make
