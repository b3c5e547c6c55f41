"""Defaults on qubits: against conditional independence, and against qiskit-finance's model."""

import copy
import io
import pickle
import warnings
from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit, QuantumRegister, qasm2, qpy, transpile
from qiskit.circuit.library import IntegerComparatorGate, WeightedSumGate
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit_algorithms import EstimationProblem, IterativeAmplitudeEstimation
from scipy.stats import norm
from theirs import GaussianConditionalIndependenceModel

from qiskit_ssqw.finance import (
    Call,
    CreditModel,
    FunctionPayoff,
    LoaderAccuracyWarning,
    Obligors,
    price,
)
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.metrics import total_variation

PORTFOLIOS = [
    ([0.3], [0.2]),
    ([0.15, 0.25], [0.1, 0.05]),
    ([0.01, 0.5], [0.6, 0.0]),
    ([0.02, 0.05, 0.1], [0.2, 0.3, 0.15]),
    ([0.01, 0.9, 0.2, 0.001], [0.3, 0.1, 0.05, 0.5]),
]
TUTORIAL = ([0.15, 0.25], [0.1, 0.05], [1, 2])
LOSS = FunctionPayoff(lambda losses: losses, label="loss")


@cache
def walk_of(size, num_std):
    """The walk of the factor, which no obligor changes."""
    return CreditModel(size, [0.5], 0, num_std=num_std, seed=1).fit_result.walk


def model_of(size, chances, shares, num_std=None, **options):
    walk = walk_of(size, num_std)
    return CreditModel(size, chances, shares, num_std=num_std, walk=walk, **options)


@pytest.fixture(scope="module")
def model():
    return CreditModel(2, *TUTORIAL, seed=1)


class TestTheDefaultGrid:
    @pytest.mark.parametrize("size", [1, 2, 3])
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_each_obligor_defaults_with_its_probability(self, chances, shares, size):
        model = model_of(size, chances, shares)
        for found in (model.probabilities, model.loaded_probabilities):
            assert found.sum() == pytest.approx(1, abs=1e-12)
            np.testing.assert_allclose(found @ model.defaults, chances, rtol=0, atol=1e-12)

    @pytest.mark.parametrize(("size", "far"), [(1, 1e-2), (2, 1e-3), (3, 1e-4), (4, 1e-6)])
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_few_points_are_enough(self, chances, shares, size, far):
        model = model_of(size, chances, shares)
        exact = Obligors(chances, shares).joint_probabilities()
        assert total_variation(model.loaded_probabilities, exact) < far
        assert model.grid_error() == pytest.approx(total_variation(model.probabilities, exact))

    @pytest.mark.parametrize("share", [0.0, 1e-12, 0.5, 0.999])
    @pytest.mark.parametrize("chance", [1e-9, 0.5, 1 - 1e-9])
    def test_extreme_obligors(self, chance, share):
        model = model_of(2, [chance], share)
        assert model.probabilities[1] == pytest.approx(chance, rel=1e-9)

    def test_the_factor_is_a_quadrature(self, model):
        factor = model.fit_result.target
        for power, moment in enumerate([1, 0, 1, 0, 3, 0, 15, 0]):
            assert factor.expectation(lambda z, p=power: z**p) == pytest.approx(moment, abs=1e-12)

    def test_without_sensitivity_an_obligor_takes_no_two_qubit_gate(self):
        assert count_two_qubit_gates(CreditModel(2, [0.1, 0.2], 0, seed=1)) == 1


