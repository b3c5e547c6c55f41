"""Measure walks and pricing circuits on devices: gates, depth, errors of the chosen line, seconds.

Run all tables with ``python benchmarks/transpile.py``, or some of them by name: ``lattice``,
``methods``, ``fractional``, ``multiscale``, ``noise``, ``pricing``, ``payoffs``,
``placement``, ``speed``, ``others``. Counts are medians over five seeds of Qiskit's level 3, eight
for ``pricing`` and ``payoffs``. Most tables need qiskit-ibm-runtime.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from instance import BASIS, CALL, SEEDS, reference
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import QFTGate, efficient_su2
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, Target
from qiskit.transpiler.passes import HLSConfig
from running import run_tables
from stevedore.extension import ExtensionManager

from qiskit_ssqw import QuantumWalkUncertaintyModel, SplitStepWalk, SSQWDistribution, fit
from qiskit_ssqw.finance import Call, DigitalCall, OptionPricing, Payoff, Put

ROUNDS = 40
PLAIN = HLSConfig(ssqw_walk=["fourier"], walsh_ry=[], zero_reflection=[])
"""What Qiskit does without the plugins that know the device."""


def device_maps() -> dict[str, CouplingMap | None]:
    from qiskit_ibm_runtime.fake_provider import FakeMontrealV2, FakeSherbrooke

    return {
        "all-to-all": None,
        "line": CouplingMap.from_line(20),
        "grid": CouplingMap.from_grid(5, 5),
        "heavy-hex 27": FakeMontrealV2().coupling_map,
        "heavy-hex 127": undirected(FakeSherbrooke().coupling_map),
    }


def undirected(coupling: CouplingMap) -> CouplingMap:
    both = {pair for edge in coupling.get_edges() for pair in (edge, edge[::-1])}
    return CouplingMap(sorted(both))


def lattice_loader(num_position_qubits: int, steps: int) -> SSQWDistribution:
    angles = np.random.default_rng(steps).uniform(-np.pi, np.pi, (steps, 2))
    return SSQWDistribution(SplitStepWalk(num_position_qubits, angles))


def two_qubit_depth(circuit: QuantumCircuit) -> int:
    return int(circuit.depth(lambda step: len(step.qubits) == 2))


def compiled(
    circuit: QuantumCircuit, *, seeds: Iterable[int] = SEEDS, **options: Any
) -> list[QuantumCircuit]:
    """The circuit at level 3, once for each seed."""
    target = {} if "backend" in options else {"basis_gates": BASIS}
    return [
        transpile(circuit, optimization_level=3, seed_transpiler=seed, **target, **options)
        for seed in seeds
    ]


def median(numbers: Iterable[float]) -> int:
    return round(statistics.median(numbers))


def median_cx(circuit: QuantumCircuit, **options: Any) -> int:
    return median(found.num_nonlocal_gates() for found in compiled(circuit, **options))


def lattice() -> None:
    """Lattice walk, RY coins, start 0: CX against the bound, and against Qiskit's routing."""
    maps = device_maps()
    names = [name for name in maps if name != "all-to-all"]
    print("lattice walk, CX; in brackets the same walk in Fourier form, routed by Qiskit")
    print(f"{'n':>3}{'T':>4}{'bound':>7}{'all':>7}" + "".join(f"{name:>20}" for name in names))
    for size in range(3, 11):
        for steps in (size, 4 * size):
            loader = lattice_loader(size, steps)
            bound = 2 * steps * (2 * size - 1) + size**2 + size - 3
            cells = []
            for name in names:
                ours = median_cx(loader, coupling_map=maps[name])
                plain = median_cx(loader, coupling_map=maps[name], hls_config=PLAIN)
                cells.append(f"{ours:>11} ({plain:>6})")
            free = median_cx(loader)
            print(f"{size:>3}{steps:>4}{bound:>7}{free:>7}" + "".join(cells), flush=True)


