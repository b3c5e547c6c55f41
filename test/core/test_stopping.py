"""Fits that are ended early, by their callback or by the clock."""

import math
import time
from itertools import count

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit, fit_many
from qiskit_ssqw.fitting import Variational, fit_fewest_steps
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.lines import along, levels, line_of
from qiskit_ssqw.fitting.moves import independent_bits
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.record import Candidate, Recorder
from qiskit_ssqw.fitting.search import Search
from qiskit_ssqw.fitting.unfinished import best_met, completed
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import TorusWalk

CALLBACK = "The callback stopped the fit. The total variation"
CLOCK = "Time ran out before the fit had ended. The total variation"
WALK = MultiscaleWalk.from_windows(3, [(0, 1), (1, 2)])
LATTICE = SplitStepWalk.template(3, 4, start=4)


def stop_after(number):
    """A callback that ends the fit."""
    calls = count(1)

    def callback(step):
        if next(calls) >= number:
            raise StopIteration

    return callback


def uneven(target):
    """A target of a shape that no known walk has."""
    weights = target.probabilities + 1e-3 * np.arange(target.probabilities.size) ** 2
    return TargetDistribution(weights / weights.sum(), target.bounds)


@pytest.fixture
def ticking(monkeypatch):
    """A clock that goes on by a second whenever it is read."""
    seconds = count()
    monkeypatch.setattr("qiskit_ssqw.fitting.record.time.monotonic", lambda: next(seconds))


def assert_ended(result, target, message):
    assert result.message.startswith(message)
    assert result.target == target
    assert result.walk.num_sites == target.probabilities.size
    bits = independent_bits(target.probabilities.ravel())
    error = total_variation(target.probabilities.ravel(), bits.probabilities())
    assert result.total_variation <= error + 1e-12


GROWTHS = [
    ({}, 2),
    ({}, 3),
    ({"tolerance": 2e-2}, 7),
    ({"tolerance": 1e-5}, 4),
    ({"signs": "free"}, 3),
    ({"max_two_qubit_gates": 2}, 3),
    ({"max_two_qubit_gates": 1}, 8),
]
METHODS = [
    {"walk": WALK},
    {"walk": LATTICE},
    {"walk": SplitStepWalk.template(3, 4, coins="ry", repetitions=2, start=4)},
    {"walk": SplitStepWalk.template(2, 2, coin="absorbed", start=2), "tolerance": 1e-9},
    {"method": "exact"},
    {"method": "exact", "walk": LATTICE},
    {"method": Variational(shots=None), "walk": LATTICE},
    {"method": Variational(shots=None, optimizer="BFGS"), "walk": WALK},
]


@pytest.mark.parametrize(("options", "num_qubits"), GROWTHS)
def test_callback_ends_a_growth(lognormal, options, num_qubits):
    target = lognormal(num_qubits)
    whole = fit(target, seed=1, **options)
    for number in (1, 2, 10, 40):
        result = fit(target, seed=1, callback=stop_after(number), **options)
        assert result.history == whole.history[:number]
        if len(result.history) < number:
            assert result == whole
        else:
            assert_ended(result, target, CALLBACK)
            assert result.two_qubit_gates <= options.get("max_two_qubit_gates", math.inf)


@pytest.mark.parametrize("number", [1, 2, 10])
@pytest.mark.parametrize("options", METHODS)
def test_callback_ends_every_method(lognormal, options, number):
    options = {"tolerance": 1e-12, **options}
    target = lognormal(3)
    steps = []

    def callback(step):
        steps.append(step)
        stop(step)

    stop = stop_after(number)
    result = fit(target, seed=1, callback=callback, **options)
    assert result.history == tuple(steps)
    assert result.message.startswith(CALLBACK) == (len(steps) == number)
    assert result.walk.num_sites == 8
    if options.get("method") in (None, "exact"):
        infidelity = 1 - (1 - result.hellinger**2) ** 2
        assert infidelity <= 1.5 * min(step.infidelity for step in steps) + 1e-9


@pytest.mark.parametrize("walk", [WALK, LATTICE, TorusWalk.template((2, 1), 2)])
def test_callback_ends_a_descent_by_the_adjoint_gradient(lognormal, monkeypatch, walk):
    monkeypatch.setattr("qiskit_ssqw.fitting.large._LARGEST_JACOBIAN", 0)
    target = lognormal(3)
    result = fit(target, walk=walk, tolerance=1e-12, seed=1, callback=stop_after(30))
    assert len(result.history) == 30
    assert result.message.startswith(CALLBACK)
    best = min(step.infidelity for step in result.history)
    assert 1 - (1 - result.hellinger**2) ** 2 <= 1.5 * best + 1e-9


