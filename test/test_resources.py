"""What estimations take on fault-tolerant machines, beside circuits that are built and counted."""

import sys
from types import ModuleType

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_algorithms import AmplitudeEstimation
from reference import data
from scipy.special import ndtri

from qiskit_ssqw import QuantumWalkUncertaintyModel, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit import WalshRYGate, ZeroReflectionGate
from qiskit_ssqw.clifford_t import clifford_t, rotations, t_count
from qiskit_ssqw.clifford_t.rotations import RotationWords, Turn
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    BayesianAmplitudeEstimation,
    Call,
    DigitalCall,
    FunctionPayoff,
    Last,
    OptionPricing,
    PathModel,
    Put,
    resources,
)
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule
from qiskit_ssqw.finance.fault_tolerance.circuits import TracedProblem
from qiskit_ssqw.finance.fault_tolerance.counts import GateCounts
from qiskit_ssqw.finance.fault_tolerance.tracing import Traced

STRIKE = 1.896
ESTIMATORS = ("bayes", "iae", "mlae", "fae", "ae")
WORDS = RotationWords(1e-3)


def black_scholes(num_qubits):
    return QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, **data.MARKET, seed=1)


def lattice():
    """A loader with a coin that is traced out."""
    return SSQWDistribution(SplitStepWalk(2, np.linspace(0.3, 1.9, 4).reshape(2, 2), start=1))


def hidden_path():
    """A model that lists no points."""
    return PathModel(1, 3, 2.0, 0.4, 0.05, 0.5, points="centre", most_qubits=1, seed=1)


CASES = {
    "call": lambda: OptionPricing(Call(STRIKE), black_scholes(3), ancilla=True),
    "reduced": lambda: OptionPricing(Put(STRIKE), black_scholes(4), payoff_tolerance=1e-2),
    "harmonics": lambda: OptionPricing(Call(STRIKE), black_scholes(3), encoding="fourier"),
    "comparator": lambda: OptionPricing(
        DigitalCall(STRIKE), black_scholes(4), encoding="comparator"
    ),
    "no ancilla": lambda: OptionPricing(Call(STRIKE), black_scholes(4), ancilla=False),
    "path": lambda: OptionPricing(Last(Call(2.0)), PathModel(1, 3, 2.0, 0.4, 0.05, 0.1, seed=1)),
    "registers": lambda: OptionPricing(
        Asian(Call(2.0), mean="geometric"), hidden_path(), payoff_tolerance=1e-2
    ),
    "arithmetic": lambda: OptionPricing(Barrier(Call(2.0), 2.4), hidden_path()),
    "coin": lambda: OptionPricing(Call(1.5), lattice(), values=np.arange(4.0)),
}


@pytest.fixture(scope="module", params=CASES)
def application(request):
    return CASES[request.param]()


@pytest.fixture(scope="module")
def call():
    return CASES["call"]()


def distance(first, second):
    """Of two circuits as operators, phases included."""
    return np.linalg.norm(Operator(first).data - Operator(second).data, 2)


def random_circuit(rng, num_qubits=3, length=3):
    circuit = QuantumCircuit(num_qubits)
    for _ in range(length):
        one, two, three = rng.permutation(num_qubits)[:3]
        angles = rng.uniform(-7, 7, 3)
        circuit.ry(angles[0], one)
        circuit.rx(angles[1], two)
        circuit.u(*angles, three)
        circuit.p(angles[2], one)
        circuit.rz(rng.integers(8) * np.pi / 4, two)
        circuit.append(WalshRYGate({0: angles[0], 3: angles[1]}, 2), [one, two, three])
        circuit.ccx(one, two, three)
        circuit.rccx(two, three, one)
        circuit.append(ZeroReflectionGate(3), [one, two, three])
    return circuit


def test_written_circuits_are_those_counted(rng):
    """Errors of words add up at most, and gates are counted one by one."""
    for tolerance in (1e-2, 1e-3, 1e-5):
        circuit = random_circuit(rng)
        result, traced = clifford_t(circuit, each=tolerance), Traced.of(circuit)
        counts = GateCounts.of(traced, RotationWords(tolerance))
        assert 0 < distance(result, circuit) <= counts.rotations * tolerance
        assert counts.t_count == t_count(result)
        assert counts.cx == result.num_nonlocal_gates()
        assert counts.t_depth == longest(result)