def methods() -> None:
    """All methods of synthesis on one walk, all-to-all and on the 127 qubits of a heavy-hex map."""
    maps = device_maps()
    print("lattice walk by method: CX / two-qubit depth, all-to-all and on heavy-hex 127")
    chosen: dict[str, Any] = {
        "fourier": "fourier",
        "line, coin at the end": "line",
        "line, coin in the middle": ("line", {"coin": "middle"}),
        "tree": "tree",
        "multiplexed": "multiplexed",
        "shifts": "shifts",
        "unary": "unary",
    }
    for size, steps in ((3, 3), (4, 16), (8, 3), (8, 8), (10, 10)):
        loader = lattice_loader(size, steps)
        print(f"n = {size}, T = {steps}")
        for title, method in chosen.items():
            if method == "shifts" and size > 4:
                continue
            cells = []
            for coupling in (None, maps["heavy-hex 127"]):
                config = HLSConfig(ssqw_walk=[method])
                found = compiled(
                    _with_ancillas(loader, method), coupling_map=coupling, hls_config=config
                )
                count = median(circuit.num_nonlocal_gates() for circuit in found)
                cells.append(f"{count:>8} / {median(map(two_qubit_depth, found)):<6}")
            print(f"  {title:<28}" + "".join(cells), flush=True)


def _with_ancillas(loader: SSQWDistribution, method: Any) -> QuantumCircuit:
    """The loader; for the one-hot form, with the clean qubits that it takes."""
    if method != "unary":
        return loader
    from qiskit_ssqw.synthesis import num_unary_ancillas

    circuit = QuantumCircuit(loader.num_qubits + num_unary_ancillas(loader.walk, from_zero=True))
    return circuit.compose(loader, range(loader.num_qubits))


def fractional() -> None:
    """Targets that have RZZ by any angle besides CZ, as devices with fractional gates."""
    print("n = 8, T = 8 on a target with RZZ and CZ: two-qubit gates")
    loader, middle = lattice_loader(8, 8), HLSConfig(ssqw_walk=[("line", {"coin": "middle"})])
    for name, coupling in {
        "all-to-all": CouplingMap.from_full(9),
        "line": CouplingMap.from_line(9),
        "heavy-hex 115": CouplingMap.from_heavy_hex(7),
    }.items():
        backend = GenericBackendV2(
            coupling.size(), ["cz", "rzz", "rz", "sx", "x"], coupling_map=coupling, seed=1
        )
        count = median_cx(loader, backend=backend)
        other = median_cx(loader, backend=backend, hls_config=middle)
        print(f"  {name:<16}{count:>5}   with the coin in the middle {other}", flush=True)


def multiscale() -> None:
    """The multiscale loader of the reference log-normal at TV 1e-3: CX on every map."""
    maps = device_maps()
    print("multiscale loader, TV <= 1e-3, CX")
    print(f"{'n':>3}" + "".join(f"{name:>16}" for name in maps))
    for size in range(4, 17):
        loader = SSQWDistribution(fit(reference(size), tolerance=1e-3, seed=0).walk)
        counts = [median_cx(loader, coupling_map=coupling) for coupling in maps.values()]
        print(f"{size:>3}" + "".join(f"{count:>16}" for count in counts), flush=True)


def noise() -> None:
    """Errors of the line that the layout stage chooses, against the whole device's."""
    from qiskit_ibm_runtime import fake_provider

    print("mean error of the two-qubit gates: whole device, without broken pairs, chosen line")
    for name in ("FakeMontrealV2", "FakeSherbrooke", "FakeTorino", "FakeFez"):
        backend = getattr(fake_provider, name)()
        errors = pair_errors(backend)
        working = [error for error in errors.values() if error < 1]
        print(f"{name}: {np.mean(list(errors.values())):.4f}, {np.mean(working):.4f}")
        for size in (4, 6, 8, 10):
            means = []
            for method in ("ssqw", "default"):
                loader = lattice_loader(size, size)
                chosen = transpile(
                    loader, backend, optimization_level=3, seed_transpiler=0, layout_method=method
                )
                index = {qubit: place for place, qubit in enumerate(chosen.qubits)}
                used = {frozenset(map(index.get, s.qubits)) for s in chosen if len(s.qubits) == 2}
                means.append(np.mean([errors[pair] for pair in used]))
            print(
                f"  {size + 1:>2} qubits: {means[0]:.4f}, ratio {means[0] / np.mean(working):.2f}; "
                f"by Qiskit's default layout {means[1]:.4f}",
                flush=True,
            )


def pair_errors(backend: Any) -> dict[frozenset[int], float]:
    """Error of each pair of qubits."""
    errors: dict[frozenset[int], float] = {}
    for name in backend.target.operation_names:
        for qubits, properties in backend.target[name].items():
            if qubits is not None and len(qubits) == 2:
                errors[frozenset(qubits)] = properties.error or 0.0
    return errors


