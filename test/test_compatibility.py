"""Fits and circuits that version 0.1 saved are read as they were."""

import json
from pathlib import Path

import numpy as np
import pytest
from qiskit import qpy, transpile
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap

from qiskit_ssqw import FitResult, MultiscaleWalk, SSQWDistribution, TargetDistribution
from qiskit_ssqw.circuit import WalkGate, WalshRYGate, ZeroReflectionGate
from qiskit_ssqw.targets import TargetState
from qiskit_ssqw.walks import TorusWalk, TreeWalk

pytestmark = pytest.mark.filterwarnings("ignore:The qiskit version used to generate:UserWarning")

DATA = Path(__file__).parent / "data" / "0.1"
SAVED = sorted(DATA.glob("schema-*"))
NAMED_GATES = SAVED[1:]
"""Schema 1 is older than the gates that are rebuilt from their name and parameters."""

KINDS = DATA / "kinds"
FITS = {"tree": TreeWalk, "torus": TorusWalk, "state": MultiscaleWalk, "product": MultiscaleWalk}
PRICES = sorted(path.stem.removeprefix("price_") for path in KINDS.glob("price_*.qpy"))
PLAIN = ["rz", "sx", "x", "cx"]


def numbers(path):
    return json.loads(path.read_text(encoding="utf-8"))


def probabilities(folder):
    return numbers(folder / "probabilities.json")


def circuits(folder, name="circuits"):
    with (folder / f"{name}.qpy").open("rb") as file:
        return qpy.load(file)


def saved_fits(folder):
    return {name: FitResult.load(folder / f"{name}.json") for name in probabilities(folder)}


def test_all_schemas_are_there():
    assert [folder.name for folder in SAVED] == [f"schema-{number}" for number in range(1, 5)]


@pytest.mark.parametrize("folder", SAVED, ids=lambda folder: folder.name)
def test_saved_fits(folder, tmp_path):
    for name, expected in probabilities(folder).items():
        result = FitResult.load(folder / f"{name}.json")
        np.testing.assert_allclose(result.walk.probabilities(), expected, rtol=0, atol=1e-14)
        circuit = SSQWDistribution(result.walk)
        measured = Statevector(circuit).probabilities(range(3))
        np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-13)
        result.save(tmp_path / "again.json")
        assert FitResult.load(tmp_path / "again.json") == result
    assert saved_fits(folder)["multiscale"].success


@pytest.mark.parametrize("folder", SAVED, ids=lambda folder: folder.name)
def test_saved_circuits(folder):
    """They load the same probabilities, compiled for plain gates too (Qiskit 2.3 drops 1e-9)."""
    loaded = circuits(folder)
    for circuit, expected in zip(loaded, probabilities(folder).values(), strict=True):
        for form in (circuit, transpile(circuit, basis_gates=PLAIN)):
            measured = Statevector(form).probabilities(range(3))
            np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("folder", NAMED_GATES, ids=lambda folder: folder.name)
def test_walks_of_saved_circuits(folder):
    for circuit, (name, result) in zip(circuits(folder), saved_fits(folder).items(), strict=True):
        (instruction,) = circuit.data
        assert WalkGate.from_operation(instruction.operation).walk == result.walk, name


def amplitudes(name):
    real, imaginary = numbers(KINDS / "amplitudes.json")[name]
    return np.array(real) + 1j * np.array(imaginary)


@pytest.mark.parametrize("name", FITS)
def test_saved_fits_of_other_kinds(name, tmp_path):
    result = FitResult.load(KINDS / f"fit_{name}.json")
    assert type(result.walk) is FITS[name]
    assert type(result.target) is (TargetState if name == "state" else TargetDistribution)
    assert result.success
    np.testing.assert_allclose(result.walk.amplitudes(), amplitudes(name), rtol=0, atol=1e-14)
    state = Statevector(SSQWDistribution(result.walk)).data
    np.testing.assert_allclose(state, amplitudes(name), rtol=0, atol=1e-13)
    result.save(tmp_path / "again.json")
    assert FitResult.load(tmp_path / "again.json") == result


