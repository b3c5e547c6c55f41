"""What pricing reads off a model: changed models, circuits of one's own, and what it refuses."""

import copy
import pickle
import time

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.quantum_info import Statevector
from theirs import EuropeanCallPricing, LogNormalDistribution

from qiskit_ssqw import (
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
)
from qiskit_ssqw.circuit import reading
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    Call,
    FunctionPayoff,
    Last,
    Market,
    OptionPricing,
    PathModel,
    Put,
    delta,
    price,
    reference_value,
)
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.walks import TorusWalk, TreeWalk

GRID = np.linspace(1.2, 2.8, 8)
RISING = np.arange(1, 9) / 36
CALL = Call(1.9)


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.lognormal(
        3, 0.689859, 0.0175342, (1.2086072, 2.8133707), seed=1
    )


@pytest.fixture(scope="module")
def paths():
    return PathModel(2, 2, 2.0, 0.4, 0.05, 40 / 365, seed=1)


@pytest.fixture(scope="module")
def two_assets():
    return QuantumWalkUncertaintyModel.normal(
        [2, 2], [2.0, 1.9], [[0.1, 0.03], [0.03, 0.2]], [(1.5, 2.5), (1.1, 2.6)], seed=1
    )


def own_circuit(num_qubits=3):
    """A circuit of H gates that carries a distribution which it does not load."""
    circuit = QuantumCircuit(num_qubits)
    circuit.h(range(num_qubits))
    circuit.values, circuit.probabilities = GRID, RISING
    return circuit


def flipped(model, qubit=2):
    changed = model.copy()
    changed.x(qubit)
    return changed


def good_probability(application):
    problem = application.to_estimation_problem()
    good = Statevector(problem.state_preparation).probabilities(problem.objective_qubits)[-1]
    return problem.post_processing(float(good))


class TestChangedModels:
    def test_the_value_is_what_the_circuit_loads(self, model):
        changed = OptionPricing(Call(1.896), flipped(model))
        assert OptionPricing(Call(1.896), model).loaded_value == pytest.approx(0.1623, abs=2e-4)
        assert changed.loaded_value == pytest.approx(0.4371, abs=2e-4)
        assert good_probability(changed) == pytest.approx(changed.loaded_value, abs=1e-9)
        # The target is still the model's, so the loader is known to be off.
        assert changed.exact_value == OptionPricing(Call(1.896), model).exact_value
        difference = abs(changed.loaded_value - changed.exact_value)
        assert changed.bias_bound.loader == pytest.approx(difference)
        assert difference > 0.2

    @pytest.mark.parametrize("name", ["model", "paths", "two_assets"])
    @pytest.mark.parametrize(
        "change",
        [
            flipped,
            lambda model: model.compose(flipped(model.copy_empty_like()), front=True),
            lambda model: model.compose(model, model.qubits[::-1]),
            lambda model: pickle.loads(pickle.dumps(flipped(model))),
            lambda model: copy.deepcopy(flipped(model)),
        ],
        ids=["appended", "before", "twice", "pickled", "copied"],
    )
    def test_of_all_kinds(self, name, change, request):
        changed = change(request.getfixturevalue(name))
        loader = as_loader(changed)
        expected = Statevector(changed).probabilities()
        np.testing.assert_allclose(loader.loaded, expected, atol=1e-12)
        np.testing.assert_allclose(Statevector(loader.circuit).probabilities(), expected, atol=1e-9)
        assert np.abs(expected - loader.target).max() > 1e-3

    @pytest.mark.parametrize(
        "walk",
        [
            SplitStepWalk(2, np.full((1, 2), 0.7), start=1),
            SplitStepWalk(2, np.full((1, 2), 0.7), start=1, coin="absorbed"),
            TorusWalk((1, 1), np.full((1, 2, 9), 0.3)),
            TreeWalk(2, [0.5, 1.0, 1.5]),
        ],
        ids=lambda walk: type(walk).__name__,
    )
    def test_a_distribution_is_its_own_target_and_its_coin_is_traced_out(self, walk):
        circuit = SSQWDistribution(walk)
        changed = flipped(circuit, circuit.value_qubits[-1])
        changed.h(0)
        loader = as_loader(changed, np.arange(1.0, 1 + walk.num_sites))
        expected = Statevector(changed).probabilities(circuit.value_qubits)
        np.testing.assert_allclose(loader.target, expected, atol=1e-12)
        np.testing.assert_allclose(loader.loaded, expected, atol=1e-9)
        assert np.abs(expected - walk.probabilities()).max() > 1e-3

    def test_qiskit_finances_application_loads_the_changed_circuit(self, model):
        changed = flipped(model)
        application = EuropeanCallPricing(3, 1.896, 0.01, model.bounds, changed)
        loaded = OptionPricing(Call(1.896), changed).loaded_value
        assert good_probability(application) == pytest.approx(loaded, abs=1e-3)

    def test_a_model_that_is_as_built_takes_no_state_vector(self, model, paths, monkeypatch):
        monkeypatch.delattr(reading, "Statevector")
        for unchanged in (model, model.copy(), paths, pickle.loads(pickle.dumps(paths))):
            loader = as_loader(unchanged)
            np.testing.assert_allclose(loader.loaded, loader.target, atol=2e-3)
            assert all("walk" in step.name for step in loader.circuit.data)

    def test_ten_qubits_take_milliseconds(self):
        walk = TreeWalk(10, np.linspace(0.1, 3.0, 1023))
        target = TargetDistribution(walk.probabilities(), (0.0, 1.0))
        model = QuantumWalkUncertaintyModel(target, walk=walk)
        as_loader(model)
        start = time.perf_counter()
        as_loader(model)
        assert time.perf_counter() - start < 0.5