class TestTheCircuit:
    @pytest.mark.parametrize("num_std", [None, 2.0])
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_factor_and_defaults_are_loaded_together(self, chances, shares, num_std):
        model = model_of(2, chances, shares, num_std=num_std)
        shown = Statevector(model).probabilities().reshape(-1, 4)
        for index, pattern in enumerate(model.defaults):
            given = np.where(
                pattern[:, None],
                model.conditional_probabilities,
                1 - model.conditional_probabilities,
            )
            expected = model.fit_result.target.probabilities * given.prod(axis=0)
            np.testing.assert_allclose(shown[index], expected, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    @pytest.mark.parametrize(("size", "factor"), [(1, 0), (2, 1), (3, 3)])
    def test_each_obligor_takes_one_gate_less_than_there_are_values(self, count, size, factor):
        model = model_of(size, [0.1] * count, 0.2)
        assert count_two_qubit_gates(model) == factor + count * (2**size - 1)

    def test_values_are_losses(self, model):
        assert model.values.tolist() == [0, 1, 2, 3]
        assert model.defaults.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
        assert model.value_qubits == [2, 3]
        assert [(one.name, one.size) for one in model.qregs] == [("factor", 2), ("obligor", 2)]

    def test_gates_that_are_added_count(self, model):
        changed = model.copy()
        changed.x(2)
        order = [1, 0, 3, 2]
        np.testing.assert_allclose(
            changed.loaded_probabilities, model.loaded_probabilities[order], atol=1e-12
        )
        np.testing.assert_array_equal(changed.probabilities, model.probabilities)

    def test_files_keep_what_is_loaded(self, model):
        file = io.BytesIO()
        qpy.dump(model, file)
        file.seek(0)
        text = qasm2.dumps(model)
        known = qasm2.LEGACY_CUSTOM_INSTRUCTIONS
        for again in (qpy.load(file)[0], qasm2.loads(text, custom_instructions=known)):
            shown = Statevector(again).probabilities(model.value_qubits)
            np.testing.assert_allclose(shown, model.loaded_probabilities, atol=1e-12)

    @pytest.mark.parametrize(
        "duplicate",
        [
            CreditModel.copy,
            copy.copy,
            copy.deepcopy,
            lambda model: pickle.loads(pickle.dumps(model)),
        ],
    )
    def test_copies_keep_the_obligors(self, model, duplicate):
        twin = duplicate(model)
        assert type(twin) is CreditModel
        assert twin == model
        assert twin.obligors == model.obligors
        np.testing.assert_array_equal(twin.loaded_probabilities, model.loaded_probabilities)

    def test_what_is_printed(self, model):
        assert repr(model) == ("<CreditModel: 2 obligors, factor on 2 qubits, 7 two-qubit gates>")
        table = model._repr_html_()
        assert "2 obligors on 4 qubits" in table
        assert "expected loss" in table

    def test_options_of_the_fit_pass_through(self):
        with pytest.warns(LoaderAccuracyWarning, match="misses the tolerance") as warned:
            model = CreditModel(3, *TUTORIAL, max_two_qubit_gates=1, seed=1)
        assert warned.pop(LoaderAccuracyWarning).filename == __file__
        assert model.fit_result.two_qubit_gates <= 1
        loaded = total_variation(model.loaded_probabilities, model.probabilities)
        assert 0 < loaded <= model.fit_result.total_variation


class TestInPlaceOfQiskitFinance:
    @pytest.mark.parametrize("size", [1, 2, 3])
    @pytest.mark.parametrize("num_std", [1.5, 2.0])
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_its_angles_load_the_same(self, chances, shares, size, num_std):
        theirs = GaussianConditionalIndependenceModel(size, num_std, chances, shares)
        ours = model_of(size, chances, shares, num_std=num_std, conditional="linear")
        np.testing.assert_allclose(
            Statevector(ours).probabilities(), Statevector(theirs).probabilities(), atol=1e-12
        )

    def test_its_angles_are_finite_where_it_divides_by_zero(self):
        model = model_of(2, [0.001, 0.999], 0.999, num_std=2, conditional="linear")
        shown = model.loaded_probabilities
        np.testing.assert_allclose(shown @ model.defaults, [0, 1], atol=1e-12)

    @pytest.mark.parametrize("size", [2, 3, 4])
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS[:2] + PORTFOLIOS[3:])
    def test_its_angles_take_fewer_gates(self, chances, shares, size):
        theirs = GaussianConditionalIndependenceModel(size, 2.0, chances, shares)
        plain = transpile(theirs, basis_gates=["u", "cx"], optimization_level=3, seed_transpiler=1)
        ours = model_of(size, chances, shares, num_std=2, conditional="linear")
        walk = ours.fit_result.two_qubit_gates
        assert count_two_qubit_gates(ours) == walk + len(chances) * (2 * size - 2)
        assert count_two_qubit_gates(ours) < plain.num_nonlocal_gates()

    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_right_angles_on_its_grid(self, chances, shares):
        model = model_of(2, chances, shares, num_std=2)
        factor = np.linspace(-2, 2, 4)
        weights = norm.pdf(factor) / norm.pdf(factor).sum()
        for found, p, r in zip(
            model.loaded_probabilities @ model.defaults, chances, shares, strict=True
        ):
            given = norm.cdf((norm.ppf(p) - np.sqrt(r) * factor) / np.sqrt(1 - r))
            assert found == pytest.approx(weights @ given, abs=1e-12)

    @pytest.mark.parametrize("bound", [0, 1, 2])
    def test_its_distribution_function(self, model, bound):
        adder = WeightedSumGate(4, [0, 0, 1, 2])
        comparator = IntegerComparatorGate(adder.num_sum_qubits, bound + 1, geq=False)
        state, objective = QuantumRegister(4, "state"), QuantumRegister(1, "objective")
        total, carry = QuantumRegister(adder.num_sum_qubits, "sum"), QuantumRegister(2, "carry")
        circuit = QuantumCircuit(state, objective, total, carry)
        circuit.append(model.to_gate(), state)
        circuit.append(adder, [*state, *total])
        circuit.append(comparator, [*total, *objective])
        circuit.append(adder.inverse(annotated=True), [*state, *total])
        plain = transpile(circuit, basis_gates=["u", "cx"], optimization_level=1)

        below = float(model.probabilities[model.values <= bound].sum())
        assert Statevector(plain).probabilities([4])[1] == pytest.approx(below, abs=1e-10)
        sampler = StatevectorSampler(default_shots=100, seed=1)
        result = IterativeAmplitudeEstimation(0.02, 0.01, sampler=sampler).estimate(
            EstimationProblem(plain, [4])
        )
        low, high = result.confidence_interval
        assert low <= below <= high


