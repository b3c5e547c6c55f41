"""The circuits of amplitude estimation against dense matrices of the textbook."""

from functools import cache, cached_property

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.exceptions import CircuitError
from qiskit.quantum_info import Operator, Statevector
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
)
from qiskit_ssqw.finance import Call, DigitalCall, OptionPricing
from qiskit_ssqw.finance.encodings import AngleEncoding, ComparatorEncoding
from qiskit_ssqw.finance.grover import AmplitudeParts, GroverIterate, PricingProblem
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.walks import TreeWalk

MARKET = (2.0, 0.4, 0.05, 40 / 365)


def exact_encoding(loader):
    """A call at 1.896 as a multiplexed rotation."""
    payments = Call(1.896)(loader.values)
    fractions = payments / payments.max()
    return AngleEncoding.from_angles(2 * np.arcsin(np.sqrt(fractions)), 0.0, payments.max())


@cache
def walk_loader(size):
    return as_loader(
        QuantumWalkUncertaintyModel.from_black_scholes(size, *MARKET, num_std=3, rule="pdf", seed=1)
    )


def lattice_loader():
    """Two split steps on four sites, whose coin is left entangled with the site."""
    angles = np.random.default_rng(7).uniform(0.4, 2.0, (2, 2))
    walk = SplitStepWalk(2, angles, start=1)
    return as_loader(SSQWDistribution(walk), np.linspace(1.2, 2.8, 4))


class Case:
    """A loader, its payoff circuit, and the parts laid out of them."""

    def __init__(self, loader, encoding, ancilla):
        self.loader, self.encoding = loader, encoding
        self.parts = AmplitudeParts.of(loader, encoding, ancilla)
        self.good = float(loader.loaded @ encoding.shown)

    @cached_property
    def textbook(self):
        return textbook(self.parts)


@cache
def build(name):
    kind, _, ancilla = name.partition("+")
    loader = lattice_loader() if kind == "lattice" else walk_loader(3 if kind.endswith("3") else 2)
    if kind == "comparator3":
        encoding = ComparatorEncoding.of(DigitalCall(1.8)(loader.values))
    else:
        encoding = exact_encoding(loader)
    return Case(loader, encoding, bool(ancilla))


NAMES = [
    "walk2",
    "walk3",
    "walk3+ancilla",
    "lattice",
    "lattice+ancilla",
    "comparator3",
    "comparator3+ancilla",
]


@pytest.fixture(params=NAMES)
def case(request):
    return build(request.param)


def clean_block(circuit, parts, controls=0):
    """The matrix on the states whose ancillas are 0, which must not leave them.

    Controls come first, and stay.
    """
    matrix = Operator(circuit).data
    kept = [*range(controls), *(qubit + controls for qubit in parts.reflected)]
    mask = sum(1 << qubit for qubit in range(circuit.num_qubits) if qubit not in kept)
    clean = np.array([state for state in range(len(matrix)) if state & mask == 0])
    dirty = np.setdiff1d(np.arange(len(matrix)), clean)
    np.testing.assert_allclose(matrix[np.ix_(dirty, clean)], 0, atol=1e-9)
    return matrix[np.ix_(clean, clean)]


def textbook(parts):
    """``A S0 A^-1 Z`` with ``S0 = 2 |0><0| - 1``, on the qubits that are no ancillas."""
    prepare = clean_block(parts.state_preparation(), parts)
    size = len(prepare)
    zero = -np.eye(size)
    zero[0, 0] = 1
    places = [parts.reflected.index(objective) for objective in parts.objectives]
    good = np.array([all(state >> place & 1 for place in places) for state in range(size)])
    return prepare @ zero @ prepare.conj().T @ np.diag(np.where(good, -1.0, 1.0))


def controlled(matrix):
    """The matrix where qubit 0 is 1."""
    off, on = np.diag([1, 0]), np.diag([0, 1])
    return np.kron(np.eye(len(matrix)), off) + np.kron(matrix, on)


def good_probability(circuit, objectives):
    return float(Statevector(circuit).probabilities(list(objectives))[-1])


def count_cx(circuit):
    plain = transpile(circuit, basis_gates=["u", "cx"], optimization_level=0)
    return plain.count_ops().get("cx", 0)