def pricing() -> None:
    """A and Grover operator of a call on devices: CX, and where they are more than by level 3."""
    maps = {**device_maps(), **more_maps()}
    print("call 1.896: median CX of eight seeds; in brackets plain level 3")
    print(f"{'n':>3} {'':<13}" + "".join(f"{name:>18}" for name in maps))
    more = 0
    for size, tolerance in itertools.product(range(3, 7), (0.0, 3e-4)):
        for name, circuit in pricing_circuits(size, tolerance).items():
            cells = []
            for coupling in maps.values():
                ours = median_cx(circuit, seeds=range(8), coupling_map=coupling)
                plain = median_cx(circuit, seeds=range(8), coupling_map=coupling, hls_config=PLAIN)
                more += ours > plain
                cells.append(f"{ours:>10} ({plain:>5})")
            title = "exact" if tolerance == 0 else f"{tolerance:g}"
            print(f"{size:>3} {title:<6} {name:<7}" + "".join(cells), flush=True)
    print(f"more CX than by plain level 3 in {more} cells")


def pricing_circuits(
    num_qubits: int,
    tolerance: float = 0.0,
    payoff: Payoff = CALL,
    market: Sequence[float] = (2.0, 0.4, 0.05, 40 / 365),
) -> dict[str, QuantumCircuit]:
    model = QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, *market, seed=1)
    application = OptionPricing(payoff, model, encoding="exact", payoff_tolerance=tolerance)
    (problem,) = application.to_estimation_problems()
    return {"A": problem.state_preparation, "Grover": problem.grover_operator}


def payoffs() -> None:
    """Other payoffs, markets and sizes than those of ``pricing``, on four of the maps."""
    maps = {"line": CouplingMap.from_line(20), **more_maps()}
    stock, other = (100.0, 0.2, 0.05, 1.0), (2.0, 0.6, 0.05, 0.5)
    middle = (2.0, 0.4, 0.05, 40 / 365)
    print("median CX of eight seeds; in brackets plain level 3")
    print(f"{'':<26}" + "".join(f"{name:>18}" for name in maps))
    for title, size, tolerance, payoff, market in (
        ("call 95", 5, 0.0, Call(95), stock),
        ("call 110 within 3e-4", 5, 3e-4, Call(110), stock),
        ("call 1.7 within 3e-4", 6, 3e-4, Call(1.7), other),
        ("put 1.9", 5, 0.0, Put(1.9), other),
        ("digital call 2", 5, 0.0, DigitalCall(2.0), middle),
        ("call 1.7 within 3e-4", 7, 3e-4, Call(1.7), other),
    ):
        for name, circuit in pricing_circuits(size, tolerance, payoff, market).items():
            cells = []
            for coupling in maps.values():
                ours = median_cx(circuit, seeds=range(8), coupling_map=coupling)
                plain = median_cx(circuit, seeds=range(8), coupling_map=coupling, hls_config=PLAIN)
                cells.append(f"{ours:>10} ({plain:>5})")
            print(f"{size} {title:<21}{name:<7}" + "".join(cells), flush=True)


def more_maps() -> dict[str, CouplingMap]:
    """Maps of more devices: square grids, upright and on a diagonal, and newer heavy-hex ones."""
    from qiskit_ibm_runtime.fake_provider import FakeFez, FakeNighthawk, FakeTorino

    devices = {"Nighthawk": FakeNighthawk, "Fez": FakeFez, "Torino": FakeTorino}
    found = {name: undirected(device().coupling_map) for name, device in devices.items()}
    return {"diagonal 54": diagonal_grid(6, 9), **found}


def diagonal_grid(rows: int, columns: int) -> CouplingMap:
    """A square grid on a diagonal, as that of Google's Sycamore."""
    pairs = [
        (row * columns + column, (row + 1) * columns + other)
        for row in range(rows - 1)
        for column in range(columns)
        for other in (column, column + (1 if row % 2 else -1))
        if 0 <= other < columns
    ]
    return CouplingMap([edge for pair in pairs for edge in (pair, pair[::-1])])


