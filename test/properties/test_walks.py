"""Every kind of walk: its norm, its amplitudes, its derivatives, and that copies are equal."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import dense

from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, TorusWalk, TreeWalk, Walk

from .strategies import WALKS, multiscale_walks, seeds, walks

ROUNDING = 1e-12

of_each_kind = pytest.mark.parametrize("kind", WALKS, ids=lambda kind: kind.__name__)


def reference_state(walk):
    """The amplitudes as a product of explicit matrices; of a kind without such a reference None."""
    if isinstance(walk, MultiscaleWalk):
        return dense.multiscale_state(walk.num_qubits, walk.flips, walk.angles, walk.initial_angles)
    if isinstance(walk, TorusWalk):
        return dense.torus_state(walk.num_position_qubits, walk.coin_angles, walk.start)
    if isinstance(walk, TreeWalk):
        return tree_state(walk)
    if not isinstance(walk, SplitStepWalk):
        return None
    return dense.lattice_state(
        walk.num_position_qubits,
        walk.coin_angles,
        start=walk.start,
        initial_coin=walk.initial_coin,
        final_coin=walk.final_coin,
        repetitions=walk.repetitions,
        coin=walk.coin,
    )


def tree_state(walk):
    """Each amplitude as the product of what its bits turn at the nodes on its way."""
    state = np.ones(2**walk.num_qubits)
    for site in range(len(state)):
        node = 1
        for bit in reversed(range(walk.num_qubits)):
            half, up = walk.angles[node - 1] / 2, site >> bit & 1
            state[site] *= np.sin(half) if up else np.cos(half)
            node = 2 * node + up
    return state


def test_there_is_a_strategy_for_each_kind():
    own = {kind for kind in Walk.__subclasses__() if kind.__module__.startswith("qiskit_ssqw.")}
    assert own == set(WALKS)


@of_each_kind
@given(data=st.data())
def test_it_is_the_product_of_its_matrices(kind, data):
    walk = data.draw(WALKS[kind])
    amplitudes, expected = walk.amplitudes(), reference_state(walk)
    if expected is not None:
        np.testing.assert_allclose(amplitudes, expected, rtol=0, atol=ROUNDING)
    assert np.linalg.norm(amplitudes) == pytest.approx(1, abs=ROUNDING)
    probabilities = walk.probabilities()
    assert probabilities.shape == (walk.num_sites,)
    assert probabilities.min() >= 0
    assert probabilities.sum() == pytest.approx(1, abs=ROUNDING)


@of_each_kind
@given(data=st.data())
def test_copies_of_every_kind_are_equal(kind, data):
    walk = data.draw(WALKS[kind])
    described = json.loads(json.dumps(walk.to_dict()))
    copies = [
        Walk.from_dict(described),
        kind.from_dict(walk.to_dict()),
        pickle.loads(pickle.dumps(walk)),
        copy.copy(walk),
        copy.deepcopy(walk),
        walk.with_parameters(walk.parameters),
    ]
    for each in copies:
        assert type(each) is kind
        assert each == walk
        assert hash(each) == hash(walk)
        np.testing.assert_array_equal(each.amplitudes(), walk.amplitudes())


@of_each_kind
@given(data=st.data(), seed=seeds)
def test_the_two_derivatives_agree_and_are_tangent_to_the_sphere(kind, data, seed):
    walk = data.draw(WALKS[kind])
    rng = np.random.default_rng(seed)
    cotangent = rng.normal(size=2**walk.num_qubits) + 1j * rng.normal(size=2**walk.num_qubits)
    amplitudes, pullback = walk.vjp(walk.parameters)
    same, jacobian = walk.jacobian(walk.parameters)
    np.testing.assert_allclose(amplitudes, same, rtol=0, atol=ROUNDING)
    expected = (cotangent.conj() @ jacobian).real
    np.testing.assert_allclose(pullback(cotangent), expected, rtol=0, atol=1e-11)
    assert np.abs((amplitudes.conj() @ jacobian).real).max(initial=0) < ROUNDING


@given(walk=walks, data=st.data())
def test_two_turns_of_an_angle_change_nothing(walk, data):
    place = data.draw(st.integers(0, walk.num_parameters - 1))
    turned = np.array(walk.parameters)
    turned[place] += 4 * np.pi
    found = walk.with_parameters(turned)
    np.testing.assert_allclose(found.amplitudes(), walk.amplitudes(), rtol=0, atol=1e-12)


@given(walk=WALKS[SplitStepWalk], data=st.data())
def test_the_next_site_is_the_start_of_the_same_walk(walk, data):
    """A lattice walk knows of no site but its start."""
    sites = 2**walk.num_position_qubits
    shift = data.draw(st.integers(0, sites - 1))
    moved = SplitStepWalk(
        **{
            **{key: value for key, value in walk.to_dict().items() if key != "walk"},
            "start": (walk.start + shift) % sites,
        }
    )
    shape = (sites, 2) if walk.coin == "absorbed" else (2, sites)
    axis = 0 if walk.coin == "absorbed" else 1
    rolled = np.roll(walk.amplitudes().reshape(shape), shift, axis=axis)
    np.testing.assert_allclose(moved.amplitudes(), rolled.ravel(), rtol=0, atol=ROUNDING)


@given(walk=multiscale_walks(), data=st.data())
def test_the_line_of_a_multiscale_walk_may_be_renamed(walk, data):
    order = data.draw(st.permutations(range(walk.num_qubits)))
    renamed = MultiscaleWalk(
        walk.num_qubits,
        [(order[control], order[target]) for control, target in walk.flips],
        walk.angles,
        initial_angles=walk.initial_angles[np.argsort(order)],
        line=[order[qubit] for qubit in walk.line],
    )
    sites = np.arange(2**walk.num_qubits)
    moved = sum((sites >> qubit & 1) << order[qubit] for qubit in range(walk.num_qubits))
    np.testing.assert_allclose(
        renamed.amplitudes()[moved], walk.amplitudes(), rtol=0, atol=ROUNDING
    )


@given(
    p=st.integers(1, 4)
    .flatmap(
        lambda n: st.lists(
            st.one_of(st.floats(0, 1), st.just(0.0), st.floats(0, 1e-300)),
            min_size=2**n,
            max_size=2**n,
        )
    )
    .filter(lambda w: max(w) > 0),
    signs=st.integers(0, 2**16 - 1),
)
def test_a_tree_loads_anything(p, signs):
    amplitudes = np.sqrt(p) * np.where(signs >> np.arange(len(p)) & 1, -1, 1)
    scaled = amplitudes / np.abs(amplitudes).max()
    expected = scaled / np.linalg.norm(scaled)
    found = TreeWalk.from_probabilities(p).probabilities()
    np.testing.assert_allclose(found, expected**2, rtol=1e-9, atol=1e-15)
    signed = TreeWalk.from_amplitudes(scaled).amplitudes()
    np.testing.assert_allclose(signed, expected, rtol=0, atol=1e-12)
