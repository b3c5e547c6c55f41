"""Circuits of Clifford and T gates: exact states, counts, words, and what is refused."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator, Statevector, random_unitary
from qiskit.synthesis import gridsynth_rz
from scipy import stats
from theirs import release

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.clifford_t import clifford_t, rotations, t_count, t_depth, t_lean
from qiskit_ssqw.clifford_t.choice import Plan
from qiskit_ssqw.clifford_t.network import CoinNetwork
from qiskit_ssqw.clifford_t.quaternions import (
    from_matrix,
    matrices,
    product,
    turned,
    vectors_between,
)
from qiskit_ssqw.clifford_t.refit import refit
from qiskit_ssqw.clifford_t.rotations import RotationWords, Turn
from qiskit_ssqw.clifford_t.snapping import Snapping, three_rotations
from qiskit_ssqw.clifford_t.synthesis import append_word
from qiskit_ssqw.clifford_t.words import cliffords, nearest, quaternion_of
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetState
from qiskit_ssqw.walks import TreeWalk

GATES = {"cx", "h", "s", "sdg", "t", "tdg", "x", "z"}
FAMILY = {
    "log-normal": lambda n: TargetDistribution.from_black_scholes(n, 1.0, 0.4, 0.0, 1.0),
    "normal": lambda n: TargetDistribution.from_scipy(n, stats.norm(), (-3, 3)),
    "gamma": lambda n: TargetDistribution.from_scipy(n, stats.gamma(2), (0, 8)),
    "beta": lambda n: TargetDistribution.from_scipy(n, stats.beta(2, 5), (0, 1)),
}


@pytest.fixture(scope="module")
def small():
    """A loader of a normal distribution on eight points."""
    return t_lean(FAMILY["normal"](3), tolerance=1e-2, attempts=1, seed=1)


def random_coins(rng, count):
    coins = rng.normal(size=(count, 4))
    return coins / np.linalg.norm(coins, axis=1, keepdims=True)


def distance(first, second):
    """Operator norm between two circuits, phases included."""
    return np.linalg.norm(Operator(first).data - Operator(second).data, 2)


def rotation(angle):
    circuit = QuantumCircuit(1)
    circuit.rz(angle, 0)
    return circuit


def spelled_out(word):
    circuit = QuantumCircuit(1, global_phase=word.phase)
    append_word(circuit, word.gates, 0)
    return circuit


@pytest.mark.parametrize(
    ("name", "size", "tolerance"),
    [
        ("log-normal", 3, 1e-2),
        pytest.param("normal", 3, 1e-3, marks=pytest.mark.deep),
        ("gamma", 2, 1e-3),
        pytest.param("beta", 3, 1e-2, marks=pytest.mark.deep),
    ],
)
def test_a_family_is_loaded_with_few_t_gates(name, size, tolerance):
    target = FAMILY[name](size)
    result = t_lean(target, tolerance=tolerance, attempts=1, seed=2)
    loaded = Statevector(result.circuit).probabilities()
    assert total_variation(target.probabilities, loaded) <= tolerance
    assert result.success
    assert result.total_variation == total_variation(target.probabilities, loaded)
    overlap = np.sqrt(target.probabilities) @ Statevector(result.circuit).data
    assert abs(overlap) ** 2 >= 1 - 2 * tolerance
    assert result.fidelity == pytest.approx(abs(overlap) ** 2)
    counts = result.circuit.count_ops()
    assert set(counts) <= GATES
    assert result.t_count == counts.get("t", 0) + counts.get("tdg", 0)
    assert result.t_depth <= result.t_count
    assert result.two_qubit_gates == len(result.walk.flips)
    rotations = clifford_t(SSQWDistribution(result.walk), tolerance)
    assert result.t_count < 0.5 * t_count(rotations)


def test_a_seed_gives_one_circuit(small):
    again = t_lean(small.target, tolerance=1e-2, attempts=1, seed=1)
    assert small.circuit == again.circuit
    assert (small.seed, small.walk) == (1, again.walk)


@pytest.mark.deep
def test_more_attempts_never_take_more_t_gates(small):
    more = t_lean(small.target, tolerance=1e-2, attempts=3, seed=1)
    assert more.success
    assert more.t_count <= small.t_count


def test_a_product_grid_on_another_line():
    x, y = np.mgrid[:4, :2]
    weights = np.exp(-((x - 1.2) ** 2) / 2 - (x - y) ** 2 / 3)
    target = TargetDistribution(weights / weights.sum(), [(0, 1), (0, 1)])
    walk = fit(target, tolerance=1e-3, order="interleaved", seed=1).walk
    assert walk.line != (2, 1, 0)
    result = t_lean(target, tolerance=1e-2, walk=walk, attempts=1, seed=1)
    assert result.walk is walk
    assert result.success


def test_what_is_loaded_is_undone_by_the_inverse(small):
    circuit = small.circuit
    assert abs(Statevector(circuit.compose(circuit.inverse())).data[0]) == pytest.approx(1)


def test_exact_words_cost_nothing():
    uniform = TargetDistribution(np.full(8, 1 / 8), (0, 1))
    result = t_lean(uniform, seed=1)
    assert (result.t_count, result.two_qubit_gates) == (0, 0)
    assert result.total_variation < 1e-12


def test_a_walk_that_misses_says_so():
    walk = MultiscaleWalk(3, [], [], initial_angles=[0.1, 0.2, 0.3])
    target = TargetDistribution([0.5, 0, 0, 0, 0, 0, 0, 0.5], (0, 1))
    result = t_lean(target, tolerance=1e-3, walk=walk, seed=1)
    assert not result.success
    assert "MISSED THE TOLERANCE" in str(result)
    assert "give a walk that is closer" in result.message


def test_a_result_prints_its_numbers(small):
    text = str(small)
    assert f"depth {small.t_depth}" in text
    assert f"with {small.t_count} T gates" in text
    assert "phases are free" not in text
    free = t_lean(FAMILY["normal"](3), tolerance=1e-2, attempts=1, phases="free", seed=3)
    assert free.success
    assert "phases are free" in free._repr_html_()


def test_progress_counts_coins(monkeypatch):
    ticks = []

    class Bar:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self):
            ticks.append(1)

    monkeypatch.setattr("qiskit_ssqw.clifford_t.lean.progress_bar", lambda *_: Bar())
    result = t_lean(FAMILY["normal"](2), tolerance=1e-2, attempts=1, seed=1, progress=True)
    assert len(ticks) == result.walk.num_parameters


@pytest.mark.parametrize("error", [0.3, 1e-2, 1e-4])
def test_one_budget_bounds_the_distance(rng, error):
    circuit = QuantumCircuit(3)
    for qubit, angle in enumerate(rng.uniform(-7, 7, 3)):
        circuit.ry(angle, qubit)
        circuit.rz(2 * angle, qubit)
        circuit.cx(qubit, (qubit + 1) % 3)
        circuit.rx(angle / 3, (qubit + 2) % 3)
    circuit.barrier()
    circuit.u(0.1, 0.2, 0.3, 1)
    circuit.y(0)
    written = clifford_t(circuit, error)
    assert set(written.count_ops()) <= GATES
    assert distance(circuit, written) <= error


def test_eighths_are_exact():
    circuit = QuantumCircuit(1)
    for eighth in range(-9, 10):
        for name in ("rx", "ry", "rz"):
            getattr(circuit, name)(eighth * np.pi / 4, 0)
    written = clifford_t(circuit, 0.1)
    assert distance(circuit, written) < 1e-12
    assert t_count(written) == 3 * 10


def test_clifford_gates_stay_clifford_gates():
    circuit = QuantumCircuit(2, global_phase=0.3)
    for name in ("h", "s", "sdg", "sx", "sxdg", "x", "y", "z"):
        getattr(circuit, name)(0)
    for name in ("cx", "cy", "cz", "swap", "iswap", "dcx", "ecr"):
        getattr(circuit, name)(0, 1)
    written = clifford_t(circuit, 0.1)
    assert distance(circuit, written) < 1e-12
    assert set(written.count_ops()) <= GATES - {"t", "tdg"}


@pytest.mark.parametrize("each", [0.1, pytest.param(1e-5, marks=pytest.mark.deep)])
def test_an_inverse_is_written_as_the_inverse(rng, each):
    for _ in range(5):
        circuit = QuantumCircuit(2)
        circuit.append(UnitaryGate(random_unitary(4, seed=rng)), [0, 1])
        circuit.rx(rng.uniform(-7, 7), 0)
        circuit.p(rng.uniform(-7, 7), 1)
        circuit = circuit.decompose()
        there, back = clifford_t(circuit, each=each), clifford_t(circuit.inverse(), each=each)
        assert distance(there.inverse(), back) < 1e-12
        assert t_count(there) == t_count(back)


@pytest.mark.parametrize("tolerance", [0.1, 1e-2, 1e-4, 1e-8])
def test_words_of_rotations_are_within_the_tolerance(rng, tolerance):
    found = RotationWords(tolerance)
    near = [m * np.pi / 4 + e * tolerance for m in (-3, 0, 1, 2) for e in (-3, -0.9, 0.9, 1.9)]
    for angle in [*rng.uniform(-10, 10, 15), *near]:
        word = spelled_out(found.word(angle))
        assert distance(word, rotation(angle)) <= tolerance * (1 + 1e-6)
        assert set(word.count_ops()) <= GATES
        assert t_count(word) == found.t_count(angle)


def test_opposite_angles_have_inverse_words(rng):
    found = RotationWords(1e-3)
    for angle in [*rng.uniform(-10, 10, 20), 1e-4, np.pi / 4, np.pi / 4 - 1e-4]:
        there, back = spelled_out(found.word(angle)), spelled_out(found.word(-angle))
        assert distance(there.inverse(), back) < 1e-12


@pytest.mark.parametrize("eighths", range(-9, 10))
def test_words_of_eighths_of_a_turn_are_exact(eighths):
    found, angle = RotationWords(1e-9), eighths * np.pi / 4
    word = spelled_out(found.word(angle))
    assert distance(word, rotation(angle)) < 1e-12
    assert t_count(word) == eighths % 2 == found.t_count(angle)
    assert Turn.of(angle).is_exact


@pytest.mark.parametrize("tolerance", [1e-3, 1e-7])
def test_a_fit_tells_the_length_of_many_words(rng, tolerance):
    angles = rng.uniform(0, 2 * np.pi, 50)
    found = sum(map(RotationWords(tolerance).t_count, angles))
    fitted = sum(map(RotationWords(tolerance, fitted=True).t_count, angles))
    longer = tolerance > 1e-4 and release("qiskit") < (2, 6)  # where it panics, see below
    assert fitted == pytest.approx(found, rel=0.1 if longer else 0.04)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-5])
def test_where_qiskit_panics_words_are_longer(rng, tolerance, monkeypatch):
    class PanicException(BaseException):
        """As Rust's."""

    def at_large_errors(angle, error):
        if error > 0.3 * tolerance:
            raise PanicException("Invalid coefficients")
        return gridsynth_rz(angle, error)

    monkeypatch.setattr(rotations, "gridsynth_rz", at_large_errors)
    rotations._found.cache_clear()
    for angle in rng.uniform(-10, 10, 5):
        word = spelled_out(RotationWords(tolerance).word(angle))
        assert distance(word, rotation(angle)) <= tolerance
    rotations._found.cache_clear()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_other_errors_of_qiskit_stay(error, monkeypatch):
    def stopped(angle, tolerance):
        raise error

    monkeypatch.setattr(rotations, "gridsynth_rz", stopped)
    with pytest.raises(error):
        RotationWords(1e-3).word(0.123456789)