def longest(circuit):
    """T gates on the longest way, by Qiskit's count of layers of T gates alone."""
    ends = dict.fromkeys(circuit.qubits, 0)
    for step in circuit.data:
        end = max(ends[qubit] for qubit in step.qubits) + (step.operation.name in ("t", "tdg"))
        ends.update(dict.fromkeys(step.qubits, end))
    return max(ends.values())


def counted(application, estimator, schedule):
    loader = Traced.of(application.loader.circuit)
    parts = [
        TracedProblem.of(p, loader, method_named(estimator), schedule) for p in application.parts
    ]
    return [part.counted(WORDS) for part in parts]


class TestCircuits:
    """What the parts add up to, and the circuits of the estimators."""

    @pytest.mark.parametrize("application", CASES, indirect=True)
    @pytest.mark.parametrize("power", [0, 1, 4])
    def test_of_powers(self, application, power):
        schedule = Schedule(power, power, power, 1)
        build = BayesianAmplitudeEstimation(0.1).construct_circuit
        for problem, counts in zip(
            application.to_estimation_problems(),
            counted(application, "bayes", schedule),
            strict=True,
        ):
            self.check(counts, counts.circuit(power), build(problem, power))

    @pytest.mark.parametrize("power", [1, 3])
    def test_of_faster_estimation(self, call, power):
        problem = call.to_estimation_problem().rescale(0.25)
        (counts,) = counted(call, "fae", Schedule(power, power, power, 1))
        build = BayesianAmplitudeEstimation(0.1).construct_circuit
        self.check(counts, counts.circuit(power), build(problem, power))

    @pytest.mark.parametrize("evaluation", [2, 3])
    def test_of_canonical_estimation(self, call, evaluation):
        circuit = AmplitudeEstimation(evaluation).construct_circuit(call.to_estimation_problem())
        (counts,) = counted(call, "ae", Schedule(2, 3, 3, 1, evaluation))
        self.check(counts, counts.circuit(2**evaluation - 1), circuit)

    def check(self, counts, found, circuit):
        built = clifford_t(circuit, each=WORDS.tolerance)
        assert built.num_qubits == counts.num_qubits
        assert found.t_count == t_count(built)
        assert found.cx == built.num_nonlocal_gates()
        assert longest(built) <= found.t_depth
        angles = Traced.of(circuit).angles
        assert found.rotations == sum(not Turn.of(angle).is_exact for angle in angles)
        assert found.toffoli_t <= found.t_count

    def test_beside_the_count_of_a_price(self, application):
        foreseen = resources(application, 0.01)
        least = application.count_iterate_two_qubit_gates()
        assert least <= foreseen.iterate.cx <= 1.25 * least
        assert foreseen.num_qubits == max(
            problem.grover_operator.num_qubits for problem in application.to_estimation_problems()
        )

    def test_an_ancilla_saves_rotations(self):
        advice = "With ancilla=True the reflection would take no rotations."
        without = resources(CASES["no ancilla"](), 0.01)
        assert advice in str(without)
        found = resources(OptionPricing(Call(STRIKE), black_scholes(4), ancilla=True), 0.01)
        assert advice not in str(found)
        assert 10 * found.reflection.t_count < without.reflection.t_count

    def test_the_reflection_is_of_toffolis(self):
        for controls in (3, 5, 9):
            reflection = QuantumCircuit(controls + 2)
            gate = ZeroReflectionGate(controls + 1, ancilla=True)
            reflection.append(gate, range(controls + 2))
            counts = GateCounts.of(Traced.of(reflection), WORDS)
            # 2 k - 3 Toffolis, all but one up to phases.
            assert counts.t_count == 4 * (2 * controls - 3) + 3
            assert counts.rotations == 0


