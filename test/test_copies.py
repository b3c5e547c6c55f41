"""Whatever people make survives `pickle` and `deepcopy`: pools of processes need both.

What there is to make is read off the registry of valid calls in `fuzz/calls.py`, which is complete.
"""

import copy
import pickle

import joblib
import numpy as np
import pytest
from fuzz.calls import valid_calls
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_algorithms import EstimationProblem
from scipy.stats import beta

from qiskit_ssqw import visualization
from qiskit_ssqw.devices import DeviceNoise
from qiskit_ssqw.finance import (
    BayesianAmplitudeEstimation,
    LossDistribution,
    PriceHistory,
    RobustAmplitudeEstimation,
)

WAYS = {"pickle": lambda thing: pickle.loads(pickle.dumps(thing)), "deepcopy": copy.deepcopy}
BOTH = pytest.mark.parametrize("way", WAYS)
LEFT_OUT = {"estimate_on_executor", "noise_maps", *visualization.__all__}
"""What needs a device or an extra, and pictures, which are matplotlib's."""

ESTIMATORS = {
    "default prior": BayesianAmplitudeEstimation(0.1, seed=1),
    "threshold": BayesianAmplitudeEstimation(0.1, threshold=0.3, seed=1),
    "prior": BayesianAmplitudeEstimation(0.1, prior=beta(2, 3), noise=(1e-3, 0.1), seed=1),
    "robust": RobustAmplitudeEstimation(0.1, seed=1),
}
NOISE = {
    "made up": DeviceNoise.depolarising(0.01, readout=0.02),
    "of a device": DeviceNoise.of(GenericBackendV2(3, seed=1)),
}
EQUAL = {
    "losses": (
        lambda: LossDistribution([0.0, 2.0], [0.9, 0.1]),
        [LossDistribution([0.0, 2.0], [0.8, 0.2]), LossDistribution([0.0, 3.0], [0.9, 0.1])],
    ),
    "prices": (
        lambda: PriceHistory([1.0, 1.1, 1.2], ["2020-01-01", "2020-01-02", "2020-01-03"]),
        [
            PriceHistory([1.0, 1.1, 1.2]),
            PriceHistory([1.0, 1.1, 1.2], ["2020-01-01", "2020-01-02", "2020-01-06"]),
            PriceHistory([1.0, 1.1, 1.3], ["2020-01-01", "2020-01-02", "2020-01-03"]),
        ],
    ),
}


@pytest.fixture(scope="module")
def made():
    """What valid calls return, where it is an object of the package."""
    calls = [(name, call) for name, several in valid_calls().items() for call in several]
    found = [
        (name, call.function(**call.arguments)) for name, call in calls if name not in LEFT_OUT
    ]
    return [(name, thing) for name, thing in found if type(thing).__module__.startswith("qiskit_")]


def is_same(twin, thing):
    """Equal; where nothing tells that, made of the same things."""
    if type(thing).__eq__ is not object.__eq__:
        return twin == thing
    twins, parts = vars(twin), vars(thing)
    return twins.keys() == parts.keys() and all(
        joblib.hash(twins[name]) == joblib.hash(part) or twins[name] == part
        for name, part in parts.items()
    )


@BOTH
def test_whatever_people_make(way, made):
    assert [name for name, thing in made if not is_same(WAYS[way](thing), thing)] == []


def test_every_class_of_the_registry_is_made(made):
    classes = {name for name, calls in valid_calls().items() if isinstance(calls[0].function, type)}
    assert classes - {name for name, _ in made} == set()


@BOTH
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_find_the_same(estimator, way):
    circuit = QuantumCircuit(1)
    circuit.ry(0.8, 0)
    problem = EstimationProblem(circuit, objective_qubits=[0])
    first, second = (WAYS[way](ESTIMATORS[estimator]).estimate(problem) for _ in range(2))
    expected = copy.copy(ESTIMATORS[estimator]).estimate(problem)
    assert first.confidence_interval == second.confidence_interval == expected.confidence_interval
    assert first.powers == expected.powers


@BOTH
@pytest.mark.parametrize("noise", NOISE)
def test_noise_says_the_same(noise, way):
    bell = QuantumCircuit(2)
    bell.sx(0)
    bell.cx(0, 1)
    bell.measure_all()
    before = NOISE[noise].decay(bell)
    twin = WAYS[way](NOISE[noise])
    assert twin.decay(bell) == before > 0
    np.testing.assert_array_equal(twin.probabilities(bell), NOISE[noise].probabilities(bell))


@pytest.mark.parametrize("kind", EQUAL)
def test_equality_is_by_numbers(kind):
    make, others = EQUAL[kind]
    assert make() == make()
    assert hash(make()) == hash(make())
    assert all(make() != other for other in [*others, "something else"])
    assert len({make(), *others}) == 1 + len(others)


@BOTH
@pytest.mark.parametrize("kind", EQUAL)
def test_arrays_of_copies_stay_locked(kind, way):
    for array in vars(WAYS[way](EQUAL[kind][0]())).values():
        assert not isinstance(array, np.ndarray) or not array.flags.writeable