def placement() -> None:
    """The layout stage ssqw against Qiskit's: CX, and minus the logarithm of the fidelity."""
    from qiskit.converters import circuit_to_dag
    from qiskit_ibm_runtime import fake_provider

    from qiskit_ssqw.transpiler.costs import error_costs

    def score(circuit: QuantumCircuit, target: Target) -> float:
        costs = error_costs(circuit_to_dag(circuit), target)
        places = sum(of.get(place, np.inf) for place, of in enumerate(costs.places))
        return float(places + sum(of.get(pair, np.inf) for pair, of in costs.edges.items()))

    print("Grover operator, exact payoff: CX and score at levels 0, 1, 3; Qiskit's layout, ssqw")
    for name in ("FakeTorino", "FakeFez", "FakeNighthawk"):
        backend = getattr(fake_provider, name)()
        for size in (3, 4, 5, 6):
            circuit = pricing_circuits(size)["Grover"]
            cells = []
            for level, method in itertools.product((0, 1, 3), ("default", "ssqw")):
                options = {"optimization_level": level, "layout_method": method}
                found = [transpile(circuit, backend, seed_transpiler=s, **options) for s in SEEDS]
                count = median(one.num_nonlocal_gates() for one in found)
                middle = statistics.median(score(one, backend.target) for one in found)
                cells.append(f"{count:>5} / {middle:<6.3f}")
            print(f"{name:<14}{size:>2}" + "".join(cells), flush=True)


def speed() -> None:
    """Seconds to transpile a long walk onto 127 qubits."""
    backend = GenericBackendV2(
        127, coupling_map=device_maps()["heavy-hex 127"], basis_gates=BASIS, seed=1
    )
    loader = lattice_loader(10, 40)
    for method in ("default", "ssqw"):
        seconds = []
        for seed in SEEDS:
            started = time.perf_counter()
            transpile(
                loader, backend, optimization_level=3, seed_transpiler=seed, layout_method=method
            )
            seconds.append(time.perf_counter() - started)
        print(
            f"n = 10, T = 40 onto 127 qubits, layout {method}: {statistics.median(seconds):.2f} s"
        )
    print(
        "pricing circuits, n = 6, exact payoff, level 3: seconds the first time, later, and plain"
    )
    for name, coupling in {**device_maps(), **more_maps()}.items():
        circuit, seconds = pricing_circuits(6)["Grover"], []
        for config in (None, None, PLAIN):
            started = time.perf_counter()
            compiled(circuit, seeds=[0], coupling_map=coupling, hls_config=config)
            seconds.append(time.perf_counter() - started)
        print(f"  {name:<14}" + "".join(f"{number:>8.2f}" for number in seconds), flush=True)


def others() -> None:
    """Circuits without walks: the same with and without the plugins, and the ratio of the times."""
    print("circuits without walks on 127 qubits, level 3: seconds without, and with the plugins")
    backend = GenericBackendV2(
        127, coupling_map=device_maps()["heavy-hex 127"], basis_gates=BASIS, seed=1
    )
    for title, circuit in {
        "QFT, 20 qubits": QFTGate(20).definition,
        "EfficientSU2, 50 qubits": efficient_su2(50, entanglement="linear"),
        "Bell pair": _bell_pair(),
    }.items():
        seconds: dict[bool, list[float]] = {False: [], True: []}
        results = {}
        for round_ in range(ROUNDS):
            for plugins in (False, True) if round_ % 2 else (True, False):
                with contextlib.nullcontext() if plugins else without_plugins():
                    started = time.perf_counter()
                    results[plugins] = transpile(
                        circuit, backend, optimization_level=3, seed_transpiler=1
                    )
                    seconds[plugins].append(time.perf_counter() - started)
        ratio = statistics.median(
            ours / plain for ours, plain in zip(seconds[True], seconds[False], strict=True)
        )
        same = "same circuit" if results[True] == results[False] else "ANOTHER CIRCUIT"
        plain = statistics.median(seconds[False])
        print(f"  {title:<26}{plain:>8.3f}   ratio {ratio:.3f}   {same}", flush=True)


def _bell_pair() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    return circuit


@contextlib.contextmanager
def without_plugins() -> Iterator[None]:
    """Hide this package's entry points from Qiskit."""
    found = ExtensionManager.list_entry_points
    ExtensionManager.list_entry_points = lambda manager: [
        entry for entry in found(manager) if not entry.value.startswith("qiskit_ssqw.")
    ]
    try:
        yield
    finally:
        ExtensionManager.list_entry_points = found


TABLES = {
    table.__name__: table
    for table in (
        lattice,
        methods,
        fractional,
        multiscale,
        noise,
        pricing,
        payoffs,
        placement,
        speed,
        others,
    )
}

if __name__ == "__main__":
    run_tables(TABLES)