class TestBudget:
    @pytest.mark.parametrize(
        "case",
        [
            "call",
            "comparator",
            *(pytest.param(one, marks=pytest.mark.deep) for one in ("reduced", "coin")),
        ],
    )
    def test_each_power_is_of_an_amplitude_nearby(self, case):
        """The rule: the angle of a state after ``k`` iterates is off by (2 k + 1) N e at most."""
        application, tolerance = CASES[case](), 3e-3
        (problem,), (parts,) = application.to_estimation_problems(), application.parts
        loader = Traced.of(application.loader.circuit)
        bayes = method_named("bayes")
        traced = TracedProblem.of(parts, loader, bayes, bayes.schedule(Goal(0.1, 0.1, 1)))
        allowed = tolerance * traced.num_rotations
        assert allowed < 0.35
        build = BayesianAmplitudeEstimation(0.1).construct_circuit
        for power in (0, 1, 3):
            circuit = build(problem, power)
            exact, found = (
                Statevector(one).data.reshape([2] * one.num_qubits)
                for one in (circuit, clifford_t(circuit, each=tolerance))
            )
            (objective,) = problem.objective_qubits
            good, goods = (
                np.arcsin(np.linalg.norm(np.take(s, 1, circuit.num_qubits - 1 - objective)))
                for s in (exact, found)
            )
            assert abs(goods - good) <= (2 * power + 1) * allowed
            assert traced.num_rotations * (2 * power + 1) >= sum(
                not Turn.of(angle).is_exact for angle in Traced.of(circuit).angles
            )

    @pytest.mark.parametrize("application", CASES, indirect=True)
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_all_words_together_have_their_share(self, application, estimator):
        found = resources(application, 0.05, estimator=estimator, synthesis_share=0.2)
        loader = Traced.of(application.loader.circuit)
        method = method_named(estimator)
        schedule = method.schedule(Goal(0.05, 0.01, 100))
        stretch = 8 if estimator == "fae" else 1
        off = sum(
            stretch
            * abs(part.high - part.low)
            * found.word_tolerance
            * TracedProblem.of(parts, loader, method, schedule).num_rotations
            for part, parts in zip(application.encoded.parts, application.parts, strict=True)
        )
        assert off <= 0.2 * found.error * (1 + 1e-9)
        assert off == pytest.approx(0.2 * found.error) or found.word_tolerance == 0.1

    @pytest.mark.parametrize(
        "case", ["call", "harmonics", pytest.param("reduced", marks=pytest.mark.deep)]
    )
    def test_the_price_that_words_encode_is_within_it(self, case):
        application = CASES[case]()
        found = resources(application, 0.02, synthesis_share=0.5)
        value = application.encoded.constant
        problems = application.to_estimation_problems()
        for part, problem in zip(application.encoded.parts, problems, strict=True):
            built = clifford_t(problem.state_preparation, each=found.word_tolerance)
            shown = Statevector(built).probabilities(problem.objective_qubits)[1]
            value += part.to_price(shown)
        assert 0 < abs(value - application.loaded_value) <= 0.5 * found.error