class TestOwnCircuits:
    def test_a_circuit_that_does_not_load_its_probabilities_is_found_out(self):
        loader = as_loader(own_circuit())
        np.testing.assert_allclose(loader.loaded, np.full(8, 1 / 8), atol=1e-12)
        np.testing.assert_array_equal(loader.target, RISING)
        application = OptionPricing(CALL, own_circuit())
        assert application.bias_bound.loader > 0.1
        assert application.loaded_value == pytest.approx(CALL(GRID).mean())
        assert good_probability(application) == pytest.approx(application.loaded_value)

    def test_the_values_of_another_model_do_not_make_it_that_model(self, model):
        circuit = own_circuit()
        for name in ("values", "probabilities", "loaded_probabilities", "market"):
            setattr(circuit, name, getattr(model, name))
        loader = as_loader(circuit)
        np.testing.assert_allclose(loader.loaded, np.full(8, 1 / 8), atol=1e-12)

    def test_a_circuit_that_loads_them_is_believed(self):
        circuit = QuantumCircuit(3)
        circuit.append(StatePreparation(np.sqrt(RISING)), range(3))
        circuit.values, circuit.probabilities = GRID, RISING
        application = OptionPricing(CALL, circuit)
        assert application.bias_bound.loader < 1e-12
        assert application.loaded_value == pytest.approx(float(RISING @ CALL(GRID)))

    def test_a_loader_of_qiskit_finance_is_computed(self):
        peer = LogNormalDistribution(3, 0.689859, 0.0175342, (1.21, 2.81))
        loader = as_loader(peer)
        np.testing.assert_allclose(loader.loaded, peer.probabilities, atol=1e-9)
        np.testing.assert_allclose(
            as_loader(flipped(peer)).loaded, Statevector(flipped(peer)).probabilities(), atol=1e-9
        )

    def test_other_qubits_are_traced_out(self):
        circuit = QuantumCircuit(4)
        circuit.append(StatePreparation(np.sqrt(RISING)), [3, 0, 2])
        circuit.cx(3, 1)
        circuit.values, circuit.probabilities = GRID, RISING
        circuit.value_qubits = [3, 0, 2]
        loader = as_loader(circuit)
        assert (loader.num_value_qubits, loader.num_coins) == (3, 1)
        np.testing.assert_allclose(loader.loaded, RISING, atol=1e-12)

    def test_a_compiled_walk(self, model):
        compiled = transpile(model, basis_gates=["rz", "sx", "cx"], optimization_level=2)
        compiled.values, compiled.probabilities = model.values, model.probabilities
        np.testing.assert_allclose(
            as_loader(compiled).loaded, model.loaded_probabilities, atol=1e-9
        )

    def test_barriers_and_unused_bits_do_not_matter(self, model):
        plain = as_loader(model)
        model = model.copy()
        model.add_register(ClassicalRegister(2, "unused"))
        model.barrier()
        loader = as_loader(model)
        assert (loader.circuit.num_clbits, loader.circuit.num_qubits) == (0, 3)
        np.testing.assert_array_equal(loader.loaded, plain.loaded)
        assert loader.circuit.count_ops() == plain.circuit.count_ops()
        assert price(CALL, model, epsilon=0.05, seed=1).num_qubits == 4

    def test_the_global_phase_is_kept(self):
        circuit = own_circuit()
        circuit.global_phase = 0.7
        expected = Statevector(circuit).data
        np.testing.assert_allclose(Statevector(as_loader(circuit).circuit).data, expected)


