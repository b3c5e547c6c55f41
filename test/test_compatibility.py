"""Fits and circuits that version 0.1 saved are read as they were."""

import json
from pathlib import Path

import numpy as np
import pytest
from qiskit import qpy, transpile
from qiskit.quantum_info import Statevector

from qiskit_ssqw import FitResult, SSQWDistribution
from qiskit_ssqw.circuit import WalkGate

pytestmark = pytest.mark.filterwarnings("ignore:The qiskit version used to generate:UserWarning")

SAVED = sorted((Path(__file__).parent / "data" / "0.1").glob("schema-*"))
NAMED_GATES = SAVED[1:]
"""Schema 1 is older than the gates that are rebuilt from their name and parameters."""


def probabilities(folder):
    return json.loads((folder / "probabilities.json").read_text(encoding="utf-8"))


def circuits(folder):
    with (folder / "circuits.qpy").open("rb") as file:
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
        for form in (circuit, transpile(circuit, basis_gates=["rz", "sx", "x", "cx"])):
            measured = Statevector(form).probabilities(range(3))
            np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("folder", NAMED_GATES, ids=lambda folder: folder.name)
def test_walks_of_saved_circuits(folder):
    for circuit, (name, result) in zip(circuits(folder), saved_fits(folder).items(), strict=True):
        (instruction,) = circuit.data
        assert WalkGate.from_operation(instruction.operation).walk == result.walk, name
