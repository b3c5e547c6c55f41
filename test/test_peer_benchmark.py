"""The comparison with other loaders, without any peer installed."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from qiskit import QuantumCircuit, qasm2

from qiskit_ssqw import TargetDistribution

FOLDER = Path(__file__).parents[1] / "benchmarks"
MODULES = (
    "catalogue",
    "environments",
    "frontier",
    "instance",
    "lattice",
    "measure",
    "pricing",
    "report",
    "results",
    "row_files",
    "running",
    "step_lines",
    "studies",
    "tables",
)


@pytest.fixture(scope="module")
def benchmark_modules():
    for package in ("qiskit_finance", "sklearn"):
        pytest.importorskip(package)
    with pytest.MonkeyPatch.context() as patch:
        for folder in (FOLDER, FOLDER / "peers"):
            patch.syspath_prepend(str(folder))
        yield {name: importlib.import_module(name) for name in MODULES}
    for name in MODULES:
        sys.modules.pop(name, None)


def test_rows_have_distinct_keys_adapters_and_requirements(benchmark_modules):
    catalogue, environments = (benchmark_modules[name] for name in ("catalogue", "environments"))
    rows = catalogue.rows()
    assert len({row.key for row in rows}) == len(rows)
    for peer in catalogue.peers():
        assert (FOLDER / "peers" / "adapters" / f"{peer.adapter}.py").exists()
        assert peer.group is None or "==" in environments.requirements(peer.group)


def test_an_exact_circuit_is_measured_as_exact(benchmark_modules):
    measure = benchmark_modules["measure"]
    circuit = QuantumCircuit(2)
    circuit.ry(1.0, 1)
    circuit.cx(1, 0)
    target = TargetDistribution([np.cos(0.5) ** 2, 0, 0, np.sin(0.5) ** 2], (0, 3))
    columns = measure.measured(qasm2.dumps(circuit), target, True)
    assert columns["tv"] < 1e-12
    assert abs(columns["price_error"]) < 1e-12
    assert columns["cx"] == columns["cx_line"] == columns["cx_heavy_hex"] == 1
    assert columns["two_qubit_depth"] == 1


def test_other_qubits_are_traced_out(benchmark_modules):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    np.testing.assert_allclose(benchmark_modules["measure"].loaded(circuit, 1), [0.5, 0.5])


def ask(tmp_path, setting):
    request = {
        "amplitudes": [0.8, 0.6],
        "setting": setting,
        "distribution": "qiskit",
        "memory_mib": 4096,
        "seconds": 60,
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    adapter = FOLDER / "peers" / "adapters" / "exact.py"
    files = [tmp_path / "request.json", tmp_path / "answer.json"]
    subprocess.run([sys.executable, adapter, *files], check=True)
    return json.loads((tmp_path / "answer.json").read_text())


def test_an_adapter_answers_with_a_circuit(tmp_path):
    answer = ask(tmp_path, {"gate": "StatePreparation"})
    assert qasm2.loads(answer["qasm"]).num_qubits == 1
    assert answer["build_seconds"] >= 0  # some clocks of processor time tick in milliseconds
    assert answer["version"]


def test_an_adapter_answers_with_its_failure(tmp_path):
    answer = ask(tmp_path, {"no such option": 1})
    assert answer["failure"].startswith("TypeError")


def test_results_are_read_as_they_were_written(benchmark_modules, tmp_path):
    results = benchmark_modules["results"]
    file = tmp_path / "results.csv"
    results.append({"peer": "a, b", "n": 3, "failure": 'says\n"no"', "tv": 0.1}, file)
    results.append({"peer": "c", "tv": None}, file)
    first, second = results.read(file)
    assert (first["peer"], first["failure"], first["tv"]) == ("a, b", 'says "no"', "0.1")
    assert second["tv"] == ""
    file.write_text("peer,n\n")
    with pytest.raises(ValueError, match="must have the columns peer, version"):
        results.append({"peer": "c"}, file)


def test_the_page_shows_the_results(benchmark_modules):
    report = benchmark_modules["report"]
    page = report.PAGE.read_text(encoding="utf-8")
    assert page == report.filled(page, benchmark_modules["results"].read())
    assert set(report.re.findall(r"<!-- table: (\w+) -->", page)) == set(report.TABLES)


def test_measuring_ends_when_its_time_is_up(benchmark_modules):
    circuit = QuantumCircuit(2)
    for _ in range(20_000):
        circuit.cx(0, 1)
        circuit.ry(1.0, 1)
    worker = benchmark_modules["measure"].Worker()
    target = TargetDistribution([0.25] * 4, (0, 3))
    found = worker.measured(1, qasm2.dumps(circuit), target, False)
    assert found == {"failure": "measuring: takes more than 1 s"}


def test_studies_are_rows_like_the_others(benchmark_modules, monkeypatch):
    studies, results = benchmark_modules["studies"], benchmark_modules["results"]
    catalogue = benchmark_modules["catalogue"]
    sizes = {catalogue.LATTICE_FITS: (3, 4), catalogue.PRICES: ()}
    key = ("lattice walk", "4", catalogue.LATTICE_FITS, "exact")
    monkeypatch.setattr(studies, "SIZES", sizes)
    timed = benchmark_modules["lattice"].timed
    target = TargetDistribution([0.1, 0.2, 0.3, 0.4], (0, 3))
    monkeypatch.setattr(
        studies.lattice, "solved", lambda size: [("exact", timed(target, method="exact"))]
    )
    known = {("lattice walk", "3", catalogue.LATTICE_FITS, str(place)) for place in range(8)}
    (row,) = studies.rows([3, 4, 5, 9], known)
    assert set(row) <= set(results.COLUMNS)
    assert tuple(str(row[name]) for name in results.KEY) == key
    assert not list(studies.rows([4], {key}))  # a study half done: its missing rows only
    assert row["tv"] < 1e-12


def circuit_of(peer, tv, *gates):
    columns = dict(zip(("cx", "cx_line", "cx_heavy_hex"), map(str, gates), strict=True))
    return {"peer": peer, "n": "5", "target": "log-normal", "failure": "", "tv": tv, **columns}


@pytest.mark.parametrize(
    ("circuit", "listed"),
    [
        (("1e-3", 9, 9, 9), ["9 / 10", "9 / 10", "9 / 10"]),
        (("1e-9", 12, 19, 19), ["12 / none", "19 / none", "19 / none"]),
        (("1e-3", 11, 9, 11), ["11 / 10", "9 / 10", "11 / 10"]),
        (("1e-3", 10, 10, 10), []),
        (("5e-2", 1, 1, 1), []),
    ],
)
def test_circuits_that_beat_the_walk_are_listed(benchmark_modules, circuit, listed):
    rows = [circuit_of("qiskit-ssqw", "9e-4", 10, 10, 10), circuit_of("other", *circuit)]
    for row in rows:
        row["setting"] = ""
    lines = benchmark_modules["frontier"].ahead(rows).splitlines()[2:]
    cells = [cell.strip() for line in lines for cell in line.split("|")[5:-1]]
    assert cells == listed


def test_of_circuits_that_beat_the_walk_the_best_are_listed(benchmark_modules):
    undominated = benchmark_modules["frontier"].undominated
    numbers = [("1e-3", 9, 9, 9), ("1e-3", 9, 9, 9), ("1e-3", 8, 9, 10), ("2e-3", 9, 9, 9)]
    kept = undominated([circuit_of(str(place), *each) for place, each in enumerate(numbers)])
    assert [row["peer"] for row in kept] == ["2", "0"]


LOADERS = [
    {"name": "qiskit-ssqw", "two_qubit_gates": 3, "total_variation": 1e-2},
    {"name": "qiskit-ssqw", "two_qubit_gates": 9, "total_variation": 1e-3},
    {"name": "qiskit-ssqw", "two_qubit_gates": 9, "total_variation": 5e-3},
    {"name": "peer", "two_qubit_gates": 20, "total_variation": 1e-4},
    {"name": "peer", "two_qubit_gates": None, "total_variation": None},
    {"name": "broken", "message": "failed"},
]


class TestStepLines:
    @pytest.fixture
    def draw(self, benchmark_modules):
        return benchmark_modules["step_lines"].plot_frontier

    def test_only_what_nothing_beats(self, draw):
        ax = draw(LOADERS)
        lines = {line.get_label(): line for line in ax.lines}
        assert set(lines) == {"qiskit-ssqw", "peer"}
        assert list(lines["qiskit-ssqw"].get_xdata()) == [1e-3, 1e-2]
        assert list(lines["qiskit-ssqw"].get_ydata()) == [9, 3]
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")

    def test_ours_is_darker_and_broader(self, draw):
        lines = {line.get_label(): line for line in draw(LOADERS).lines}
        ours, peer = lines["qiskit-ssqw"], lines["peer"]
        assert sum(to_rgb(ours.get_color())) < sum(to_rgb(peer.get_color()))
        assert ours.get_linewidth() > peer.get_linewidth()
        assert ours.get_marker() != peer.get_marker()

    def test_many_names_differ_in_marker_or_fill(self, draw):
        rows = [{**LOADERS[0], "name": f"loader {number:02}"} for number in range(15)]
        lines = draw(rows).lines
        looks = {(line.get_marker(), to_rgb(line.get_markerfacecolor())) for line in lines}
        assert len(looks) == 15

    def test_objects_missing_numbers_and_exact_loaders(self, draw):
        row = SimpleNamespace(name="exact", two_qubit_gates=7, total_variation=0.0)
        (line,) = draw([row, {**LOADERS[0], "total_variation": np.nan}]).lines
        assert (line.get_label(), list(line.get_xdata())) == ("exact", [1e-16])

    def test_a_loader_without_gates_stands_on_the_ground(self, draw):
        ax = draw([*LOADERS, {**LOADERS[0], "name": "product", "two_qubit_gates": 0}])
        assert ax.get_yscale() == "symlog"
        assert ax.get_ylim()[0] == 0

    @pytest.mark.parametrize("change", [{"two_qubit_gates": -1}, {"total_variation": -0.1}])
    def test_refuses_negative_numbers(self, draw, change):
        with pytest.raises(ValueError, match="and total_variation must be finite and not negat"):
            draw([{**LOADERS[0], **change}])

    def test_refuses_one_string_of_names(self, draw):
        with pytest.raises(TypeError, match="emphasised must be a sequence of names, got 'peer'"):
            draw(LOADERS, emphasised="peer")

    def test_refuses_rows_without_a_name(self, draw):
        with pytest.raises(ValueError, match="each row must have a name, got"):
            draw([{**LOADERS[0], "name": None}])

    def test_refuses_failures_only(self, draw):
        with pytest.raises(ValueError, match="at least one loader with both numbers"):
            draw(LOADERS[-2:])
