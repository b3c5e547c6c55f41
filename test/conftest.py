import zlib

import numpy as np
import pytest
from hypothesis import settings
from reference import data

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("repeatable")


def pytest_configure(config):
    # The dot and the end make the pattern match this package and nothing that begins like it.
    config.addinivalue_line("filterwarnings", r"error::DeprecationWarning:qiskit_ssqw(\..*)?$")


@pytest.fixture
def rng(request):
    """A generator seeded by the name of the test, whatever runs before it."""
    seed = zlib.crc32(request.node.nodeid.encode())
    print(f"rng seed of {request.node.nodeid}: {seed}")
    return np.random.default_rng(seed)


@pytest.fixture
def reference_market():
    return dict(data.MARKET)
