"""The torus walk as a circuit, fitted to images, and their picture."""

import copy
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, Statevector
from reference import dense

from qiskit_ssqw import FitResult, SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.circuit import TorusWalkGate
from qiskit_ssqw.synthesis import synth_start, synth_torus_fourier
from qiskit_ssqw.visualization import plot_images
from qiskit_ssqw.walks import SplitStepWalk, TorusWalk

BASIS = ["cx", "rz", "sx", "x"]
STEPS_FOR_DIGITS = 5


def random_torus(rng, sizes, steps):
    start = [int(rng.integers(2**size)) for size in sizes]
    return TorusWalk(sizes, rng.uniform(-4, 4, size=(steps, 2, 9)), start=start)


@pytest.fixture(params=[((1, 1), 1), ((1, 2), 2), ((3, 1), 2), ((2, 2), 3)], ids=str)
def walk(rng, request):
    return random_torus(rng, *request.param)


def test_the_circuit_prepares_the_walk(walk):
    circuit = synth_torus_fourier(walk)
    assert (circuit.num_qubits, circuit.num_clbits) == (walk.num_qubits, 0)
    assert set(circuit.count_ops()) <= {"h", "p", "u", "rxx", "ryy", "rzz", "rz", "cp", "IQFT"}
    np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), rtol=0, atol=1e-12)


def test_the_circuit_is_the_start_and_then_the_walk(walk):
    starts = [
        Operator(synth_start(SplitStepWalk(size, [[0, 0]], start=site))).data
        for size, site in zip(walk.num_position_qubits, walk.start, strict=True)
    ]
    steps = dense.torus_operator(walk.num_position_qubits, walk.coin_angles)
    expected = steps @ np.kron(np.eye(4), np.kron(*starts))
    for form in (synth_torus_fourier(walk), TorusWalkGate(walk)):
        np.testing.assert_allclose(Operator(form).data, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("sizes", "steps"), [((1, 1), 2), ((2, 3), 2), ((3, 2), 1)])
def test_the_fourier_form_costs_what_the_walk_says(sizes, steps, rng):
    walk = random_torus(rng, sizes, steps)
    compiled = transpile(
        synth_torus_fourier(walk), basis_gates=BASIS, optimization_level=3, seed_transpiler=1
    )
    assert compiled.count_ops()["cx"] == walk.two_qubit_gates
    overlap = np.vdot(Statevector(compiled), walk.amplitudes())
    assert abs(overlap) == pytest.approx(1, abs=1e-10)


def test_free_parameters_bind_in_the_order_of_the_walk(walk):
    free = ParameterVector("t", walk.num_parameters)
    bound = synth_torus_fourier(walk, list(free)).assign_parameters(walk.parameters)
    np.testing.assert_allclose(Statevector(bound), walk.amplitudes(), rtol=0, atol=1e-12)


def test_a_gate_holds_the_angles_of_its_walk(walk):
    gate = TorusWalkGate(walk, label="load")
    assert (gate.name, gate.num_qubits, gate.label) == ("torus_walk", walk.num_qubits, "load")
    assert gate.angles == walk.parameters.tolist()
    assert gate.walk == walk
    circuit = QuantumCircuit(walk.num_qubits)
    circuit.append(gate, circuit.qubits)
    circuit.append(gate.inverse(), circuit.qubits)
    np.testing.assert_allclose(
        Operator(circuit).data, np.eye(2**walk.num_qubits), rtol=0, atol=1e-12
    )
    with pytest.raises(ValueError, match=f"length {walk.num_parameters}, got 2"):
        TorusWalkGate(walk, [0.1, 0.2])


