"""Distances between distributions: what any of them must satisfy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiskit_ssqw import metrics
from qiskit_ssqw.metrics import (
    fidelity,
    hellinger,
    kl_divergence,
    kolmogorov_smirnov,
    mean_squared_error,
    total_variation,
)

from .strategies import distributions, pairs_of_distributions

DISTANCES = [getattr(metrics, name) for name in metrics.__all__ if name != "fidelity"]
ROUNDING = 1e-12


def root_mean_square(p, q):
    return math.sqrt(mean_squared_error(p, q))


@given(pair=pairs_of_distributions())
def test_none_is_negative_and_that_to_itself_is_zero(pair):
    for metric in DISTANCES:
        assert metric(*pair) >= 0
        assert metric(pair[0], pair[0]) == 0


@given(pair=pairs_of_distributions())
def test_all_but_the_divergence_are_symmetric_and_at_most_one(pair):
    p, q = pair
    for metric in set(DISTANCES) - {kl_divergence}:
        assert metric(p, q) == pytest.approx(metric(q, p), abs=1e-15)
        assert metric(p, q) <= 1 + ROUNDING


@given(three=pairs_of_distributions(3))
def test_the_way_round_is_no_shorter(three):
    p, q, r = three
    for metric in (total_variation, hellinger, kolmogorov_smirnov, root_mean_square):
        assert metric(p, r) <= metric(p, q) + metric(q, r) + ROUNDING


@given(pair=pairs_of_distributions())
def test_inequalities_between_them(pair):
    p, q = pair
    variation, h, divergence = total_variation(p, q), hellinger(p, q), kl_divergence(p, q)
    assert h**2 <= variation + ROUNDING
    assert variation <= h * math.sqrt(max(2 - h**2, 0)) + ROUNDING  # Le Cam
    assert kolmogorov_smirnov(p, q) <= variation + ROUNDING
    assert mean_squared_error(p, q) <= 2 * variation**2 / len(p) + ROUNDING
    assert divergence >= 2 * variation**2 - ROUNDING  # Pinsker
    assert variation <= math.sqrt(-math.expm1(-divergence)) + 1e-7  # Bretagnolle and Huber
    if h < 1:
        rounding = 1e-9 + 1e-15 / (1 - h**2)
        assert divergence >= -2 * math.log1p(-(h**2)) - rounding  # Renyi's divergence grows


@given(pair=pairs_of_distributions(), ends=st.sets(st.integers(1, 7), max_size=3))
def test_merging_sites_brings_none_further_apart(pair, ends):
    p, q = pair
    starts = [0, *sorted(end for end in ends if end < len(p))]
    for metric in (total_variation, hellinger, kl_divergence, kolmogorov_smirnov):
        merged = metric(np.add.reduceat(p, starts), np.add.reduceat(q, starts))
        assert merged <= metric(p, q) + 1e-9


@given(pair=pairs_of_distributions(), data=st.data())
def test_the_order_of_the_sites_counts_for_one_only(pair, data):
    p, q = pair
    order = data.draw(st.permutations(range(len(p))))
    for metric in DISTANCES:
        if metric is not kolmogorov_smirnov:
            there = metric(p, q)
            assert metric(p[order], q[order]) == pytest.approx(there, rel=1e-9, abs=ROUNDING)


@given(pair=pairs_of_distributions(), signs=st.integers(0, 255))
def test_the_fidelity_falls_with_the_distance_and_with_wrong_signs(pair, signs):
    p, q = pair
    overlap = 1 - hellinger(p, q) ** 2
    assert fidelity(p, np.sqrt(q)) == pytest.approx(overlap**2, abs=ROUNDING)
    assert 1 - fidelity(p, np.sqrt(q)) <= 2 * total_variation(p, q) + ROUNDING
    turned = np.where(signs >> np.arange(len(q)) & 1, -1, 1) * np.sqrt(q)
    assert -ROUNDING <= fidelity(p, turned) <= fidelity(p, np.sqrt(q)) + ROUNDING


@given(p=distributions(4), amplitudes=distributions(8), phases=distributions(8))
def test_the_fidelity_with_what_is_traced_out_adds_up_the_branches(p, amplitudes, phases):
    state = np.sqrt(amplitudes) * np.exp(6j * phases)
    branches = state.reshape(2, 4)
    expected = sum(abs(np.sqrt(p) @ branch) ** 2 for branch in branches)
    assert fidelity(p, state) == pytest.approx(expected, abs=ROUNDING)