class TestStatePreparation:
    def test_the_objective_shows_the_expected_payoff(self, case):
        parts = case.parts
        good = good_probability(parts.state_preparation(), parts.objectives)
        assert good == pytest.approx(case.good, abs=1e-12)
        assert 0.01 < good < 0.99

    def test_the_ancillas_end_in_zero(self, case):
        parts = case.parts
        state = Statevector(parts.state_preparation()).probabilities(list(parts.reflected))
        clean = clean_block(parts.state_preparation(), parts)[:, 0]
        np.testing.assert_allclose(np.abs(clean) ** 2, state, atol=1e-12)

    def test_the_value_qubits_come_first_then_objective_coin_and_ancilla(self):
        parts = build("lattice+ancilla").parts
        assert [register.name for register in parts.loader.qregs] == [
            "value",
            "objective",
            "coin",
            "ancilla",
        ]
        assert parts.objectives == (2,)
        assert parts.reflected == (0, 1, 2, 3)
        assert parts.ancilla == 4

    def test_one_qubit_of_the_value_is_enough(self):
        loader = walk_loader(1)
        parts = AmplitudeParts.of(loader, exact_encoding(loader), None)
        np.testing.assert_allclose(Operator(GroverIterate(parts)).data, textbook(parts), atol=1e-9)


class TestIterate:
    def test_is_the_textbook_operator_with_its_phase(self, case):
        operator = clean_block(GroverIterate(case.parts), case.parts)
        np.testing.assert_allclose(operator, case.textbook, atol=1e-9)

    @pytest.mark.parametrize("power", [0, 1, 2, 3, np.int64(2)])
    def test_a_power_is_the_matrix_power(self, case, power):
        iterate = GroverIterate(case.parts).power(power)
        assert isinstance(iterate, GroverIterate)
        expected = np.linalg.matrix_power(case.textbook, power)
        np.testing.assert_allclose(clean_block(iterate, case.parts), expected, atol=1e-9)

    def test_powers_multiply(self, case):
        iterate = GroverIterate(case.parts)
        twice = iterate.power(2).power(3)
        assert twice == iterate.power(6)
        assert iterate.power(3).power(0) == iterate.power(0)
        assert twice.name == "Q^6"

    def test_the_good_probability_follows_the_sine(self, case):
        parts = case.parts
        theta = np.arcsin(np.sqrt(case.good))
        for power in range(6):
            circuit = parts.state_preparation().compose(GroverIterate(parts).power(power))
            expected = np.sin((2 * power + 1) * theta) ** 2
            assert good_probability(circuit, parts.objectives) == pytest.approx(expected, abs=1e-9)

    def test_the_sine_law_needs_the_coin_in_the_reflection(self):
        case = build("lattice")
        parts, coin = case.parts, 3
        assert coin in parts.reflected
        theta = np.arcsin(np.sqrt(case.good))
        without = AmplitudeParts(
            parts.loader, parts.rotation, parts.reflection, parts.objectives, (0, 1, 2), None
        )
        prepare = parts.state_preparation()
        wrong = good_probability(prepare.compose(GroverIterate(without)), parts.objectives)
        assert abs(wrong - np.sin(3 * theta) ** 2) > 0.01

    def test_negative_and_fractional_powers_are_qiskits(self):
        parts = build("walk2").parts
        iterate, matrix = GroverIterate(parts), build("walk2").textbook
        inverse = Operator(iterate.power(-1)).data
        np.testing.assert_allclose(inverse @ matrix, np.eye(len(matrix)), atol=1e-9)
        root = Operator(iterate.power(0.5)).data
        np.testing.assert_allclose(root @ root, matrix, atol=1e-6)
        for options in ({"matrix_power": True}, {"annotated": True}):
            squared = iterate.power(2, **options)
            assert not isinstance(squared, GroverIterate)
            np.testing.assert_allclose(Operator(squared).data, matrix @ matrix, atol=1e-9)

    @pytest.mark.parametrize("power", ["2", None])
    def test_a_power_that_is_no_number_raises_as_in_qiskit(self, power):
        with pytest.raises(TypeError, match="not supported between"):
            GroverIterate(build("walk2").parts).power(power)