def test_many_rotations_are_fitted(rng):
    assert not RotationWords.for_angles([0.3, -0.3, 0.3 + np.pi / 2] * 1000, 1e-6).fitted
    assert RotationWords.for_angles(rng.uniform(0, 1, 2001), 1e-6).fitted


def test_t_gates_wait_for_each_other():
    circuit = QuantumCircuit(2)
    circuit.t(0)
    circuit.h(0)
    circuit.tdg(0)
    circuit.t(1)
    circuit.cx(0, 1)
    circuit.t(1)
    assert (t_count(circuit), t_depth(circuit)) == (4, 3)


def test_quaternions_are_unitaries(rng):
    first, second = random_coins(rng, 2)
    assert np.allclose(matrices(product(first, second)), matrices(first) @ matrices(second))
    assert abs(from_matrix(1j * matrices(first)) @ first) == pytest.approx(1)
    way = vectors_between(first, second)
    assert abs(turned(first, way) @ second) == pytest.approx(1)


def test_words_are_all_there_and_spelled_as_they_are(rng):
    unitaries, _ = cliffords()
    assert len({tuple(np.round(np.abs(one @ unitaries.T), 6)) for one in unitaries}) == 24
    for t_count_wanted in (0, 1, 2, 5, 9, 10, 13):
        coin = random_coins(rng, 1)[0]
        words = nearest(coin, np.eye(3), t_count_wanted, 1.0, 5)
        for word in words:
            assert word.gates.count("t") == word.t_count == t_count_wanted
            assert abs(quaternion_of(word.gates) @ word.quaternion) == pytest.approx(1)
            spelled = np.linalg.norm(vectors_between(coin, word.quaternion)) ** 2
            assert word.cost == pytest.approx(spelled)
        assert [word.cost for word in words] == sorted(word.cost for word in words)


