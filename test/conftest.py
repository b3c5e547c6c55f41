import os
import zlib
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from reference import data

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.fitting import entry

# Aer reads it when it is imported. On cores that others use, too, its threads wait for each other,
# and a small circuit takes ten times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=20)
settings.register_profile(
    "deep",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", 10_000)),
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def pytest_configure(config):
    config.addinivalue_line("markers", "deep: takes long; run with HYPOTHESIS_PROFILE=deep only")


def pytest_collection_modifyitems(config, items):
    """Leave out what is deep, and combinations of parameters whose values are all met already."""
    if DEEP or any("[" in argument for argument in config.args):
        return
    met = defaultdict(set)
    kept, left_out = [], []
    for item in sorted(items, key=_shuffled):
        parameters, function = _parameters(item), item.nodeid.partition("[")[0]
        values = parameters | _values(item)
        is_new = len(parameters) < 2 or not values <= met[function]
        if is_new and item.get_closest_marker("deep") is None:
            met[function] |= values
            kept.append(item)
        else:
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    chosen = set(kept)
    items[:] = [item for item in items if item in chosen]


def _parameters(item):
    """What each `parametrize` of a test gives it, told apart by how it prints."""
    found = set()
    for marker in item.iter_markers("parametrize"):
        names = marker.args[0]
        names = names.split(",") if isinstance(names, str) else names
        found.add(tuple((name.strip(), repr(item.callspec.params[name.strip()])) for name in names))
    return found


def _values(item):
    """Each value that a test is given, by `parametrize` or by a fixture that has several."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return {(name, repr(value)) for name, value in given.items()}


def _shuffled(item):
    """Neighbours differ in one parameter only; in this order fewer cover all values."""
    return zlib.crc32(item.nodeid.encode())


@pytest.fixture(autouse=True)
def forgetful(request, monkeypatch):
    """Each fit is a fit, whatever was fitted before, but where a test asks for memory."""
    if "remembering" not in request.fixturenames:
        entry.remembered.cache_clear()
        monkeypatch.setattr(entry, "remembered", entry.remembered.__wrapped__)


@pytest.fixture(scope="module")
def remembering():
    """Fits may be answered from memory, which the tests of a module share that ask for this."""
    entry.remembered.cache_clear()


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