class TestCost:
    @pytest.mark.parametrize("name", NAMES)
    def test_one_more_iterate_takes_one_payoff_multiplexer(self, name):
        parts = build(name).parts
        iterate = GroverIterate(parts)
        more = count_cx(iterate.power(3)) - count_cx(iterate.power(2))
        assert more == count_cx(iterate.inner)
        prepare = count_cx(parts.state_preparation())
        plain = 2 * prepare + count_cx(parts.zero_reflection())
        if name.startswith("comparator"):
            assert more < plain  # its reflection is a phase
        else:
            assert more == plain - count_cx(parts.rotation)
            assert more < plain
            assert count_cx(parts.reflection) == count_cx(parts.rotation)

    @pytest.mark.parametrize(("size", "ancillas"), [(1, 0), (2, 0), (3, 0), (4, 1)])
    def test_by_default_four_controls_take_an_ancilla(self, size, ancillas):
        loader = walk_loader(size)
        parts = AmplitudeParts.of(loader, exact_encoding(loader), None)
        assert parts.loader.num_qubits == size + 1 + ancillas
        assert parts.ancilla == (size + 1 if ancillas else None)

    def test_the_ancilla_saves_gates(self):
        loader = walk_loader(4)
        encoding = exact_encoding(loader)
        with_it, without = (AmplitudeParts.of(loader, encoding, flag) for flag in (True, False))
        assert count_cx(with_it.zero_reflection()) <= 6 * 4 - 6
        assert count_cx(with_it.zero_reflection()) < count_cx(without.zero_reflection())

    def test_the_zero_reflection_borrows_an_ancilla_of_the_payoff(self):
        parts = build("comparator3+ancilla").parts
        assert parts.loader.num_qubits == build("comparator3").parts.loader.num_qubits == 5
        assert parts.ancilla == 4


class TestControl:
    @pytest.mark.parametrize("power", [1, 2, 3])
    def test_is_the_controlled_operator_with_its_phase(self, case, power):
        circuit = GroverIterate(case.parts).power(power).control()
        assert circuit.num_qubits == case.parts.loader.num_qubits + 1
        expected = controlled(np.linalg.matrix_power(case.textbook, power))
        np.testing.assert_allclose(clean_block(circuit, case.parts, 1), expected, atol=1e-9)

    def test_the_zeroth_power_does_nothing(self):
        circuit = GroverIterate(build("walk2").parts).power(0).control()
        np.testing.assert_allclose(Operator(circuit).data, np.eye(16), atol=1e-12)

    @pytest.mark.parametrize("state", [1, "1", None])
    def test_only_the_reflections_are_controlled(self, state):
        parts = build("walk3").parts
        circuit = GroverIterate(parts).control(ctrl_state=state)
        control = circuit.qubits[0]
        touching = [step for step in circuit.data if control in step.qubits]
        # The good phase is a CX between Hadamards, the zero reflection stands between X gates.
        names = [step.operation.name for step in touching]
        assert [name for name in names if name not in ("h", "x")] == ["cx", "zero_reflection", "z"]
        loaders = [step for step in circuit.data if "walk" in step.operation.name]
        assert len(loaders) == 2
        assert not any(control in step.qubits for step in loaders)

    @pytest.mark.parametrize(
        "arguments",
        [
            {"num_ctrl_qubits": 2},
            {"num_ctrl_qubits": 2, "ctrl_state": "01"},
            {"ctrl_state": 0},
            {"ctrl_state": "0", "annotated": True},
        ],
    )
    def test_other_controls_are_qiskits(self, arguments):
        iterate = GroverIterate(build("walk2").parts)
        plain = QuantumCircuit(3).compose(iterate)
        found, expected = iterate.control(**arguments), plain.control(**arguments)
        np.testing.assert_allclose(Operator(found).data, Operator(expected).data, atol=1e-9)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"num_ctrl_qubits": -1}, "must be non-negative"),
            ({"ctrl_state": 2}, "invalid control (state|bit string)"),
            ({"ctrl_state": "11"}, "invalid control (state|bit string)"),
        ],
    )
    def test_impossible_controls_raise_as_in_qiskit(self, arguments, message):
        with pytest.raises(CircuitError, match=message):
            GroverIterate(build("walk2").parts).control(**arguments)


class TestReflections:
    def test_about_zero(self, case):
        found = clean_block(case.parts.zero_reflection(), case.parts)
        expected = np.eye(len(found))
        expected[0, 0] = -1
        np.testing.assert_allclose(found, expected, atol=1e-9)

    def test_about_zero_where_a_control_is_one(self, case):
        parts = case.parts
        width = parts.loader.num_qubits
        last = parts.zero_reflection(control=width)
        first = QuantumCircuit(width + 1).compose(last, [*range(1, width + 1), 0])
        found = clean_block(first, parts, 1)
        expected = np.eye(len(found))
        expected[1, 1] = -1
        np.testing.assert_allclose(found, expected, atol=1e-9)

    def test_the_payoffs_reflection_is_a_z_between_rotations(self, case):
        parts = case.parts
        rotation = clean_block(parts.rotation, parts)
        phase = clean_block(parts.good_phase(), parts)
        found = clean_block(parts.reflection, parts)
        np.testing.assert_allclose(found, rotation.conj().T @ phase @ rotation, atol=1e-9)

    def test_good_states_change_sign_where_a_control_is_one(self, case):
        width = case.parts.loader.num_qubits
        found = Operator(case.parts.good_phase(control=width)).data
        off, on = np.diag([1, 0]), np.diag([0, 1])
        phase = Operator(case.parts.good_phase()).data
        expected = np.kron(off, np.eye(2**width)) + np.kron(on, phase)
        np.testing.assert_allclose(found, expected, atol=1e-12)