class TestUnusableModels:
    @pytest.mark.parametrize("make", [lambda model: model, lambda model: own_circuit()])
    @pytest.mark.parametrize("kind", ["measure", "reset", "if_else"])
    def test_measured_and_reset(self, model, make, kind):
        circuit = make(model).copy()
        circuit.add_register(ClassicalRegister(1, "bit"))
        if kind == "if_else":
            with circuit.if_test((circuit.clbits[0], 1)):
                circuit.x(0)
        else:
            getattr(circuit, kind)(0, *([0] if kind == "measure" else []))
        message = f"the model must consist of gates alone, got {kind}: leave out measurements"
        for call in (OptionPricing, price):
            with pytest.raises(ValueError, match=message):
                call(CALL, circuit)

    def test_measured_all(self, model):
        with pytest.raises(ValueError, match="gates alone, got measure"):
            price(CALL, model.measure_all(inplace=False))

    def test_free_parameters(self):
        ansatz = SSQWDistribution.ansatz(2, 1, coins="ry")
        with pytest.raises(ValueError, match="the model has 3 free parameters: bind them with"):
            price(CALL, ansatz, values=GRID[:4])
        bound = ansatz.assign_parameters([0.1, 0.2, 0.3])
        assert as_loader(bound, GRID[:4]).num_coins == 1

    def test_too_many_qubits(self):
        with pytest.raises(ValueError, match="lists all grid points, of at most 20 qubits, got 21"):
            price(CALL, own_circuit(21))

    def test_too_many_qubits_for_a_state_vector(self):
        circuit = own_circuit(21)
        circuit.value_qubits = [0, 1, 2]
        with pytest.raises(ValueError, match="is computed on up to 20 qubits, got 21"):
            price(CALL, circuit)

    def test_more_qubits_than_the_values_take(self, model):
        circuit = model.copy()
        circuit.add_register(QuantumRegister(1, "spare"))
        message = "4 value qubits, but 8 probabilities need 3: .* its attribute value_qubits names"
        with pytest.raises(ValueError, match=message):
            price(CALL, circuit)
        circuit.value_qubits = [0, 1, 2]
        assert as_loader(circuit).num_coins == 1

    @pytest.mark.parametrize("qubits", [[0, 1, 1], [0, 1, 3], [0, 1, -1]])
    def test_value_qubits_that_are_none(self, qubits):
        circuit = own_circuit()
        circuit.value_qubits = qubits
        with pytest.raises(ValueError, match="must be different qubits of the model's 3, got"):
            price(CALL, circuit)


