"""The lattice walk as one multiplexed coin against the circuits that take its steps one by one."""

import numpy as np
import pytest
from qiskit import transpile
from qiskit.circuit import Parameter, ParameterVector
from qiskit.quantum_info import Operator
from test_synthesis import BASIS, random_lattice_walk

from qiskit_ssqw.synthesis import (
    momentum_multiplexer,
    synth_lattice_fourier,
    synth_lattice_shifts,
    synth_start,
)
from qiskit_ssqw.synthesis.momentum_multiplexer import synth_lattice_multiplexed
from qiskit_ssqw.walks import SplitStepWalk

SIZES = [1, 2, 3, 4, 5]


def count_cx(circuit, level=0):
    options = {"basis_gates": BASIS, "optimization_level": level, "seed_transpiler": 1}
    return transpile(circuit, **options).count_ops().get("cx", 0)


def steps_alone(walk):
    """Operator of the half steps: the start is undone on the input."""
    undone = synth_lattice_shifts(walk)
    return Operator(
        undone.compose(synth_start(walk).inverse(), range(walk.num_position_qubits), front=True)
    ).data


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("u", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_the_operator_of_the_other_forms(size, u, ends, rng):
    walk = random_lattice_walk(rng, size, u=u, ends=ends)
    operator = Operator(synth_lattice_multiplexed(walk)).data
    for other in (synth_lattice_fourier, synth_lattice_shifts):
        np.testing.assert_allclose(operator, Operator(other(walk)).data, atol=1e-10)


@pytest.mark.parametrize("u", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_without_the_start_it_is_the_half_steps(size, u, rng):
    walk = random_lattice_walk(rng, size, u=u)
    operator = Operator(synth_lattice_multiplexed(walk, prepare=False)).data
    np.testing.assert_allclose(operator, steps_alone(walk), atol=1e-10)


@pytest.mark.parametrize("coin", ["traced", "absorbed"])
@pytest.mark.parametrize("repetitions", [1, 5])
def test_repetitions_and_the_role_of_the_coin(repetitions, coin, rng):
    walk = random_lattice_walk(rng, 3, repetitions=repetitions, coin=coin)
    operator = Operator(synth_lattice_multiplexed(walk)).data
    np.testing.assert_allclose(operator, Operator(synth_lattice_fourier(walk)).data, atol=1e-10)


@pytest.mark.parametrize("theta", [0.0, np.pi, 2 * np.pi])
def test_coins_that_never_or_always_flip(theta):
    """Half of the matrices' entries vanish; the phases of those are nothing to rely on."""
    walk = SplitStepWalk(3, [[theta, 0.0], [np.pi, theta]], start=3)
    operator = Operator(synth_lattice_multiplexed(walk)).data
    np.testing.assert_allclose(operator, Operator(synth_lattice_shifts(walk)).data, atol=1e-10)


@pytest.mark.parametrize("steps", [1, 30])
@pytest.mark.parametrize("size", SIZES)
def test_the_cost_does_not_depend_on_the_steps(size, steps, rng):
    walk = random_lattice_walk(rng, size, steps=steps)
    cost = 3 * 2**size - 2 + size * (size - 1)
    assert count_cx(synth_lattice_multiplexed(walk)) == cost
    circuit = synth_lattice_multiplexed(walk, prepare=False)
    assert count_cx(circuit) == cost + size * (size - 1)
    assert set(circuit.count_ops()) <= {"h", "p", "cp", "rz", "ry", "cx"}


@pytest.mark.parametrize("size", [3, 4, 5])
def test_many_steps_are_fewer_cx_than_one_by_one(size, rng):
    walk = random_lattice_walk(rng, size, steps=2**size)
    assert count_cx(synth_lattice_multiplexed(walk), level=3) < walk.two_qubit_gates / 2


def test_bound_expressions_are_numbers(rng):
    walk = random_lattice_walk(rng, 2)
    free = ParameterVector("t", walk.num_parameters)
    bound = [(2 * a).bind({a: v / 2}) for a, v in zip(free, walk.parameters, strict=True)]
    operator = Operator(synth_lattice_multiplexed(walk)).data
    given = Operator(synth_lattice_multiplexed(walk, bound)).data
    np.testing.assert_allclose(given, operator, atol=1e-12)


def test_other_numbers_take_the_place_of_the_walk_s(rng):
    walk = random_lattice_walk(rng, 2)
    other = rng.normal(size=walk.num_parameters)
    given = Operator(synth_lattice_multiplexed(walk, other)).data
    expected = Operator(synth_lattice_fourier(walk.with_parameters(other))).data
    np.testing.assert_allclose(given, expected, atol=1e-10)


@pytest.mark.parametrize("value", [Parameter("a"), 2 * Parameter("a")])
def test_free_parameters_are_refused(value):
    walk = SplitStepWalk(2, [[0.1, 0.2]])
    with pytest.raises(TypeError, match=r"multiplexed form must be a real number, got .*a"):
        synth_lattice_multiplexed(walk, [0.1, value])


def test_infinite_numbers_are_refused():
    walk = SplitStepWalk(2, [[0.1, 0.2]])
    with pytest.raises(ValueError, match="each of parameters must be finite, got inf"):
        synth_lattice_multiplexed(walk, [0.1, np.inf])


def test_each_rotation_is_transformed_once(monkeypatch, rng):
    calls = []
    transform = momentum_multiplexer.walsh_transform
    monkeypatch.setattr(
        momentum_multiplexer, "walsh_transform", lambda angles: calls.append(1) or transform(angles)
    )
    momentum_multiplexer.synth_lattice_multiplexed(SplitStepWalk(5, rng.uniform(-3, 3, (2, 2))))
    assert len(calls) == 3