def test_saved_product_grids_have_their_points():
    result = FitResult.load(KINDS / "fit_torus.json")
    assert [axis.tolist() for axis in result.target.axes] == [[1, 2], [3, 5]]
    assert FitResult.load(KINDS / "fit_product.json").target.probabilities.shape == (4, 2)


def test_saved_circuits_of_other_kinds():
    for circuit, name in zip(circuits(KINDS, "walks"), FITS, strict=True):
        (instruction,) = circuit.data
        walk = WalkGate.from_operation(instruction.operation).walk
        assert walk == FitResult.load(KINDS / f"fit_{name}.json").walk
        found = Statevector(transpile(circuit, basis_gates=PLAIN)).data
        assert abs(np.vdot(found, amplitudes(name))) == pytest.approx(1, abs=1e-7)


def test_all_ways_to_encode_a_payoff_were_saved():
    expected = numbers(KINDS / "chances.json")
    assert sorted(expected) == PRICES
    kinds = {entry["kind"] for entry in expected.values()}
    assert kinds == {"exact", "multiplexed", "comparator", "fourier", "arithmetic"}


def compiled(circuit, **options):
    return transpile(circuit, basis_gates=PLAIN, optimization_level=1, seed_transpiler=1, **options)


def on_a_line(circuit):
    """There rotations and reflections are synthesised anew, from their names and parameters."""
    return compiled(circuit, coupling_map=CouplingMap.from_line(circuit.num_qubits))


@pytest.mark.parametrize("name", PRICES)
def test_saved_circuits_of_prices(name):
    """As stored, and with what this version makes of names and parameters, on a line, too."""
    expected = numbers(KINDS / "chances.json")[name]
    saved = circuits(KINDS, f"price_{name}")
    pairs = zip(saved[::2], saved[1::2], strict=True)
    for (prepare, iterate), chances in zip(pairs, expected["chances"], strict=True):
        whole = prepare.compose(iterate, range(iterate.num_qubits))
        for circuit, chance in ((prepare, chances[0]), (whole, chances[1])):
            for form in (circuit, compiled(circuit), on_a_line(circuit)):
                layout = range(circuit.num_qubits)
                if form.layout is not None:
                    layout = form.layout.final_index_layout()
                objectives = [layout[qubit] for qubit in expected["objective_qubits"]]
                found = Statevector(form).probabilities(objectives)[-1]
                assert found == pytest.approx(chance, abs=1e-7)


@pytest.mark.parametrize("name", PRICES)
def test_one_iterate_turns_as_an_iterate_does(name):
    for before, after in numbers(KINDS / "chances.json")[name]["chances"]:
        assert after == pytest.approx(np.sin(3 * np.arcsin(np.sqrt(before))) ** 2, abs=1e-9)


def own_gates(circuit):
    """The gates of walks, rotations and reflections, however deep inside others."""
    for step in circuit.data:
        if step.name in ("walsh_ry", "zero_reflection") or step.name.endswith("_walk"):
            yield step.operation
        elif step.operation.definition is not None:
            yield from own_gates(step.operation.definition)


def rebuilt(gate):
    if gate.name == "zero_reflection":
        return ZeroReflectionGate(gate.num_qubits - int(gate.params[0]), bool(gate.params[0]))
    return (WalshRYGate if gate.name == "walsh_ry" else WalkGate).from_operation(gate)


@pytest.mark.parametrize("name", PRICES)
def test_gates_of_saved_prices_are_rebuilt(name):
    """From name and parameters comes what was written out then; on an ancilla in 0."""
    names = set()
    for circuit in circuits(KINDS, f"price_{name}"):
        for gate in own_gates(circuit):
            names.add(gate.name)
            clean = 2 ** (gate.num_qubits - int(gate.name == "zero_reflection" and gate.params[0]))
            found, stored = (Operator(each).data for each in (rebuilt(gate), gate.definition))
            np.testing.assert_allclose(found[:, :clean], stored[:, :clean], rtol=0, atol=1e-9)
    assert {"zero_reflection"} < names