class TestTracedCoins:
    TARGET = TargetDistribution([0.1, 0.2, 0.3, 0.4], (1.0, 4.0))

    @pytest.mark.parametrize("size", [2, 9])
    def test_the_exact_method_is_refused_before_it_runs(self, size):
        target = TargetDistribution(np.full(2**size, 2.0**-size), (1.0, 4.0))
        message = "\"exact\" makes a lattice walk with traced-out coin, .* coin='absorbed' or"
        start = time.perf_counter()
        with pytest.raises(ValueError, match=message):
            QuantumWalkUncertaintyModel(target, method="exact")
        assert time.perf_counter() - start < 1

    @pytest.mark.parametrize(
        "make",
        [
            lambda: QuantumWalkUncertaintyModel.lognormal(2, method="exact"),
            lambda: PathModel(2, 2, 2.0, 0.4, 0.05, 0.1, method="exact"),
        ],
    )
    def test_by_the_other_constructors_too(self, make):
        with pytest.raises(ValueError, match="traced-out coin"):
            make()

    def test_a_torus_walk_is_refused(self):
        target = TargetDistribution(np.full((2, 2), 0.25), [(0, 1), (0, 1)])
        walk = TorusWalk((1, 1), np.zeros((1, 2, 9)))
        with pytest.raises(ValueError, match="traced-out coin has 4 qubits for values of 2, and"):
            QuantumWalkUncertaintyModel(target, walk=walk)

    def test_the_advice_works(self):
        walk = TreeWalk.from_probabilities(self.TARGET.probabilities)
        lattice = SplitStepWalk(2, np.full((3, 2), 0.3))
        QuantumWalkUncertaintyModel(self.TARGET, walk=walk)
        circuit = SSQWDistribution(lattice)
        assert OptionPricing(Call(2.0), circuit, values=self.TARGET.values).loader.num_coins == 1


PATH_PAYOFFS = [
    Asian(CALL),
    Asian(CALL, mean="geometric"),
    Barrier(CALL, 2.2),
    Barrier(Basket((0.5, 0.5), CALL), 2.2),
    Last(CALL),
    2 * Asian(CALL) - Basket((1, 1), Put(3.9)) + 1,
    delta(Asian(CALL), 2.0, method="bump"),
]


class TestPayoffsOfPaths:
    @pytest.mark.parametrize("payoff", PATH_PAYOFFS, ids=lambda payoff: payoff.name)
    def test_are_refused_on_several_assets(self, two_assets, payoff):
        assert payoff.needs_path
        message = "is paid on a path, but the model's 2 values per point are no times of one: use"
        for call in (OptionPricing, price):
            with pytest.raises(ValueError, match=message):
                call(payoff, two_assets)

    @pytest.mark.parametrize("payoff", PATH_PAYOFFS, ids=lambda payoff: payoff.name)
    def test_are_paid_on_paths(self, paths, payoff):
        application = OptionPricing(payoff, paths)
        assert application.loader.num_steps == 2
        assert application.exact_value == pytest.approx(
            float(payoff(paths.values) @ paths.probabilities)
        )

    @pytest.mark.parametrize("payoff", PATH_PAYOFFS, ids=lambda payoff: payoff.name)
    def test_have_no_reference_value_without_a_path(self, payoff):
        with pytest.raises(ValueError, match="is paid on a path: give num_steps"):
            reference_value(payoff, Market((2.0, 1.9), 0.4, 0.05, 0.1))

    @pytest.mark.parametrize(
        "payoff", [Basket((1, 1), Call(3.9)), FunctionPayoff(lambda p: p[:, 0] * p[:, 1], 2)]
    )
    def test_others_are_paid_on_both(self, paths, two_assets, payoff):
        assert not payoff.needs_path
        for model in (paths, two_assets):
            OptionPricing(payoff, model)

    def test_one_price_is_no_path(self, model):
        with pytest.raises(ValueError, match="takes several prices per point"):
            OptionPricing(Last(CALL), model)

    def test_a_circuit_of_ones_own_says_that_its_values_are_paths(self, two_assets):
        circuit = two_assets.copy()
        circuit.num_steps = 2
        assert OptionPricing(Asian(CALL), circuit).loader.num_steps == 2
        circuit.num_steps = 3
        with pytest.raises(ValueError, match="no times of one"):
            OptionPricing(Asian(CALL), circuit)

    def test_other_values_of_a_path_model_are_no_path(self, paths):
        pairs = np.column_stack([paths.values.mean(axis=1), *paths.values.T])
        with pytest.raises(ValueError, match="3 values per point are no times of one"):
            OptionPricing(Asian(CALL), paths, values=pairs)
        assert as_loader(paths, paths.values * 2).num_steps == 2


def test_the_largest_state_vector_is_that_of_a_grid():
    walk = MultiscaleWalk(21, [], np.zeros((0, 2)))
    with pytest.raises(ValueError, match="at most 20 qubits, got 21"):
        as_loader(SSQWDistribution(walk), np.zeros(1))