class TestRescaled:
    FACTOR = 0.6

    @pytest.fixture(params=["walk2", "walk3+ancilla", "lattice", "lattice+ancilla"])
    def pair(self, request):
        case = build(request.param)
        return case, case.parts.rescaled(self.FACTOR)

    def test_the_good_probability_shrinks_by_the_square(self, pair):
        case, scaled = pair
        assert scaled.loader.num_qubits == case.parts.loader.num_qubits + 1
        good = good_probability(scaled.state_preparation(), scaled.objectives)
        assert good == pytest.approx(case.good * self.FACTOR**2, abs=1e-12)

    def test_the_sine_law_still_holds(self, pair):
        case, scaled = pair
        theta = np.arcsin(np.sqrt(case.good) * self.FACTOR)
        for power in range(4):
            circuit = scaled.state_preparation().compose(GroverIterate(scaled).power(power))
            good = good_probability(circuit, scaled.objectives)
            assert good == pytest.approx(np.sin((2 * power + 1) * theta) ** 2, abs=1e-9)

    def test_the_operators_are_the_textbooks(self, pair):
        _, scaled = pair
        squared = np.linalg.matrix_power(textbook(scaled), 2)
        iterate = GroverIterate(scaled)
        np.testing.assert_allclose(clean_block(iterate, scaled), textbook(scaled), atol=1e-9)
        np.testing.assert_allclose(clean_block(iterate.power(2), scaled), squared, atol=1e-9)
        np.testing.assert_allclose(
            clean_block(iterate.power(2).control(), scaled, 1), controlled(squared), atol=1e-9
        )

    def test_a_problem_keeps_its_iterate(self):
        case = build("walk2")
        problem = PricingProblem(case.parts, case.encoding.to_price).rescale(0.25)
        assert isinstance(problem, PricingProblem)
        assert isinstance(problem.grover_operator, GroverIterate)
        assert problem.objective_qubits == [2, 3]
        assert problem.post_processing(0.5) == case.encoding.to_price(0.5)
        assert problem.is_good_state("11")
        assert not problem.is_good_state("10")


@pytest.mark.parametrize("name", ["walk2", "walk3+ancilla", "lattice", "lattice+ancilla"])
def test_qiskits_default_iterate_gives_the_same_probabilities(name):
    parts = build(name).parts
    prepare = parts.state_preparation()
    theirs = EstimationProblem(prepare, list(parts.objectives)).grover_operator
    for power in range(4):
        ours = prepare.compose(GroverIterate(parts).power(power))
        default = prepare.compose(theirs.power(power))
        assert good_probability(ours, parts.objectives) == pytest.approx(
            good_probability(default, parts.objectives), abs=1e-9
        )


def test_a_changed_operator_forgets_the_shortcut():
    target = TargetDistribution([0.1, 0.2, 0.3, 0.4], (0, 3))
    model = SSQWDistribution(TreeWalk.from_probabilities(target.probabilities))
    extra = QuantumCircuit(3)
    extra.x(0)
    changed = OptionPricing(Call(1.5), model, values=target.values).grover_operator.compose(extra)
    matrix = Operator(changed).data
    np.testing.assert_allclose(Operator(changed.power(2)).data, matrix @ matrix, atol=1e-9)


def test_problems_are_rescaled_twice():
    target = TargetDistribution([0.1, 0.2, 0.3, 0.4], (0, 3))
    model = SSQWDistribution(TreeWalk.from_probabilities(target.probabilities))
    problem = OptionPricing(Call(1.5), model, values=target.values).to_estimation_problem()
    twice = problem.rescale(0.5).rescale(0.5)
    good = Statevector(twice.state_preparation).probabilities(twice.objective_qubits)[-1]
    once = Statevector(problem.state_preparation).probabilities(problem.objective_qubits)[-1]
    assert good == pytest.approx(once / 16)