def test_longer_words_come_closer(rng):
    """``36 * 2**k`` words are spread over a volume of ``8 pi**2``."""
    for coin in random_coins(rng, 3):
        for count in (6, 9, 12, 18):
            (best,) = nearest(coin, np.eye(3), count, 1.0, 1)
            typical = (8 * np.pi**2 / (36 * 2**count) * 3 / (4 * np.pi)) ** (1 / 3)
            assert np.sqrt(best.cost) < 3 * typical


@pytest.mark.parametrize("error", [0.1, 1e-3])
def test_three_rotations_come_as_close_as_asked(rng, error):
    for coin in random_coins(rng, 5):
        word = quaternion_of(three_rotations(coin, error))
        assert np.linalg.norm(vectors_between(coin, word)) / 2 <= error


def test_coins_that_no_word_suits_are_three_rotations(monkeypatch):
    monkeypatch.setattr("qiskit_ssqw.clifford_t.snapping.LONGEST", -10)
    target = FAMILY["normal"](2)
    network = CoinNetwork(fit(target, tolerance=1e-3, seed=1).walk, target.probabilities, 1e-2)
    rng = np.random.default_rng(1)
    snapping = Snapping(network, network.first, 1e-2, Plan(0.7, 10), rng, lambda: None)
    assert snapping.run(np.inf)
    words = [name for word in snapping.words.values() for name in word]
    assert snapping.t_count == words.count("t") + words.count("tdg")
    assert words.count("tdg") > 0
    coins = [quaternion_of(word) for _, word in sorted(snapping.words.items())]
    assert network.error(np.array(coins)) <= 1e-2


