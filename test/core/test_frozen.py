"""Arrays of targets, walks and results cannot be written to, and neither can those of copies."""

import pickle
from copy import copy, deepcopy
from functools import cached_property

import joblib
import numpy as np
import pytest
from own_examples import own_examples

from qiskit_ssqw import FitResult, MultiscaleWalk, SplitStepWalk, TargetDistribution, fit, fit_many
from qiskit_ssqw.walks import TorusWalk, TreeWalk, Walk, walk_kinds

TARGET = TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 3))
OBJECTS = [
    TARGET,
    TargetDistribution(np.full((2, 4), 1 / 8), [(0, 1), (10, 13)]),
    MultiscaleWalk(3, [(2, 1)], [[0.1, 0.2]], initial_angles=[1, 2, 3], line=(0, 1, 2)),
    TreeWalk.from_probabilities([0.1, 0.2, 0.4, 0.3]),
    SplitStepWalk(2, [[0.1, 0.2]], initial_coin=0.3, final_coin=[1, 2, 3]),
    SplitStepWalk(2, [[[0.1, 0.2, 0.3], [1, 2, 3]]]),
    TorusWalk.template((1, 2), 2),
    fit(TARGET, seed=1),
]
KINDS = {type(thing) for thing in OBJECTS}
OBJECTS += own_examples({kind.walk for kind in walk_kinds()} - KINDS).values()
COPIES = {
    "copy": copy,
    "deepcopy": deepcopy,
    **{
        f"pickle {protocol}": lambda thing, protocol=protocol: pickle.loads(
            pickle.dumps(thing, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


def arrays(thing):
    """All arrays that make up an object."""
    for name, value in vars(thing).items():
        if isinstance(getattr(type(thing), name, None), cached_property):
            continue
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, (Walk, TargetDistribution)):
            yield from arrays(value)


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("how", COPIES)
def test_arrays_of_copies(thing, how):
    if isinstance(thing, Walk):
        before = thing.amplitudes()
    twin = COPIES[how](thing)
    assert twin == thing
    assert list(arrays(twin))
    for array in arrays(twin):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    if isinstance(thing, Walk):
        np.testing.assert_array_equal(twin.amplitudes(), before)
        assert hash(twin) == hash(thing)


def test_every_kind_of_walk_is_tried():
    kinds = {type(thing) for thing in OBJECTS}
    own = {kind for kind in Walk.__subclasses__() if kind.__module__.startswith("qiskit_ssqw.")}
    assert own | {TargetDistribution, FitResult} <= kinds


def test_results_of_other_processes():
    targets = [TargetDistribution(np.roll(TARGET.probabilities, k), (0, 3)) for k in range(2)]
    with joblib.parallel_config(backend="loky"):
        results = fit_many(targets, n_jobs=2, seed=1)
    for result in results:
        for array in arrays(result):
            assert not array.flags.writeable
