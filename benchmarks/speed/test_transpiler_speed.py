"""Passes and plugins cost little, and next to nothing on circuits that hold no walk."""

from __future__ import annotations

import numpy as np
import pytest
from instance import BASIS
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import efficient_su2
from qiskit.converters import circuit_to_dag
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap
from transpile import lattice_loader, without_plugins

from qiskit_ssqw.transpiler import FuseWalkSteps


@pytest.fixture(scope="module")
def backend() -> GenericBackendV2:
    coupling = CouplingMap.from_heavy_hex(7)
    return GenericBackendV2(coupling.size(), BASIS, coupling_map=coupling, seed=1)


def test_walk_layout_against_sabre(check_ratio, backend):
    loader = lattice_loader(10, 10)

    def compiled(method: str) -> QuantumCircuit:
        return transpile(
            loader, backend, optimization_level=3, seed_transpiler=0, layout_method=method
        )

    check_ratio(
        "lattice walk, n = 10, T = 10, 115 qubits: layout ssqw / sabre",
        lambda: compiled("ssqw"),
        lambda: compiled("sabre"),
        bound=2,
        rounds=6,
    )


def test_fusion_against_copy(check_ratio):
    circuit = efficient_su2(50, entanglement="linear")
    circuit = circuit.assign_parameters(np.arange(circuit.num_parameters))
    dag, fuse = circuit_to_dag(circuit), FuseWalkSteps()
    check_ratio(
        "EfficientSU2, 50 qubits: FuseWalkSteps / copy",
        lambda: fuse.run(dag),
        circuit.copy,
        bound=0.2,
        rounds=30,
        calls=20,
    )


def test_plugins_against_their_absence(check_ratio, backend):
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)

    def compiled() -> QuantumCircuit:
        return transpile(bell, backend, optimization_level=3, seed_transpiler=0)

    def compiled_without() -> QuantumCircuit:
        with without_plugins():
            return compiled()

    check_ratio(
        "Bell pair, 115 qubits, level 3: with / without the plugins",
        compiled,
        compiled_without,
        bound=1.3,
        rounds=60,
    )