@pytest.mark.parametrize("phases", [False, True])
def test_the_network_is_the_walk_and_its_slopes_are_differences(rng, phases):
    flips = [(2, 1), (0, 1), (1, 2), (1, 0)]
    walk = MultiscaleWalk(
        3, flips, rng.normal(size=(4, 2)), initial_angles=rng.normal(size=3), line=(2, 1, 0)
    )
    network = CoinNetwork(walk, walk.probabilities(), 1e-3, phases=phases)
    assert phases or network.error(network.first) < 1e-14
    coins = random_coins(rng, walk.num_parameters)
    free = [0, 3, 5, 10]
    here = network.at(coins, free)
    for column, (coin, axis) in enumerate((coin, axis) for coin in free for axis in range(3)):
        step = np.zeros((len(coins), 3))
        step[coin, axis] = 1e-6
        ends = [network.at(turned(coins, sign * step), free).residuals for sign in (1, -1)]
        slope = np.sum(here.weights * here.residuals * (ends[0] - ends[1])) / 2e-6
        assert here.slopes[column] == pytest.approx(slope, abs=1e-6 * np.abs(here.slopes).max())


def test_what_phases_miss_has_curvature(rng):
    """Turns of the state as a whole count for nothing."""
    walk = MultiscaleWalk(2, [(1, 0)], rng.normal(size=(1, 2)), initial_angles=rng.normal(size=2))
    probabilities, tolerance = np.array([0.1, 0.2, 0.3, 0.4]), 0.01
    free, strict = (
        CoinNetwork(walk, probabilities, tolerance, phases=phases) for phases in (False, True)
    )
    coins, every = random_coins(rng, 4), [0, 1, 2, 3]
    columns = []
    for step in 1e-6 * np.eye(12).reshape(12, 4, 3):
        ends = [strict.at(turned(coins, sign * step), every).residuals[4:] for sign in (1, -1)]
        columns.append((ends[0] - ends[1]) / 2e-6)
    curvature = 0.5 * tolerance * np.array(columns) @ np.array(columns).T
    difference = strict.at(coins, every).normals - free.at(coins, every).normals
    assert np.allclose(difference, curvature, atol=1e-9)