class TestDistribution:
    def test_state_is_the_walk(self, walk):
        circuit = SSQWDistribution(walk)
        np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), rtol=0, atol=1e-12)
        assert circuit.walk == walk
        assert copy.deepcopy(circuit).walk == walk
        read = Statevector(circuit).probabilities(circuit.value_qubits)
        np.testing.assert_allclose(read, walk.probabilities(), rtol=0, atol=1e-12)
        np.testing.assert_array_equal(circuit.probabilities, walk.probabilities())

    def test_roles_of_the_qubits(self):
        circuit = SSQWDistribution(TorusWalk.template((1, 2), 1))
        assert [(register.name, register.size) for register in circuit.qregs] == [
            ("position", 3),
            ("coin", 2),
        ]
        assert circuit.position_qubits == circuit.value_qubits == [0, 1, 2]
        assert circuit.coin_qubits == [3, 4]

    def test_dimensions_lie_as_in_a_target(self):
        still = np.zeros((1, 2, 9))
        still[:, :, 0] = np.pi  # the first coin is 1 after the first toss and 0 after the second
        circuit = SSQWDistribution(TorusWalk((1, 2), still, start=(1, 3)))
        first, second = circuit.position_qubits[2:], circuit.position_qubits[:2]
        state = Statevector(circuit)
        # The first walker moves up and down again; the second, with coin 0, only down.
        assert state.probabilities(first) == pytest.approx([0, 1])
        assert state.probabilities(second) == pytest.approx([0, 0, 1, 0])
        assert circuit.probabilities.reshape(2, 4)[1, 2] == pytest.approx(1)

    def test_parametrised(self, walk):
        free = SSQWDistribution.parametrised(TorusWalk.template((1, 1), 2), parameter_prefix="a")
        assert free.num_parameters == 36
        with pytest.raises(ValueError, match="free parameters: bind them"):
            _ = free.walk
        angles = np.linspace(-1, 1, 36)
        expected = TorusWalk.template((1, 1), 2).with_parameters(angles)
        assert free.assign_parameters(angles).walk == expected


def digit_target(digit):
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_digits()
    image = data.images[np.flatnonzero(data.target == digit)[0]]
    return TargetDistribution(image / image.sum(), [(0, 7), (0, 7)])


@pytest.mark.parametrize("digit", [1, 6, 8])
def test_digits_are_loaded(digit):
    target = digit_target(digit)
    walk = TorusWalk.template((3, 3), STEPS_FOR_DIGITS)
    result = fit(target, walk=walk, tolerance=0.05, seed=1)
    assert result.success, result.message
    assert result.two_qubit_gates == 142
    loaded = Statevector(SSQWDistribution(result.walk)).probabilities(range(6)).reshape(8, 8)
    assert 0.5 * np.abs(loaded - target.probabilities).sum() <= 0.05


def image_result(rng, sizes):
    shape = tuple(2**size for size in sizes)
    target = TargetDistribution(rng.dirichlet(np.ones(np.prod(shape))).reshape(shape), [(0, 1)] * 2)
    return FitResult(random_torus(rng, sizes, 1), target, 0.5, "")


@pytest.fixture
def results(rng):
    return [image_result(rng, sizes) for sizes in ((1, 2), (2, 2), (2, 1))]


class TestPlotImages:
    def test_images_of_targets_and_loaded_distributions(self, results):
        axes = plot_images(results, titles=["a", "b", "c"])
        assert axes.shape == (2, 3)
        assert axes[0, 0].figure.axes == list(axes.ravel())
        for result, above, below in zip(results, *axes, strict=True):
            shape = result.target.probabilities.shape
            (target,), (loaded,) = above.images, below.images
            np.testing.assert_array_equal(target.get_array(), result.target.probabilities)
            expected = result.walk.probabilities().reshape(shape)
            np.testing.assert_array_equal(loaded.get_array(), expected)
            assert target.get_clim() == loaded.get_clim() == (0, result.target.probabilities.max())
            assert f"TV {result.total_variation:.1e}" in below.get_title()
        assert [ax.get_title() for ax in axes[0]] == ["a", "b", "c"]

    def test_given_axes_are_used_and_returned(self, results):
        axes = Figure().subplots(2, 3)
        assert plot_images(results, axes=axes) is axes
        assert all(len(ax.images) == 1 for ax in axes.ravel())
        with pytest.raises(ValueError, match=r"axes must have shape \(2, 2\), got \(2, 3\)"):
            plot_images(results[:2], axes=axes)

    def test_one_fit_can_be_saved(self, results, tmp_path):
        path = tmp_path / "image.png"
        plot_images(results[:1])[0, 0].figure.savefig(path)
        assert path.stat().st_size > 1000

    def test_bad_input(self, results, rng):
        line = TargetDistribution(rng.dirichlet(np.ones(4)), (0, 1))
        flat = FitResult(SplitStepWalk(2, [[1, 2]]), line, 0.5, "")
        with pytest.raises(ValueError, match=r"only two-dimensional targets .* got 1"):
            plot_images([*results, flat])
        with pytest.raises(ValueError, match="at least one fit, got none"):
            plot_images([])
        with pytest.raises(ValueError, match="titles must be as many as the 3 fits, got 1"):
            plot_images(results, titles=["a"])

    def test_advice_without_matplotlib(self, results, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        monkeypatch.delitem(sys.modules, "qiskit_ssqw.visualization.shown", raising=False)
        with pytest.raises(ImportError, match=r"pip install 'qiskit-ssqw\[plot\]'"):
            plot_images(results)
