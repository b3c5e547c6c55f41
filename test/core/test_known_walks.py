"""The walks that ship with the package, and fits answered from memory."""

import json
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pytest
from scipy import stats

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.fitting.entry import remembered
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.known import from_entry, known_walks
from qiskit_ssqw.fitting.objective import error_of

ENTRIES = json.loads(files("qiskit_ssqw.fitting").joinpath("data/known_walks.json").read_text())
SIZES = sorted({entry["num_qubits"] for entry in ENTRIES["walks"]})


def market(num_qubits, volatility=0.3, maturity=1.0, **options):
    return TargetDistribution.from_black_scholes(
        num_qubits, 100.0, volatility, 0.02, maturity, **options
    )


def entries(name):
    return [entry for entry in ENTRIES["walks"] if entry["target"] == name]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("normal", {}),
        ("log-normal 0.1", {"volatility": 0.1, "num_std": 3, "rule": "pdf"}),
        ("log-normal 0.4", {"volatility": 0.4, "num_std": 3, "rule": "pdf"}),
    ],
)
def test_walks_of_the_file_are_what_they_say(name, options):
    assert entries(name)
    for entry in entries(name):
        target = market(entry["num_qubits"], **options)
        walk = from_entry(entry)
        assert all(control == flipped + 1 for control, flipped in walk.flips)
        assert error_of(walk, Goal.of(target.probabilities)) <= entry["tolerance"]


@pytest.mark.parametrize("num_qubits", [1, *SIZES, 14])
def test_known_walks_come_by_length(num_qubits):
    flips = [len(known.walk.flips) for known in known_walks(num_qubits)]
    assert flips == sorted(flips)
    assert {known.walk.num_qubits for known in known_walks(num_qubits)} <= {num_qubits}


@pytest.mark.parametrize("maturity", [1 / 365, 0.5, 5.0])
@pytest.mark.parametrize("volatility", [0.05, 0.3, 1.0])
def test_every_market_is_known_by_its_probabilities(volatility, maturity):
    for entry in entries("normal"):
        target = market(entry["num_qubits"], volatility, maturity)
        result = fit(target, tolerance=entry["tolerance"], seed=1)
        assert result.success
        assert result.history == ()
        assert result.two_qubit_gates <= len(entry["edges"])
    same = TargetDistribution(target.probabilities, (0, 1))
    assert fit(same, tolerance=entry["tolerance"], seed=2).walk == result.walk


def test_other_targets_of_like_shape_start_from_known_walks():
    target = TargetDistribution.from_scipy(6, stats.norm(0.1, 1.02), (-3.2, 3.1))
    result = fit(target, tolerance=5e-3, seed=1)
    assert result.success
    assert result.history[0].infidelity < 0.2
    assert result.two_qubit_gates <= 12


def test_starts_of_ones_own():
    heaps = np.exp(-((np.arange(64) - 15) ** 2) / 40) + np.exp(-((np.arange(64) - 45) ** 2) / 90)
    target, near = (
        TargetDistribution(weights / weights.sum(), (0, 1)) for weights in (heaps, heaps + 1e-5)
    )
    first = fit(target, tolerance=1.5e-2, seed=1)
    cold, warm = (fit(near, tolerance=2e-2, seed=1, starts=walks) for walks in ((), [first.walk]))
    assert warm.success
    assert warm.history[-1].evaluation < cold.history[-1].evaluation / 2


@pytest.mark.parametrize(
    ("starts", "error", "rule"),
    [
        ([SplitStepWalk.template(3, 2)], TypeError, "starts= is not for a lattice walk"),
        ([MultiscaleWalk(2, [], [])], ValueError, "starts must have 3 qubits like the target"),
    ],
)
def test_bad_starts(starts, error, rule):
    with pytest.raises(error, match=rule):
        fit(market(3), starts=starts)


@pytest.mark.usefixtures("remembering")
def test_the_same_question_is_answered_from_memory():
    first = fit(market(4, tail_mass=1e-3), tolerance=1e-2)
    again = market(4, tail_mass=1e-3)
    assert fit(again, tolerance=1e-2).walk is first.walk
    assert fit(again, tolerance=1e-2).target is again  # which may be of another market
    assert fit(again, tolerance=1e-2, seed=first.seed).walk is not first.walk
    assert fit(again, tolerance=9e-3).walk is not first.walk
    watched = fit(again, tolerance=1e-2, callback=lambda step: None)
    assert watched.walk is not first.walk


@pytest.mark.usefixtures("remembering")
def test_memory_is_bounded(monkeypatch):
    few = lru_cache(2)(remembered.__wrapped__)
    monkeypatch.setattr("qiskit_ssqw.fitting.entry.remembered", few)
    targets = [TargetDistribution([share, 1 - share], (0, 1)) for share in (0.1, 0.2, 0.3)]
    first = [fit(target, seed=1) for target in targets]
    again = [fit(target, seed=1) for target in reversed(targets)]
    assert [one is other for one, other in zip(reversed(first), again, strict=True)] == [
        True,
        True,
        False,
    ]
    assert first == again[::-1]


@pytest.mark.parametrize(("num_qubits", "gates"), [(11, 24), (12, 25)])
@pytest.mark.parametrize(("volatility", "maturity"), [(0.2, 2.0), (0.4, 1.0)])
def test_aligned_grids_take_no_more_than_the_default(num_qubits, gates, volatility, maturity):
    target = market(num_qubits, volatility, maturity, align=105.0)
    result = fit(target, tolerance=1e-3, seed=0)
    assert result.success
    assert result.two_qubit_gates <= gates