def test_a_refit_finds_back(rng):
    target = FAMILY["normal"](4)
    walk = fit(target, tolerance=1e-2, seed=1).walk
    network = CoinNetwork(walk, target.probabilities, 1e-2)
    free = list(range(0, walk.num_parameters, 2))
    moved = network.first.copy()
    moved[free] = turned(moved[free], rng.normal(scale=0.02, size=(len(free), 3)))
    _, error = refit(network, moved, free, 40)
    assert error < network.error(moved)
    assert error < 1e-2


@pytest.mark.parametrize("tolerance", [0, 1, -1e-3, np.nan])
def test_tolerances_outside_the_interval_are_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance must"):
        t_lean(FAMILY["normal"](3), tolerance=tolerance)


def test_bad_input_of_loaders_is_refused():
    target = FAMILY["normal"](3)
    with pytest.raises(ValueError, match="the walk loads 4 sites, but the target has 8"):
        t_lean(target, walk=MultiscaleWalk(2, [], []))
    with pytest.raises(
        TypeError, match=r"t_lean is not for a lattice walk, .* but for a multiscale"
    ):
        t_lean(target, walk=SplitStepWalk.template(3, 2))
    with pytest.raises(TypeError, match="target must be a TargetDistribution, got <TargetState"):
        t_lean(TargetState([1, 0]))
    with pytest.raises(ValueError, match="attempts must be at least 1, got 0"):
        t_lean(target, attempts=0)
    with pytest.raises(ValueError, match="phases must be one of 'free', 'positive', got 'any'"):
        t_lean(target, phases="any")
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        t_lean(target, seed=-1)
    with pytest.raises(ValueError, match="up to 12 qubits, got 13"):
        t_lean(FAMILY["normal"](13))


def test_targets_without_a_short_walk_are_refused(monkeypatch):
    target = FAMILY["normal"](3)
    tree = fit(target, walk=TreeWalk.from_probabilities(target.probabilities))
    monkeypatch.setattr("qiskit_ssqw.clifford_t.lean.fit", lambda *_, **__: tree)
    with pytest.raises(ValueError, match="no multiscale walk was found"):
        t_lean(target, tolerance=1e-2, seed=1)


def test_bad_input_of_synthesis_is_refused():
    circuit = QuantumCircuit(1)
    with pytest.raises(TypeError, match="circuit must be a QuantumCircuit, got 3"):
        clifford_t(3, 1e-2)
    with pytest.raises(ValueError, match="error must lie strictly between 0 and 1, got 0"):
        clifford_t(circuit, 0)
    with pytest.raises(ValueError, match=r"each must lie strictly between 0 and 1, got -0\.1"):
        clifford_t(circuit, each=-0.1)
    for options in ({}, {"error": 0.1, "each": 0.1}):
        with pytest.raises(ValueError, match="give one of error and each, got error="):
            clifford_t(circuit, **options)
    with pytest.raises(ValueError, match="off by 1e-16, less than the 1e-12 that can be told"):
        clifford_t(rotation(0.3), 1e-16)
    circuit.measure_all()
    with pytest.raises(ValueError, match="must consist of gates alone, got measure"):
        clifford_t(circuit, 1e-2)