class TestPrices:
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS[1:4])
    def test_the_expected_loss(self, chances, shares):
        amounts = [3, 1, 2][: len(chances)]
        result = price(LOSS, model_of(2, chances, shares, losses_given_default=amounts), seed=1)
        assert result.success
        assert result.exact_value == pytest.approx(np.dot(chances, amounts), rel=1e-12)
        low, high = result.interval
        assert low <= result.exact_value <= high

    def test_a_tranche(self, model):
        losses = model.obligors.loss_distribution()
        exact = losses.probabilities @ np.maximum(losses.losses - 1.5, 0)
        result = price(Call(1.5), model, accuracy=0.05, seed=1)
        assert result.exact_value == pytest.approx(exact, abs=1e-5)
        assert result.success

    def test_payoffs_of_the_defaults_themselves(self, model):
        first = FunctionPayoff(lambda defaults: defaults.max(axis=1), values_per_point=2)
        result = price(first, model, values=model.defaults, accuracy=0.05, seed=1)
        assert result.exact_value == pytest.approx(1 - model.probabilities[0], abs=1e-12)
        assert result.success

    def test_the_bias_of_linear_angles_is_known(self):
        model = CreditModel(2, *TUTORIAL, num_std=2, conditional="linear", seed=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = price(LOSS, model, seed=1)
        expected = abs((model.loaded_probabilities - model.probabilities) @ model.values)
        assert expected > 0.005
        assert result.bias_bound.loader == pytest.approx(expected, rel=1e-9)


class TestBadInput:
    GOOD = {  # noqa: RUF012, never changed
        "num_qubits": 2,
        "default_probabilities": [0.15, 0.25],
        "sensitivities": [0.1, 0.05],
    }

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("num_qubits", 0, "num_qubits must be at least 1, got 0"),
            ("num_qubits", 13, "num_qubits must be at most 12, and 2 or 3 do, got 13"),
            ("most_qubits", 0, "most_qubits must be at least 1, got 0"),
            ("default_probabilities", [0.1, 1.2], "strictly between 0 and 1, got 1.2"),
            ("default_probabilities", [0.1, float("nan")], "must be finite, got nan"),
            ("default_probabilities", [0.1] * 19, "sensitivities must be one number or one per"),
            ("sensitivities", 1.0, "sensitivities must be below 1, got 1"),
            ("losses_given_default", [1, 2, 3], "losses_given_default must be one number or one"),
            ("num_std", 0, "num_std must be positive, got 0"),
            ("num_std", float("nan"), "num_std must be finite, got nan"),
            ("conditional", "magic", "conditional must be one of 'exact', 'linear', got 'magic'"),
            ("conditional", "linear", 'conditional "linear" needs num_std, an equidistant grid'),
            ("tolerance", 2, "tolerance must lie strictly between 0 and 1, got 2"),
        ],
    )
    def test_refuses_a_value(self, name, value, message):
        with pytest.raises(ValueError, match=message):
            CreditModel(**{**self.GOOD, name: value})

    def test_refuses_to_list_the_patterns_of_many_obligors(self):
        model = CreditModel(2, [0.1] * 19, 0.1, seed=1)
        for name in ("values", "defaults", "probabilities", "loaded_probabilities"):
            with pytest.raises(ValueError, match="lists all points of 21 qubits, and most_qubits"):
                getattr(model, name)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("num_qubits", 2.5, "num_qubits must be an integer, got 2.5"),
            ("num_std", "wide", "num_std must be a real number, got 'wide'"),
            ("sensitivities", None, "sensitivities must be an array of real numbers, got None"),
            ("nonsense", 1, "nonsense"),
        ],
    )
    def test_refuses_another_type(self, name, value, message):
        with pytest.raises(TypeError, match=message):
            CreditModel(**{**self.GOOD, name: value})