class TestResources:
    def test_more_accuracy_takes_more(self, application):
        found = [resources(application, epsilon) for epsilon in (0.1, 0.01, 1e-3)]
        for name in ("t_count", "t_depth", "cx"):
            assert sorted({getattr(one.total, name) for one in found}) == [
                getattr(one.total, name) for one in found
            ]
        words_of = [one.word_tolerance for one in found]
        assert words_of == sorted(words_of, reverse=True)
        assert found[-1].classical_samples == pytest.approx(1e4 * found[0].classical_samples, 0.05)

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_calls_are_those_foreseen(self, call, estimator):
        found = resources(call, 0.01, estimator=estimator, alpha=0.05, synthesis_share=0.1)
        (aim,) = call.amplitude_errors(0.9 * found.error)
        shots = 1 if estimator == "bayes" else 100
        (amplitude,) = call.loaded_amplitudes
        schedule = method_named(estimator).schedule(Goal(aim, 0.05, shots, amplitude))
        assert found.oracle_calls == round(schedule.iterates)
        assert found.shots == round(schedule.measured)
        assert found.max_power == np.ceil(schedule.deepest)
        assert found.total.t_count > found.oracle_calls * found.iterate.t_count
        assert found.deepest.t_count < found.total.t_count

    def test_harmonics_share_one_level(self):
        application = CASES["harmonics"]()
        found = resources(application, 0.01)
        errors = application.amplitude_errors(0.95 * found.error)
        assert found.num_problems == len(errors) > 2
        level = 0.01 / len(errors)
        schedules = [
            method_named("bayes").schedule(Goal(error, level, 1, amplitude))
            for error, amplitude in zip(errors, application.loaded_amplitudes, strict=True)
        ]
        assert found.oracle_calls == round(sum(one.iterates for one in schedules))

    def test_accuracy_is_of_the_price_without_its_bias(self, application):
        low, high = application.payoff_range
        allowed = 0.05 * abs(application.exact_value)
        error = max(allowed - application.bias_bound.total, 0.25 * allowed)
        found = resources(application, accuracy=0.05)
        assert found.error == pytest.approx(error)
        assert found.total == resources(application, error / (high - low)).total

    def test_an_iterate_is_the_sum_of_its_parts(self, application):
        found = resources(application, 0.01)
        assert found.loader + found.payoff_rotation + found.reflection == found.iterate

    def test_classical_samples(self, call, rng):
        found = resources(call, 0.01, alpha=0.05)
        paid = call.payoff(rng.choice(call.loader.values, 100_000, p=call.loader.target))
        half_width = ndtri(0.975) * np.std(paid) / np.sqrt(found.classical_samples)
        assert half_width == pytest.approx(found.error, rel=0.02)

    @pytest.mark.parametrize(
        "payoff", [Asian(Call(2.0), mean="geometric"), Barrier(Call(2.0), 2.4)]
    )
    def test_classical_samples_without_a_list_of_points(self, payoff):
        options = {"points": "centre", "seed": 1}
        listed, hidden = (
            OptionPricing(
                payoff,
                PathModel(2, 3, 2.0, 0.4, 0.05, 0.5, most_qubits=most, **options),
                payoff_tolerance=1e-2,
            )
            for most in (20, 2)
        )
        assert type(listed.view) is not type(hidden.view)
        samples = [resources(one, 0.01).classical_samples for one in (listed, hidden)]
        ranges = [np.ptp(one.payoff_range) for one in (listed, hidden)]
        assert samples[1] * ranges[1] ** 2 == pytest.approx(samples[0] * ranges[0] ** 2, rel=0.05)

    def test_other_circuits_are_counted_alike(self, monkeypatch, call):
        """Fitted words change what is counted by little, and are told."""
        monkeypatch.setattr(rotations, "_MOST_WORDS", 3)
        fitted = resources(call, 1e-3)
        monkeypatch.undo()
        found = resources(call, 1e-3)
        assert fitted.words_are_fitted
        assert "by a fit of their length" in str(fitted)
        assert not found.words_are_fitted
        assert "found one by one" in str(found)
        assert fitted.total.t_count == pytest.approx(found.total.t_count, rel=0.1)
        assert fitted.total.cx == found.total.cx

    def test_table_and_dictionary(self, call):
        found = resources(call, 0.01)
        assert found.to_dict()["iterate"]["t_count"] == found.iterate.t_count
        assert f"{found.total.t_count:,}" in str(found)
        assert "<table>" in found._repr_html_()


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "give one of epsilon and accuracy, got epsilon=None and accuracy=None"),
            ({"epsilon": 0.1, "accuracy": 0.1}, "give one of epsilon and accuracy"),
            ({"epsilon": 0}, "epsilon must be positive, got 0"),
            ({"epsilon": 0.5}, "epsilon must be below 0.5, got 0.5"),
            ({"accuracy": 1.0}, "accuracy must lie strictly between 0 and 1, got 1.0"),
            ({"epsilon": 0.1, "alpha": 0}, "alpha must lie strictly between 0 and 1, got 0"),
            ({"epsilon": 0.1, "estimator": "qae"}, "estimator must be one of 'bayes', .*'qae'"),
            ({"epsilon": 0.1, "shots": 0}, "shots must be at least 1, got 0"),
            ({"epsilon": 0.1, "synthesis_share": 1}, "synthesis_share must lie strictly between"),
            ({"epsilon": 1e-13}, "amplitude's error must be at least 1e-12"),
        ],
    )
    def test_numbers(self, call, options, message):
        with pytest.raises(ValueError, match=message):
            resources(call, **options)

    def test_what_it_is_about(self, call):
        with pytest.raises(TypeError, match="application must be an OptionPricing, got 3"):
            resources(3, 0.1)
        constant = OptionPricing(FunctionPayoff(lambda x: 0 * x, label="nothing"), black_scholes(3))
        with pytest.raises(ValueError, match="the nothing is constant on the grid and needs no"):
            resources(constant, 0.1)
        swap = FunctionPayoff(lambda x: x - call.loader.target @ x, label="swap")
        free = OptionPricing(swap, black_scholes(3))
        with pytest.raises(ValueError, match="fraction of the price, which is 0: give epsilon"):
            resources(free, accuracy=0.1)


