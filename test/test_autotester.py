"""Whatever the package can make is made, taken apart, counted, stored, transpiled and simulated.

In the manner of Qualtran's bloq autotester: the examples are listed in `examples.py`, and each
`assert_...` below holds for every one. By default all walks and syntheses are covered, every payoff
and encoding with some walk and stored in some way, and every estimator once; the deep profile
stores each in every way, `AUTOTEST=pairs` takes every payoff with every encoding on every walk, in
every way, `AUTOTEST=all` the whole product, and `AUTOTEST=500` 500 prices of it, drawn at random.
"""

import copy
import io
import json
import os
import pickle
import random
from functools import cache
from itertools import cycle, product

import numpy as np
import pytest
from examples import (
    ENCODINGS,
    ESTIMATORS,
    PAYOFFS,
    WALKS,
    kinds_of_walks,
    names_of_payoffs,
    suits,
    syntheses,
)
from qiskit import generate_preset_pass_manager, qasm2, qasm3, qpy, transpile
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap
from qiskit.transpiler.passes import HLSConfig

from qiskit_ssqw import SSQWDistribution
from qiskit_ssqw.circuit import WalkGate
from qiskit_ssqw.finance import OptionPricing, price
from qiskit_ssqw.walks import Walk

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
)

BASIS = ["cx", "rz", "sx", "x"]
MAPS = {
    "line": CouplingMap.from_line(7),
    "ring": CouplingMap.from_ring(7),
    "star": CouplingMap([(0, leaf) for leaf in range(1, 7)]),
}
SCOPE = os.environ.get("AUTOTEST", "values")
IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"

WALKS_AND_SYNTHESES = [(w, s) for w, walk in WALKS.items() for s in syntheses(walk)]
PAYOFFS_AND_ENCODINGS = list(product(PAYOFFS, ENCODINGS))


def with_some_walk():
    """Payoffs and encodings, each with one walk after the other, or with all of them."""
    if SCOPE in ("pairs", "all"):
        return list(product(PAYOFFS_AND_ENCODINGS, WALKS))
    return list(zip(PAYOFFS_AND_ENCODINGS, cycle(WALKS)))


def stored():
    """Payoffs with encodings, walks, and ways to store the circuits: some way, or all of them."""
    rows = [
        (payoff, encoding, walk)
        for (payoff, encoding), walk in with_some_walk()
        if suits(encoding, PAYOFFS[payoff])
    ]
    if SCOPE in ("pairs", "all") or IS_DEEP:
        return [(*row, way) for row, way in product(rows, WAYS)]
    return [(*row, way) for row, way in zip(rows, cycle(WAYS))]


def priced():
    """Walk, synthesis, payoff, encoding and estimator of each price."""
    if SCOPE == "all" or SCOPE.isdigit():
        rows = product(WALKS_AND_SYNTHESES, PAYOFFS_AND_ENCODINGS, ESTIMATORS)
    else:
        others = [("Call", each) for each in ("exact", "auto")]
        rows = zip(cycle(WALKS_AND_SYNTHESES), cycle(others), ESTIMATORS)
    found = [
        (*walk, payoff, encoding, estimator)
        for walk, (payoff, encoding), estimator in rows
        if suits(encoding, PAYOFFS[payoff]) and not (estimator == "sampling" and encoding != "auto")
    ]
    return random.Random(SCOPE).sample(found, int(SCOPE)) if SCOPE.isdigit() else found


def through_qpy(circuit):
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    return qpy.load(file)[0]


def through_qasm2(circuit):
    # Qiskit writes gates that the original qelib1.inc has not, such as p.
    return qasm2.loads(qasm2.dumps(circuit), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)


WAYS = {
    "QPY": through_qpy,
    "OpenQASM 2": through_qasm2,
    "OpenQASM 3": lambda circuit: qasm3.loads(qasm3.dumps(circuit)),
    "pickle": lambda circuit: pickle.loads(pickle.dumps(circuit)),
    "deepcopy": copy.deepcopy,
}


def count_cx(circuit, **options):
    return transpile(circuit, basis_gates=BASIS, **options).count_ops().get("cx", 0)


def assert_walk_is_valid(walk):
    """It decomposes into gates, counts them, survives being stored, and is what NumPy says."""
    circuit = SSQWDistribution(walk)
    amplitudes = walk.amplitudes()
    np.testing.assert_allclose(Statevector(circuit).data, amplitudes, rtol=0, atol=1e-10)
    plain = circuit.decompose(reps=5)
    assert max(step.operation.num_qubits for step in plain.data) <= 2
    np.testing.assert_allclose(Statevector(plain).data, amplitudes, rtol=0, atol=1e-10)
    least = count_cx(circuit, optimization_level=3, seed_transpiler=1)
    # What is written out is not simplified: neighbouring gates on two qubits are still apart.
    assert least == walk.two_qubit_gates <= sum(count_of_pairs(plain).values())
    stored = json.loads(json.dumps(walk.to_dict()))
    assert Walk.from_dict(stored) == pickle.loads(pickle.dumps(walk)) == walk
    (step,) = through_qpy(circuit).data
    assert WalkGate.from_operation(step.operation).walk == walk
    for way in WAYS:
        assert_survives(circuit, way)


def assert_survives(circuit, way):
    """What comes back is the same operator, but for the phase, which OpenQASM does not write."""
    found = Operator(WAYS[way](circuit))
    assert found.equiv(circuit, atol=1e-9)
    if not way.startswith("OpenQASM"):
        np.testing.assert_allclose(found.data, Operator(circuit).data, rtol=0, atol=1e-9)


def count_of_pairs(circuit):
    pairs = [step.operation.name for step in circuit.data if len(step.qubits) == 2]
    return {name: pairs.count(name) for name in set(pairs)}