def test_a_given_walk_is_never_made_worse(lognormal):
    known = fit(lognormal(3), tolerance=5e-3, seed=1).walk
    aside = known.with_parameters(known.parameters + 1e-3)
    result = fit(lognormal(3), walk=aside, tolerance=1e-9, seed=1, callback=stop_after(1))
    error = total_variation(lognormal(3).probabilities, aside.probabilities())
    assert result.total_variation <= error


@pytest.mark.parametrize("number", [30, 100])
def test_what_is_within_the_tolerance_is_not_lost(lognormal, number):
    """A fit that is stopped while it saves gates has met the tolerance."""
    target = uneven(lognormal(5))
    result = fit(target, tolerance=2e-2, seed=1, callback=stop_after(number))
    met = fit(target, tolerance=2e-2, seed=1, callback=stop_after(number + 10))
    assert met.success or not result.success
    assert number < 100 or result.success
    assert result.success == ("is within the tolerance" in result.message)


def test_more_evaluations_end_no_worse(lognormal):
    target, tolerance = lognormal(5), 5e-3
    results = [
        fit(target, tolerance=tolerance, seed=1, callback=stop_after(number))
        for number in (1, 5, 20, 80, 320)
    ]
    ranks = [
        (max(r.total_variation, tolerance), r.two_qubit_gates, r.total_variation) for r in results
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert results[-1].success


def test_other_exceptions_of_a_callback_are_not_caught(lognormal):
    def callback(step):
        raise ValueError("too slow")

    with pytest.raises(ValueError, match="too slow"):
        fit(lognormal(3), seed=1, callback=callback)


@pytest.mark.parametrize("options", [*METHODS, *(options for options, _ in GROWTHS[:5])])
@pytest.mark.usefixtures("ticking")
def test_clock_ends_every_method(lognormal, options):
    options = {"tolerance": 1e-12, **options}
    result = fit(lognormal(3), seed=1, max_seconds=4.5, **options)
    assert result.message.startswith(CLOCK)
    assert result.walk.num_sites == 8
    assert 1 <= len(result.history) <= 5
    trained = options.get("method") not in (None, "exact")
    assert ("allow more evaluations" in result.message) == trained
    assert ("let the fit run on" in result.message) != (trained or result.success)


@pytest.mark.usefixtures("ticking")
def test_advice_of_an_unfinished_growth(lognormal):
    result = fit(lognormal(5), seed=1, max_seconds=2)
    assert not result.success
    assert ": let the fit run on, raise the tolerance, allow more" in result.message


def test_a_second_is_a_second(lognormal):
    target = TargetDistribution.from_black_scholes(8, 100, 0.3, 0.02, 1, rule="cell")
    started = time.perf_counter()
    result = fit(target, tolerance=1e-5, seed=1, max_seconds=0.2)
    assert 0.2 <= time.perf_counter() - started < 10
    assert_ended(result, target, CLOCK)
    assert fit(lognormal(3), seed=1, max_seconds=1000) == fit(lognormal(3), seed=1)


@pytest.mark.parametrize(
    ("seconds", "error", "message"),
    [
        (0, ValueError, "max_seconds must be positive, got 0"),
        (-1.5, ValueError, "max_seconds must be positive, got -1.5"),
        (math.nan, ValueError, "max_seconds must be finite, got nan"),
        (math.inf, ValueError, "max_seconds must be finite, got inf"),
        ("long", TypeError, "max_seconds must be a real number, got 'long'"),
    ],
)
@pytest.mark.parametrize(
    "call", [fit, fit_fewest_steps, lambda target, **options: fit_many([target], **options)]
)
def test_bad_seconds(lognormal, call, seconds, error, message):
    with pytest.raises(error, match=message):
        call(lognormal(2), max_seconds=seconds)


def test_families_end_per_target(monkeypatch):
    targets = [
        TargetDistribution.from_black_scholes(5, 100.0, volatility, 0.01, 0.5)
        for volatility in (0.2, 0.21, 0.22)
    ]
    whole = fit_many(targets, tolerance=5e-3, seed=1)
    assert fit_many(targets, tolerance=5e-3, seed=1, max_seconds=1000) == whole
    seconds = count()
    monkeypatch.setattr("qiskit_ssqw.fitting.record.time.monotonic", lambda: next(seconds))
    for target, result in zip(
        targets, fit_many(targets, tolerance=1e-9, seed=1, max_seconds=5), strict=True
    ):
        assert_ended(result, target, CLOCK)
    assert fit_many(targets, tolerance=5e-3, seed=1) == whole


@pytest.mark.parametrize("number", [1, 20])
def test_callback_ends_a_search_for_the_fewest_steps(lognormal, number):
    target = lognormal(3)
    result = fit_fewest_steps(target, tolerance=1e-9, seed=1, callback=stop_after(number))
    assert result.message.startswith("The callback stopped the search. The total variation")
    assert ": let the search run on, or raise the tolerance." in result.message
    assert result.walk.num_sites == 8


def test_a_search_that_is_ended_keeps_a_walk_within_the_tolerance(lognormal):
    target = lognormal(3)
    whole = []
    shortest = fit_fewest_steps(target, tolerance=1e-6, seed=1, callback=whole.append)
    assert whole[-len(shortest.history) :] == list(shortest.history) or shortest.success
    result = fit_fewest_steps(target, tolerance=1e-6, seed=1, callback=stop_after(len(whole) - 1))
    assert result.success
    assert result.message.startswith("The callback stopped the search.")
    assert result.walk.num_steps >= shortest.walk.num_steps


@pytest.mark.usefixtures("ticking")
def test_clock_ends_a_search_for_the_fewest_steps(lognormal):
    result = fit_fewest_steps(lognormal(4), tolerance=1e-9, seed=1, max_seconds=20)
    assert result.message.startswith("Time ran out before the search had ended.")
    assert result.walk.num_sites == 16


@pytest.mark.parametrize("order", ["mirrored", "concatenated", "interleaved"])
@pytest.mark.parametrize("sizes", [(2, 3), (1, 2, 2)])
def test_a_completed_walk_has_the_coarse_walk_for_a_marginal(rng, order, sizes):
    size, line = sum(sizes), line_of(order, sizes)
    probabilities = along(line, rng.dirichlet(np.ones(2**size)))
    grids = Grids(probabilities, levels(line, sizes))
    for bits in range(1, size + 1):
        flips = [(bit + 1, bit) for bit in range(bits - 1)]
        walk = MultiscaleWalk(
            bits,
            flips,
            rng.normal(size=(len(flips), 2)),
            initial_angles=rng.normal(size=bits),
        )
        finer = completed(walk, grids)
        loaded = Grids(finer.probabilities(), levels(line, sizes))
        np.testing.assert_allclose(loaded.marginal(bits), walk.probabilities(), atol=1e-14)
        single = [2**bit for bit in range(size)]
        for bit in single:
            have = sum(finer.probabilities()[x] for x in range(2**size) if x & bit)
            want = sum(probabilities[x] for x in range(2**size) if x & bit)
            first, last = grids.stretch(bits)
            if not first <= size - bit.bit_length() <= last:
                assert have == pytest.approx(want, abs=1e-14)


@pytest.mark.parametrize("order", ["mirrored", "concatenated"])
def test_candidates_of_a_growth_are_what_they_say(order):
    """Also those of bits that enter at the high end of the line."""
    sizes = (4, 3)
    target = TargetDistribution.normal(sizes, [0, 0], [[1, 0.5], [0.5, 1]], [(-2, 2)] * 2)
    line = line_of(order, sizes)
    grids = Grids(along(line, target.probabilities.ravel()), levels(line, sizes))
    recorder = Recorder()
    walk = Search(grids, 2e-2, np.random.default_rng(1), recorder).run()
    assert error_of(walk, Goal.of(grids.probabilities)) <= 2e-2
    assert {candidate.num_qubits for candidate in recorder.candidates} == {6, 7}
    for candidate in recorder.candidates:
        known = candidate.walk()
        assert known.num_qubits == candidate.num_qubits
        assert known.two_qubit_gates == candidate.two_qubit_gates
        error = error_of(known, grids.goal(candidate.num_qubits))
        assert error == pytest.approx(candidate.error, abs=1e-12)
    best = best_met(grids, recorder, tolerance=2e-2)
    assert error_of(best, Goal.of(grids.probabilities)) <= 2e-2
    assert best.two_qubit_gates <= walk.two_qubit_gates


def test_the_best_candidate_of_each_size_is_kept():
    recorder = Recorder()
    for error in (0.3, 0.1, 0.2):
        recorder.offer(Candidate(3, 2, error, lambda error=error: error))
    recorder.offer(Candidate(3, 1, 0.4, lambda: "short"))
    with recorder.changing(lambda walk: f"changed {walk}"):
        recorder.offer(Candidate(2, 1, 0.5, lambda: "coarse"))
    recorder.offer(Candidate(2, 1, 0.6, lambda: "worse"))
    assert [candidate.walk() for candidate in recorder.candidates] == [
        *(0.1, "short", "changed coarse")
    ]