class TestPhysical:
    def test_what_microsofts_estimator_is_given(self, call, monkeypatch):
        given = {}

        class LogicalCounts(dict):
            def estimate(self, params):
                given.update(counts=dict(self), params=params)
                parts = {
                    "physicalQubitsForTfactories": 5,
                    "numTfactories": 2,
                    "algorithmicLogicalQubits": 9,
                }
                return {
                    "physicalCounts": {"physicalQubits": 7, "runtime": 3e9, "breakdown": parts},
                    "logicalQubit": {"codeDistance": 11},
                }

        module = ModuleType("qdk.estimator")
        module.LogicalCounts = LogicalCounts
        monkeypatch.setitem(sys.modules, "qdk", ModuleType("qdk"))
        monkeypatch.setitem(sys.modules, "qdk.estimator", module)
        found = resources(call, 0.01)
        physical = found.physical(error_budget=0.02, params={"qubitParams": {"name": "q"}})
        assert given["counts"] == found.logical_counts()
        assert given["params"] == {"errorBudget": 0.02, "qubitParams": {"name": "q"}}
        assert physical.circuit_seconds == pytest.approx(3)
        ratio = found.total.t_count / found.deepest.t_count
        assert physical.total_seconds == pytest.approx(3 * ratio)
        assert "11   failures of a circuit 0.02" in str(physical)
        assert physical.to_dict()["physical_qubits"] == 7

    def test_by_the_estimator_itself(self, call):
        """A smaller budget takes a code of a larger distance, and more qubits and time."""
        pytest.importorskip("qdk.estimator")
        found = resources(call, 0.01)
        loose, strict = (found.physical(error_budget=budget) for budget in (0.1, 1e-6))
        assert strict.code_distance > loose.code_distance
        assert strict.physical_qubits > loose.physical_qubits
        assert strict.circuit_seconds > loose.circuit_seconds
        assert loose.logical_qubits >= found.num_qubits
        assert loose.total_seconds >= loose.circuit_seconds > 0

    def test_counts(self, call):
        found = resources(call, 0.01)
        words_counted, left = found.logical_counts(), found.logical_counts(synthesised=False)
        assert words_counted["tCount"] == found.deepest.t_count
        assert words_counted["rotationCount"] == 0
        assert left["rotationCount"] == found.deepest.rotations
        assert left["tCount"] == found.max_power * found.reflection.t_count
        assert 0 < left["rotationDepth"] <= left["rotationCount"]

    def test_without_the_package(self, call, monkeypatch):
        monkeypatch.setitem(sys.modules, "qdk.estimator", None)
        with pytest.raises(ImportError, match=r"need the package qdk: pip install .*resources"):
            resources(call, 0.01).physical()

    def test_bad_budget(self, call):
        with pytest.raises(ValueError, match="error_budget must lie strictly between 0 and 1"):
            resources(call, 0.01).physical(error_budget=0)
