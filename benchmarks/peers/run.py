"""Compare loaders: build the circuits of all peers and measure them in one and the same Qiskit.

``python benchmarks/peers/run.py`` does everything, in hours; rows that are in the file of results
are skipped, so it can be stopped and started again. ``--sizes``, ``--peers``, ``--no-shapes`` and
``--no-studies`` restrict it. Each circuit is built in a process of its own, in an environment with
pinned versions, under a limit of processor time and memory; measuring has the same limit of time.
Fits of the papers' walk and whole prices come last. Tables, figure and pages follow at the end, or
by ``python benchmarks/peers/report.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
for library in ("OMP", "OPENBLAS", "RAYON"):  # read when NumPy and Qiskit are imported
    os.environ[f"{library}_NUM_THREADS"] = "1"

import catalogue  # noqa: E402
import qiskit  # noqa: E402
import results  # noqa: E402
import studies  # noqa: E402
from environments import python_of  # noqa: E402
from fitting import shapes  # noqa: E402
from instance import reference  # noqa: E402
from measure import OUT_OF_TIME, PATIENCE, Worker  # noqa: E402
from running import RESUMED, run_script  # noqa: E402

from qiskit_ssqw import TargetDistribution  # noqa: E402


def target_of(row: catalogue.Row) -> TargetDistribution:
    if row.target == catalogue.REFERENCE:
        return reference(row.num_qubits)
    return shapes(row.num_qubits)[row.target]


def built(row: catalogue.Row, target: TargetDistribution, options: Any) -> dict[str, Any]:
    """The adapter's answer, or how it failed."""
    python = python_of(row.peer.group, options.cache)
    if python is None:
        return {"failure": "its environment cannot be installed"}
    request = {
        "amplitudes": (target.probabilities**0.5).tolist(),
        "setting": row.setting,
        "distribution": row.peer.distribution,
        "memory_mib": options.memory,
        "seconds": options.limit,
    }
    with tempfile.TemporaryDirectory() as folder:
        question, reply = Path(folder, "request.json"), Path(folder, "answer.json")
        question.write_text(json.dumps(request))
        command = [python, HERE / "adapters" / f"{row.peer.adapter}.py", question, reply]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE * options.limit,
            )
        except subprocess.TimeoutExpired:
            return {"failure": f"building waits for more than {PATIENCE * options.limit:g} s"}
        if reply.exists():
            answer: dict[str, Any] = json.loads(reply.read_text())
            return answer
    if done.returncode == -signal.SIGXCPU:
        return {"failure": f"building {OUT_OF_TIME} {options.limit:g} s"}
    last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    return {"failure": last[0]}


def outcome(row: catalogue.Row, worker: Worker, options: Any) -> dict[str, Any]:
    """All columns of a row."""
    target = target_of(row)
    columns = built(row, target, options)
    text = columns.pop("qasm", None)
    if text is not None:
        priced = row.target == catalogue.REFERENCE
        columns.update(worker.measured(options.limit, text, target, priced))
    return {**dict(zip(results.KEY, row.key, strict=True)), **columns, "qiskit": qiskit.__version__}


def hopeless(row: catalogue.Row, known: dict[tuple[str, ...], dict[str, str]]) -> str:
    """Why a row need not be run: the same setting ran out of time on fewer qubits."""
    if "seed" in row.setting:
        return ""
    for size in range(catalogue.SIZES[0], row.num_qubits):
        other = catalogue.Row(row.peer, size, row.target, row.setting).key
        if OUT_OF_TIME in known.get(other, {}).get("failure", ""):
            return f"not tried, {OUT_OF_TIME} the limit at n = {size}"
    return ""


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=list(catalogue.SIZES), help="numbers of qubits")
    names = [peer.name for peer in catalogue.peers()]
    add("--peers", nargs="+", default=[], choices=names, metavar="NAME", help=", ".join(names))
    add("--no-shapes", action="store_true", help="the reference log-normal only")
    add("--no-studies", action="store_true", help="no fits of lattice walks, no prices")
    add("--seeds", type=int, default=len(catalogue.SEEDS), help="seeds of this package's fits")
    add("--cache", type=Path, default=Path(".benchmarks"), help="folder of the environments")
    add("--results", type=Path, default=results.FILE, help="CSV file to fill")
    add(
        "--limit",
        type=float,
        default=300,
        help="processor seconds to build a circuit, and to measure",
    )
    add("--memory", type=int, default=4096, help="MiB to build a circuit")
    return parser.parse_args(arguments)


def run_loaders(options: argparse.Namespace) -> None:
    """Build and measure the circuits that are not in the file of results."""
    worker = Worker()
    known = {results.key(row): row for row in results.read(options.results)}
    for row in catalogue.rows(options.sizes, options.peers, not options.no_shapes):
        if row.key in known or row.setting.get("seed", 0) >= options.seeds:
            continue
        reason = hopeless(row, known)
        columns = (
            {**dict(zip(results.KEY, row.key, strict=True)), "failure": reason}
            if reason
            else outcome(row, worker, options)
        )
        results.append(columns, options.results)
        known[row.key] = {name: results.cell(value) for name, value in columns.items()}
        tell(columns)


def run_studies(options: argparse.Namespace) -> None:
    """Fit lattice walks and price the call, unless the file of results has that."""
    known = {results.key(row) for row in results.read(options.results)}
    for columns in studies.rows(options.sizes, known):
        columns["qiskit"] = qiskit.__version__
        results.append(columns, options.results)
        tell(columns)


def tell(columns: dict[str, Any]) -> None:
    """Print the key and the chief numbers of a row."""
    numbers = [
        f"{name} {columns[name]:.3g}" for name in ("cx", "tv", "total_cx") if name in columns
    ]
    news = columns.get("failure") or ", ".join(numbers)
    print(*(columns[name] for name in results.KEY), news, flush=True)


def main(arguments: list[str] | None = None) -> None:
    options = options_of(arguments)
    run_loaders(options)
    if not options.peers and not options.no_studies:
        run_studies(options)
    if options.results == results.FILE:
        import report

        report.main()


if __name__ == "__main__":
    run_script(main, RESUMED)