def pass_manager(method, **options):
    chosen = {} if method is None else {"hls_config": HLSConfig(ssqw_walk=[method])}
    return generate_preset_pass_manager(
        optimization_level=1, basis_gates=BASIS, seed_transpiler=1, **chosen, **options
    )


def assert_synthesis_is_valid(walk, method):
    """On each map it keeps to the edges, and prepares the walk."""
    circuit = SSQWDistribution(walk)
    for coupling_map in MAPS.values():
        found = pass_manager(method, coupling_map=coupling_map).run(circuit)
        edges = {*coupling_map, *((b, a) for a, b in coupling_map)}
        for step in found.data:
            places = tuple(found.find_bit(qubit).index for qubit in step.qubits)
            assert len(places) == 1 or places in edges
        places = found.layout.final_index_layout()[: walk.num_qubits]
        values = [places[qubit] for qubit in circuit.value_qubits]
        loaded = Statevector(found).probabilities(values)
        np.testing.assert_allclose(loaded, walk.probabilities(), rtol=0, atol=1e-9)


@cache
def pricing_of(walk, payoff, encoding):
    example = PAYOFFS[payoff]
    model = example.model(WALKS[walk])
    return OptionPricing(example.payoff, model, values=example.values, encoding=encoding)


def assert_encoding_is_valid(walk, payoff, encoding):
    """The circuits turn the objective by the classical sum, compiled and stored as QPY, too."""
    example = PAYOFFS[payoff]
    if not suits(encoding, example):
        with pytest.raises(TypeError, match=f'encoding "{encoding}" needs'):
            pricing_of(walk, payoff, encoding)
        return
    pricing = pricing_of(walk, payoff, encoding)
    payments = example.payoff(example.values)
    expected = float(WALKS[walk].probabilities() @ payments)
    assert pricing.exact_value == pytest.approx(expected, abs=1e-9)
    reach = pricing.bias_bound.total + 1e-9 * np.abs(payments).max()
    assert abs(pricing.loaded_value - expected) <= reach
    problems = pricing.to_estimation_problems()
    found = pricing.encoded.constant
    for problem, part in zip(problems, pricing.encoded.parts, strict=True):
        prepared = through_qpy(transpile(problem.state_preparation, basis_gates=BASIS))
        good = Statevector(prepared).probabilities(problem.objective_qubits)[-1]
        found += part.to_price(float(good))
    assert found == pytest.approx(pricing.loaded_value, abs=1e-7 * np.abs(payments).max())
    if len(problems) == 1:
        assert_iterate_is_counted(pricing)


def assert_iterate_is_counted(pricing):
    """One more iterate adds to the transpiled circuit what is said."""
    powers = [pricing.grover_operator.power(number) for number in (1, 2)]
    # In the basis that the package counts in: Qiskit 2.3 finds fewer in others.
    plain = {"basis_gates": ["u", "cx"], "optimization_level": 1}
    one, two = (transpile(circuit, **plain).count_ops()["cx"] for circuit in powers)
    assert two - one == pricing.count_iterate_two_qubit_gates()


def assert_circuits_survive(walk, payoff, encoding, way):
    """Neither compiled nor taken apart: state preparations and Grover operators of own gates."""
    for problem in pricing_of(walk, payoff, encoding).to_estimation_problems():
        for circuit in (problem.state_preparation, problem.grover_operator):
            assert_survives(circuit, way)


def assert_price_is_valid(walk, synthesis, payoff, encoding, estimator):
    """Its interval holds what the circuits encode, and it can be written as JSON."""
    example = PAYOFFS[payoff]
    found = price(
        example.payoff,
        example.model(WALKS[walk]),
        values=example.values,
        encoding=encoding,
        estimator=estimator,
        accuracy=0.3,
        alpha=1e-6,
        seed=1,
        pass_manager=pass_manager(synthesis),
    )
    low, high = found.interval
    rounding = 1e-9 * max(map(abs, found.payoff_range))
    assert low - rounding <= found.loaded_value <= high + rounding
    assert low - rounding <= found.estimate <= high + rounding
    numbers = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert numbers["estimate"] == found.estimate
    assert found.two_qubit_gates >= 0
    assert str(found)


def test_everything_has_an_example():
    assert kinds_of_walks() <= {type(walk) for walk in WALKS.values()}
    assert names_of_payoffs() == set(PAYOFFS)
    assert {"auto", "exact"} <= set(ENCODINGS)
    assert {"auto", "bayes", "sampling"} <= set(ESTIMATORS)
    assert {"default", "fourier"} <= {synthesis for _, synthesis in WALKS_AND_SYNTHESES}


@pytest.mark.parametrize("walk", WALKS)
def test_walks(walk):
    assert_walk_is_valid(WALKS[walk])


@pytest.mark.parametrize(("walk", "synthesis"), WALKS_AND_SYNTHESES)
def test_syntheses(walk, synthesis):
    assert_synthesis_is_valid(WALKS[walk], synthesis)


@pytest.mark.parametrize(("pair", "walk"), with_some_walk())
def test_payoffs_and_encodings(pair, walk):
    assert_encoding_is_valid(walk, *pair)


@pytest.mark.parametrize(("payoff", "encoding", "walk", "way"), stored())
def test_stored_circuits(payoff, encoding, walk, way):
    assert_circuits_survive(walk, payoff, encoding, way)


@pytest.mark.parametrize(("walk", "synthesis", "payoff", "encoding", "estimator"), priced())
def test_prices(walk, synthesis, payoff, encoding, estimator):
    assert_price_is_valid(walk, synthesis, payoff, encoding, estimator)
